export type CallRequest = {
  from: Uint8Array
  to: Uint8Array | undefined
  gas: bigint
  value: bigint
  data: Uint8Array
  /** Wei per gas the sender is charged in BASEFEE/GASPRICE terms; zero when not given. */
  gasPrice: bigint
  accessList: { address: Uint8Array; storageKeys: Uint8Array[] }[]
  /**
   * EIP-7702 delegations in force during the call: authority → delegate. One that is void has no authority: it only
   * costs.
   */
  authorizations: { authority: Uint8Array | undefined; delegate: Uint8Array }[]
  stateOverrides: StateOverride[]
  blockOverrides: BlockOverrides
}

export type StateOverride = {
  address: Uint8Array
  balance?: bigint
  nonce?: bigint
  code?: Uint8Array
  /** The precompile that is at `address` moves there. */
  movePrecompileTo?: Uint8Array
  /** Replaces the whole storage. */
  state?: { key: Uint8Array; value: Uint8Array }[]
  /** Replaces single slots. */
  stateDiff?: { key: Uint8Array; value: Uint8Array }[]
}

export type BlockOverrides = {
  number?: bigint
  time?: bigint
  gasLimit?: bigint
  feeRecipient?: Uint8Array
  prevRandao?: Uint8Array
  baseFeePerGas?: bigint
  blobBaseFee?: bigint
  /** Of blocks that are simulated: parentBeaconBlockRoot. */
  beaconRoot?: Uint8Array
}

export type CallOutcome = {
  status: 'success' | 'revert' | 'halt' | 'invalid'
  /** Return data, or revert data. */
  output: Uint8Array
  /** Whole transaction: intrinsic gas included, refund and calldata floor applied. */
  gasUsed: bigint
  /** EVM halt (`OutOfGas`, …) or why the call is not valid (`insufficient funds for gas * price + value: …`). */
  error?: string
  /** Address of a created contract. */
  created?: Uint8Array
}
