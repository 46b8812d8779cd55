export type { TransactionPlace } from './FlatCallTracer.ts'
export { makeTracer, type TracerChoice, TracerError, type TracerSetting } from './makeTracer.ts'
export type { TracedMessage, Tracer } from './Tracer.ts'
export { type SignedTransaction, TracingEngine, type TracingOptions } from './TracingEngine.ts'
