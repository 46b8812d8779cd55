export { EventLog, type Tell } from './EventLog.ts'
export { type LogFields, type LogLevel, type LogLine, logLevelReaches } from './events.ts'
export { textLine } from './textLine.ts'
export { withoutSecrets } from './withoutSecrets.ts'
