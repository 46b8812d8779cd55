export { blockRecord, headerOf, logsOf } from './blocks.ts'
