import {
  CELL,
  ENVIRONMENT_BYTES,
  type EngineKernel,
  MODE_SIMULATE,
  MODE_SKIP_FEES,
  TX_FLAG_CREATION,
} from '../kernels/index.ts'
import { concatBytes, EMPTY_BYTES, fromBigInt } from '../lib/index.ts'
import { rlpEncode } from '../protocol/index.ts'
import type { Engine } from './Engine.ts'
import { ENDING_REVERT, haltMessage } from './halts.ts'
import type { Tiers } from './Tiers.ts'

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

/** EIP-7702 code of a delegating account: this, then the delegate's address. */
const DELEGATION_PREFIX = Uint8Array.of(0xef, 0x01, 0x00)

/** Looks at the state in the midst of a call. */
export type CallObserver = {
  /** The overrides are in force, and nothing is executed yet. */
  begin(): void
  /** What the call has changed is still there. */
  end(outcome: CallOutcome): void
}

export function simulateCall(
  engine: Engine,
  tiers: Tiers,
  request: CallRequest,
  observer?: CallObserver,
): CallOutcome {
  const { kernel } = engine
  // It may change the block's environment, which must be as before afterwards.
  const environment = kernel.copy(kernel.cells, ENVIRONMENT_BYTES)
  kernel.exports.beginSimulation()
  try {
    // A call sees the chain as it stands: it does not wait for the parent's hash.
    kernel.setU32(CELL.flags, 0)
    overrideBlock(kernel, request)
    overrideState(kernel, tiers, request)
    observer?.begin()
    writeMessage(kernel, request)
    kernel.exports.executePrepared()
    // Before the codes of overrides are forgotten.
    tiers.serveHotCodes()
    const result = outcome(engine, request)
    observer?.end(result)
    return result
  } finally {
    kernel.exports.endSimulation()
    kernel.bytes.set(environment, kernel.cells)
  }
}

function overrideBlock(kernel: EngineKernel, { blockOverrides: block, gasPrice }: CallRequest): void {
  if (block?.number !== undefined) kernel.setU64(CELL.number, block.number)
  if (block?.time !== undefined) kernel.setU64(CELL.timestamp, block.time)
  if (block?.gasLimit !== undefined) kernel.setU64(CELL.gasLimit, block.gasLimit)
  if (block?.feeRecipient !== undefined) kernel.setWordBytes(CELL.coinbase, block.feeRecipient)
  if (block?.prevRandao !== undefined) kernel.setWordBytes(CELL.prevRandao, block.prevRandao)
  if (block?.baseFeePerGas !== undefined) kernel.setWord(CELL.baseFee, block.baseFeePerGas)
  if (block?.blobBaseFee !== undefined) kernel.setWord(CELL.blobBaseFee, block.blobBaseFee)
  if (gasPrice === 0n) kernel.setWord(CELL.baseFee, 0n)
}

function overrideState(kernel: EngineKernel, tiers: Tiers, request: CallRequest): void {
  for (const { authority, delegate } of request.authorizations) {
    if (authority === undefined) continue
    const clears = delegate.every((byte) => byte === 0)
    const code = clears ? EMPTY_BYTES : concatBytes(DELEGATION_PREFIX, delegate)
    kernel.exports.overrideCode(kernel.put(authority, 0), kernel.put(code, 32), code.length)
  }
  for (const override of request.stateOverrides ?? []) {
    const at = kernel.put(override.address, 0)
    if (override.balance !== undefined) {
      kernel.exports.overrideBalance(at, kernel.put(fromBigInt(override.balance, 32), 32))
    }
    if (override.nonce !== undefined) {
      kernel.exports.overrideNonce(at, kernel.put(fromBigInt(override.nonce, 8), 32))
    }
    if (override.code !== undefined) {
      const codeId = kernel.exports.overrideCode(at, kernel.put(override.code, 32), override.code.length)
      tiers.adopt(codeId)
    }
    if (override.state !== undefined) kernel.exports.overrideStorage(at)
    for (const { key, value } of [...(override.state ?? []), ...(override.stateDiff ?? [])]) {
      kernel.exports.overrideSlot(at, kernel.put(key, 32), kernel.put(value, 64))
    }
  }
}

/** Fills the transaction cells as if the message had been decoded. */
function writeMessage(kernel: EngineKernel, request: CallRequest): void {
  const cells = kernel.cells
  kernel.bytes.fill(0, cells + CELL.txType, cells + CELL.txSender)
  kernel.setU32(CELL.txMode, MODE_SIMULATE | (request.gasPrice === 0n ? MODE_SKIP_FEES : 0))
  kernel.setU32(CELL.txFlags, request.to === undefined ? TX_FLAG_CREATION : 0)
  kernel.setU64(CELL.txGasLimit, request.gas)
  if (request.to !== undefined) kernel.bytes.set(request.to, cells + CELL.txTo)
  kernel.setWord(CELL.txValue, request.value)
  kernel.setWord(CELL.txMaxFee, request.gasPrice)
  kernel.setWord(CELL.txPriorityFee, request.gasPrice)
  kernel.setU32(CELL.txData, kernel.put(request.data, 0))
  kernel.setU32(CELL.txData + 4, request.data.length)
  kernel.setWordBytes(CELL.txSender, request.from)
  // They are in force already (see overrideState); what they cost counts as if they were carried.
  kernel.setU32(CELL.txAuthorizationCount, request.authorizations.length)
  const entries = request.accessList.map(({ address, storageKeys }) => rlpEncode([address, [...storageKeys]]))
  const payload = concatBytes(...entries)
  kernel.setU32(CELL.txAccessList, kernel.put(payload, request.data.length))
  kernel.setU32(CELL.txAccessList + 4, payload.length)
  kernel.setU32(CELL.txAccessListAddressCount, entries.length)
  const keyCount = request.accessList.reduce((sum, { storageKeys }) => sum + storageKeys.length, 0)
  kernel.setU32(CELL.txAccessListKeyCount, keyCount)
}

function outcome(engine: Engine, request: CallRequest): CallOutcome {
  const { kernel } = engine
  const kind = kernel.view.getInt32(kernel.cells + CELL.resultKind, true)
  if (kind !== 0) {
    const { message } = engine.refusal(kind, request.from)
    return { status: 'invalid', output: new Uint8Array(0), gasUsed: 0n, gasRefunded: 0n, error: message }
  }
  const ending = kernel.getU32(CELL.resultEnding)
  const halt = haltMessage(ending)
  const result: CallOutcome = {
    status: halt !== undefined ? 'halt' : ending === ENDING_REVERT ? 'revert' : 'success',
    output: kernel.copy(kernel.getU32(CELL.resultOutput), kernel.getU32(CELL.resultOutput + 4)),
    gasUsed: kernel.getU64(CELL.resultGasUsed),
    gasRefunded: kernel.getU64(CELL.resultGasRefunded),
  }
  if (halt !== undefined) result.error = halt
  if (request.to === undefined) result.created = fromBigInt(kernel.getWord(CELL.resultCreated), 20)
  return result
}
