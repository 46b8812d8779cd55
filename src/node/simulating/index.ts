export { Simulator } from './Simulator.ts'
