export type { Tell } from './EventLog.ts'
export { type LogLevel, type LogLine, logLevelReaches } from './events.ts'
export { Operations } from './Operations.ts'
export { textLine } from './textLine.ts'
