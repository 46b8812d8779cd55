export {
  COMPILER_VERSION,
  type CompileOptions,
  type CompileOutcome,
  type CompileStats,
  compileCode,
} from './compileCode.ts'
