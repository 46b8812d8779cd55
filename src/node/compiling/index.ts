export { CompilerThread } from './CompilerThread.ts'
export { EvmMonitor } from './EvmMonitor.ts'
export { ENGINE_COUNTERS, type EngineCounters, TieredEngine } from './TieredEngine.ts'
