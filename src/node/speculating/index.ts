export { SpeculatorPorts } from './SpeculatorPorts.ts'
export { SpeculatorThreads } from './SpeculatorThreads.ts'
export { type SpeculationSettings, speculationSettings } from './speculation.ts'
