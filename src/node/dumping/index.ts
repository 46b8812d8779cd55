export { NodeDumps, type NodeDumpsOptions, type ReadState } from './NodeDumps.ts'
export { StateFile, type StateFileOptions } from './StateFile.ts'
export { stateOfFiles } from './stateOfFiles.ts'
