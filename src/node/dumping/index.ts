export { NodeDumps, type NodeDumpsOptions } from './NodeDumps.ts'
