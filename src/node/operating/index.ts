export type { NodeParts } from './NodeParts.ts'
export { Operations, type OperationsOptions } from './Operations.ts'
