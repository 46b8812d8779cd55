export { DEV_STATE_METHODS } from './state.ts'
