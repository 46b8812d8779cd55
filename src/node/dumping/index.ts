export { NodeDumps, type NodeDumpsOptions } from './NodeDumps.ts'
export { StateFile, type StateFileOptions } from './StateFile.ts'
