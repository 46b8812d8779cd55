/** A call that is only simulated (eth_call). Addresses are 20 bytes, keys and values 32. */
export type CallRequest = {
  from: Uint8Array
  /** Undefined: `data` is init code. */
  to: Uint8Array | undefined
  gas: bigint
  value: bigint
  data: Uint8Array
  /** Wei; with 0 no fee is taken and BASEFEE reads 0. */
  gasPrice: bigint
  accessList: readonly { address: Uint8Array; storageKeys: readonly Uint8Array[] }[]
  /** EIP-7702 delegations in force during the call. One that is void has no authority: it only costs. */
  authorizations: readonly { authority: Uint8Array | undefined; delegate: Uint8Array }[]
  stateOverrides?: readonly StateOverride[]
  blockOverrides?: BlockOverrides
}

export type StateOverride = {
  address: Uint8Array
  balance?: bigint
  nonce?: bigint
  code?: Uint8Array
  /** The precompile that is at `address` moves there. */
  movePrecompileTo?: Uint8Array
  /** Replaces the whole storage. */
  state?: readonly { key: Uint8Array; value: Uint8Array }[]
  /** Replaces single slots. */
  stateDiff?: readonly { key: Uint8Array; value: Uint8Array }[]
}

export type BlockOverrides = {
  number?: bigint
  time?: bigint
  gasLimit?: bigint
  feeRecipient?: Uint8Array
  prevRandao?: Uint8Array
  baseFeePerGas?: bigint
  blobBaseFee?: bigint
}

export type CallOutcome = {
  status: 'success' | 'revert' | 'halt' | 'invalid'
  /** Return data, or revert data. */
  output: Uint8Array
  /** Of the whole transaction: with intrinsic gas, refund and calldata floor. */
  gasUsed: bigint
  /** What the refund counter gave back, already taken off `gasUsed`. */
  gasRefunded: bigint
  /** Why it halted or is not valid, in geth's words. */
  error?: string
  /** Address of a created contract. */
  created?: Uint8Array
}

/** Looks at the state in the midst of a call. */
export type CallObserver = {
  /** The overrides are in force, and nothing is executed yet. */
  begin(): void
  /** What the call has changed is still there. */
  end(outcome: CallOutcome): void
}
