export { ForkedState } from './ForkedState.ts'
export { ForkThread } from './ForkThread.ts'
export { checkFork, type ForkOptions, forkGenesis } from './forkGenesis.ts'
export type { ForkReader } from './messages.ts'
