export { METHODS } from './table.ts'
