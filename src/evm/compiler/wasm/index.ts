export { FunctionBody, type Label, type Local } from './FunctionBody.ts'
export { I32, I64, Op, V128 } from './instructions.ts'
export { ModuleWriter, type Signature } from './ModuleWriter.ts'
