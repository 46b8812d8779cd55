export { DEV_METHOD_GROUPS } from './table.ts'
