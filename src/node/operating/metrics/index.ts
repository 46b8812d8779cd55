export { NodeMetrics } from './NodeMetrics.ts'
