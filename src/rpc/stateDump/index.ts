export { dumpText } from './dumpText.ts'
export { DumpError, parseDump } from './parseDump.ts'
