export { blockRecord, headerOf, logsOf } from './blocks.ts'
export { address, type ChainEvent, follow, logs, randomBlock, told, word } from './events.ts'
