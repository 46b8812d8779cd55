export { Machine, type Run, type Seen } from './Machine.ts'
export { offsetOf, program } from './program.ts'
