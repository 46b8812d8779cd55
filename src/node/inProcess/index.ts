export type { ChainOptions } from './chainOptions.ts'
export { createChain } from './createChain.ts'
export type { InProcessChain } from './InProcessChain.ts'
export type {
  ProviderEvents,
  ProviderMessage,
  RequestArguments,
} from './Provider.ts'
