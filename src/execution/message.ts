import {
  CELL,
  type EngineKernel,
  MODE_ANY_NONCE,
  MODE_MESSAGE,
  MODE_SKIP_FEES,
  TX_FLAG_CREATION,
} from '../kernels/index.ts'
import { concatBytes, EMPTY_BYTES } from '../lib/index.ts'
import {
  type Authorization,
  authorizationFields,
  rlpEncode,
  type TransactionExceptionCode,
} from '../protocol/index.ts'
import { haltMessage } from './halts.ts'

/** A transaction without signature (go-ethereum, core.Message). Addresses are 20 bytes, hashes and keys 32. */
export type Message = {
  /** EIP-2718 type, which the receipt gets too. */
  type: 0 | 1 | 2 | 3 | 4
  from: Uint8Array
  /** Undefined: `data` is init code. */
  to: Uint8Array | undefined
  nonce: bigint
  gas: bigint
  value: bigint
  data: Uint8Array
  /** Wei; the gas price of types 0 and 1. */
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
  accessList: readonly { address: Uint8Array; storageKeys: readonly Uint8Array[] }[]
  /** Wei. */
  maxFeePerBlobGas: bigint
  blobVersionedHashes: readonly Uint8Array[]
  /** With the signer's address; undefined where the signature is no good. */
  authorizations: readonly (Authorization & { authority: Uint8Array | undefined })[]
}

export type MessageRules = {
  /** Its nonce must be the sender's. */
  checksNonce: boolean
  /** No gas is bought, and the base fee does not count. */
  isFree: boolean
}

export type MessageOutcome =
  | {
      kind: 'executed'
      /** 1: success; 0: reverted or halted. */
      status: 0 | 1
      gasUsed: bigint
      /** Used before refunds. */
      gasPeak: bigint
      /** EIP-2718 consensus receipt. */
      receipt: Uint8Array
      /** Return or revert data of the outermost call. */
      output: Uint8Array
      /** Why the EVM stopped, in geth's words; undefined for success and revert. */
      halt: string | undefined
    }
  /** Nothing changed. */
  | { kind: 'invalid'; code: TransactionExceptionCode; message: string }

/** What stands in the transaction cells; `mode` has the bits of layout.ts. */
export type MessageFields = Omit<
  Message,
  'nonce' | 'maxFeePerBlobGas' | 'blobVersionedHashes' | 'authorizations'
> & {
  /** They cost, and are in force already. */
  authorizationCount?: number
}

/** Fills the transaction cells as if the message had been decoded; returns how many bytes of the input it takes. */
export function writeMessage(kernel: EngineKernel, fields: MessageFields, mode: number): number {
  const { cells } = kernel
  kernel.bytes.fill(0, cells + CELL.txType, cells + CELL.txSender)
  kernel.setU32(CELL.txMode, mode)
  kernel.setU32(CELL.txType, fields.type)
  kernel.setU32(CELL.txFlags, fields.to === undefined ? TX_FLAG_CREATION : 0)
  kernel.setU64(CELL.txGasLimit, fields.gas)
  if (fields.to !== undefined) kernel.bytes.set(fields.to, cells + CELL.txTo)
  kernel.setWord(CELL.txValue, fields.value)
  kernel.setWord(CELL.txMaxFee, fields.maxFeePerGas)
  kernel.setWord(CELL.txPriorityFee, fields.maxPriorityFeePerGas)
  kernel.setWordBytes(CELL.txSender, fields.from)
  kernel.setU32(CELL.txAuthorizationCount, fields.authorizationCount ?? 0)
  putPayload(kernel, CELL.txData, fields.data, 0)
  return writeAccessList(kernel, fields.accessList, fields.data.length)
}

function writeAccessList(kernel: EngineKernel, list: Message['accessList'], at: number): number {
  if (list.length === 0) return putPayload(kernel, CELL.txAccessList, EMPTY_BYTES, at)
  const entries = list.map(({ address, storageKeys }) => rlpEncode([address, [...storageKeys]]))
  const end = putPayload(kernel, CELL.txAccessList, concatBytes(...entries), at)
  kernel.setU32(CELL.txAccessListAddressCount, entries.length)
  const keyCount = list.reduce((sum, { storageKeys }) => sum + storageKeys.length, 0)
  kernel.setU32(CELL.txAccessListKeyCount, keyCount)
  return end
}

/** Puts bytes into the input, their address and length into two cells; returns where they end in the input. */
function putPayload(kernel: EngineKernel, cell: number, bytes: Uint8Array, at: number): number {
  kernel.setU32(cell, kernel.put(bytes, at))
  kernel.setU32(cell + 4, bytes.length)
  return at + bytes.length
}

/** Executes a message in the open block and keeps what it changes, as of a transaction. */
export function executeMessage(
  kernel: EngineKernel,
  message: Message,
  rules: MessageRules,
): Extract<MessageOutcome, { kind: 'executed' }> | { refusal: number } {
  const mode = MODE_MESSAGE | (rules.checksNonce ? 0 : MODE_ANY_NONCE) | (rules.isFree ? MODE_SKIP_FEES : 0)
  let at = writeMessage(kernel, message, mode)
  kernel.setU64(CELL.txNonce, message.nonce)
  kernel.setWord(CELL.txMaxBlobFee, message.maxFeePerBlobGas)
  const hashes = concatBytes(...message.blobVersionedHashes.map((hash) => rlpEncode(hash)))
  at = putPayload(kernel, CELL.txBlobHashes, hashes, at)
  kernel.setU32(CELL.txBlobHashCount, message.blobVersionedHashes.length)
  writeAuthorizations(kernel, message.authorizations, at)
  kernel.exports.executeMessage()
  const kind = kernel.view.getInt32(kernel.cells + CELL.resultKind, true)
  return kind === 0 ? executed(kernel) : { refusal: kind }
}

function writeAuthorizations(
  kernel: EngineKernel,
  authorizations: Message['authorizations'],
  start: number,
): void {
  const tuples = authorizations.map((each) => rlpEncode(authorizationFields(each)))
  const at = putPayload(kernel, CELL.txAuthorizationList, concatBytes(...tuples), start)
  kernel.setU32(CELL.txAuthorizationCount, tuples.length)
  // As the kernel wants them: 1 and the address, or zeros.
  const signers = authorizations.map(({ authority }) =>
    authority === undefined ? new Uint8Array(21) : concatBytes(Uint8Array.of(1), authority),
  )
  kernel.setU32(CELL.txAuthorities, kernel.put(concatBytes(...signers), at))
}

function executed(kernel: EngineKernel): Extract<MessageOutcome, { kind: 'executed' }> {
  return {
    kind: 'executed',
    status: kernel.getU32(CELL.resultStatus) === 1 ? 1 : 0,
    gasUsed: kernel.getU64(CELL.resultGasUsed),
    gasPeak: kernel.getU64(CELL.resultGasPeak),
    receipt: kernel.copy(kernel.getU32(CELL.resultReceipt), kernel.getU32(CELL.resultReceipt + 4)),
    output: kernel.copy(kernel.getU32(CELL.resultOutput), kernel.getU32(CELL.resultOutput + 4)),
    halt: haltMessage(kernel.getU32(CELL.resultEnding)),
  }
}
