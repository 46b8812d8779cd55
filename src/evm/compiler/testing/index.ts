export { compiledText } from './disassemble.ts'
export { Machine, type Run, type Seen } from './Machine.ts'
export { MEANINGS } from './meanings.ts'
export { offsetOf, program } from './program.ts'
