export { Machine, type Run, type Seen } from './Machine.ts'
export { program } from './program.ts'
