export { type AsmValue, asm, callCode, initCode, RETURN_TOP } from './asm.ts'
export { DEEP_CALLS_MODULE, type DeepRun, runDeepCalls } from './deepCalls.ts'
export { baseOf } from './engineBase.ts'
export { action, GENESIS, Scene, Twins } from './Scene.ts'
export {
  MACHINE_FACTORY,
  type MachineRun,
  machineAddress,
  runMachines,
  STORAGE_MACHINE,
} from './StorageMachine.ts'
export { TablePair } from './TablePair.ts'
export {
  BASE_FEE,
  BLOCK,
  COINBASE,
  ETHER,
  type Executed,
  hashOf,
  SENDER,
  type Sending,
  TestChain,
  TIP,
} from './TestChain.ts'
export { TracedChain } from './TracedChain.ts'
