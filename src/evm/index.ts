export {
  COMPILER_VERSION,
  type CompileOptions,
  type CompileOutcome,
  type CompileStats,
  compileCode,
} from './compiler/index.ts'
export { staticGas } from './compiler/staticGas.ts'
export { MEMORY_RANGES } from './memoryRanges.ts'
export { OPCODES, type Opcode, opcodeName } from './opcodes.ts'
export { fastCurvesWanted, loadFastCurves } from './precompiles/loadFastCurves.ts'
export type { Precompile } from './precompiles/Precompile.ts'
export {
  type PrecompileOutcome,
  precompileAddresses,
  precompileAt,
  runPrecompile,
} from './precompiles/table.ts'
