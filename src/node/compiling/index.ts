export { CompilerThread } from './CompilerThread.ts'
export { EvmMonitor } from './EvmMonitor.ts'
export type { CompilerToEngine } from './messages.ts'
export { ENGINE_COUNTERS, type EngineCounters, TieredEngine } from './TieredEngine.ts'
