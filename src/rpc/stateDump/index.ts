export { dumpText } from './dumpText.ts'
export { DumpError, parseDump } from './parseDump.ts'
export type { DumpedBlock, ReadDump, StateDump, StateDumps } from './StateDump.ts'
