export { checkFork } from './checkFork.ts'
export { ForkedState } from './ForkedState.ts'
export { ForkThread } from './ForkThread.ts'
export { type ForkOptions, forkGenesis } from './forkGenesis.ts'
