import { concatBytes, EMPTY_BYTES } from '../../lib/index.ts'
import { rlpEncode } from '../../protocol/index.ts'
import { BodyError } from './BodyError.ts'
import type { ColumnReader, ColumnWriter } from './columns.ts'
import { MAX_CALL_WORDS } from './limits.ts'
import { headBytes, writeHead } from './rlpBytes.ts'

/** What stands for a transaction that is told as it is, and for a kind that is described. */
export const AS_IT_IS = 0
export const NEW_KIND = 1
/** From here on: a kind's number, plus this. */
export const KNOWN_KIND = 2

/** Type of a legacy transaction whose signature names the chain (EIP-155), in a {@link FeeKind}. */
export const PROTECTED_LEGACY = 5
/** Larger ones could not be counted in doubles in a legacy transaction's `v`. */
export const MAX_CHAIN_ID_BYTES = 6
const MAX_FEE_BYTES = 32
const MAX_GAS_BYTES = 8
/** Of call data that is told in words: the function's selector. */
export const SELECTOR_BYTES = 4

/**
 * What transactions have in common that pay alike: type, chain and fees. Integers are big-endian without leading zeros.
 *
 *     u8 type (5: legacy with chain id) · integer chainId · integer tip (maxPriorityFeePerGas; legacy: empty)
 *     · integer most (maxFeePerGas or gasPrice)            integer: u8 length · bytes
 */
export type FeeKind = {
  /** 0 to 4. */
  type: number
  isProtected: boolean
  chainId: Uint8Array
  tip: Uint8Array
  most: Uint8Array
  /** RLP of the chain id; nothing for legacy transactions. */
  chainIdRlp: Uint8Array
  /** RLP of the fee fields, in the order of the envelope. */
  feesRlp: Uint8Array
}

/**
 * What calls of one function have in common: recipient, gas limit, shape of the call data.
 *
 *     reference to `to`, where there is one · u8 has `to` · integer gasLimit · varint dataLength
 *     · selector 4, where the data are told in words
 */
export type CallKind = {
  /** Number of the recipient; -1: creates a contract. */
  to: number
  dataLength: number
  /** The data are told as selector and words. */
  isInWords: boolean
  /** Words behind the selector. */
  wordCount: number
  /** RLP of gas limit and recipient. */
  callRlp: Uint8Array
  /** RLP of the data up to where words begin. */
  dataHead: Uint8Array
  /** What the last such call used, beside its data's gas. */
  gas: number
}

export type FeeFields = { type: number; chainId: Uint8Array; tip: Uint8Array; most: Uint8Array }

export function feeKind({ type, chainId, tip, most }: FeeFields): FeeKind {
  const isProtected = type === PROTECTED_LEGACY
  const plainType = isProtected ? 0 : type
  const fees = plainType >= 2 ? [rlpEncode(tip), rlpEncode(most)] : [rlpEncode(most)]
  return {
    type: plainType,
    isProtected,
    chainId,
    tip,
    most,
    chainIdRlp: plainType === 0 ? EMPTY_BYTES : rlpEncode(chainId),
    feesRlp: concatBytes(...fees),
  }
}

export function readFeeKind(column: ColumnReader): FeeKind {
  const type = column.u8()
  if (type > PROTECTED_LEGACY) throw new BodyError('VALUE', `a transaction of type ${type}`)
  const chainId = readInteger(column, MAX_CHAIN_ID_BYTES)
  return feeKind({
    type,
    chainId,
    tip: readInteger(column, MAX_FEE_BYTES),
    most: readInteger(column, MAX_FEE_BYTES),
  })
}

export function writeFeeKind(column: ColumnWriter, { type, chainId, tip, most }: FeeFields): void {
  column.u8(type)
  for (const integer of [chainId, tip, most]) writeInteger(column, integer)
}

export type CallFields = {
  to: number
  /** The recipient's 20 bytes, where there is one. */
  address: Uint8Array
  gasLimit: Uint8Array
  dataLength: number
  /** Undefined: the data are told as bytes. */
  selector: Uint8Array | undefined
}

export function callKind({ to, address, gasLimit, dataLength, selector }: CallFields): CallKind {
  const head = new Uint8Array(headBytes(dataLength))
  // One byte of data may have no head: bytes are written with their own.
  writeHead(head, 0, 0x80, dataLength)
  return {
    to,
    dataLength,
    isInWords: selector !== undefined,
    wordCount: selector === undefined ? 0 : (dataLength - SELECTOR_BYTES) / 32,
    callRlp: concatBytes(rlpEncode(gasLimit), rlpEncode(address)),
    dataHead: selector === undefined ? EMPTY_BYTES : concatBytes(head, selector),
    gas: 0,
  }
}

/** Whether a call's data are told in words. */
export function isInWords(to: number, dataLength: number): boolean {
  const length = dataLength - SELECTOR_BYTES
  return to >= 0 && length >= 0 && length % 32 === 0 && length / 32 <= MAX_CALL_WORDS
}

export function readCallKind(
  column: ColumnReader,
  readAddress: () => number,
  addressOf: (id: number) => Uint8Array,
): CallKind {
  const hasTo = column.u8()
  if (hasTo > 1) throw new BodyError('VALUE', 'a call is neither to an account nor a creation')
  const to = hasTo === 1 ? readAddress() : -1
  const gasLimit = readInteger(column, MAX_GAS_BYTES)
  const dataLength = column.varint()
  const selector = isInWords(to, dataLength) ? column.part(SELECTOR_BYTES).slice() : undefined
  const address = to < 0 ? EMPTY_BYTES : addressOf(to)
  return callKind({ to, address, gasLimit, dataLength, selector })
}

export function writeCallKind(column: ColumnWriter, call: CallFields, writeAddress: () => void): void {
  column.u8(call.to < 0 ? 0 : 1)
  if (call.to >= 0) writeAddress()
  writeInteger(column, call.gasLimit)
  column.varint(call.dataLength)
  if (call.selector !== undefined) column.copy(call.selector, 0, SELECTOR_BYTES)
}

function readInteger(column: ColumnReader, most: number): Uint8Array {
  const length = column.u8()
  if (length > most) throw new BodyError('VALUE', `an integer of ${length} bytes; at most ${most} here`)
  const bytes = column.part(length).slice()
  if (bytes[0] === 0) throw new BodyError('VALUE', 'an integer begins with zeros')
  return bytes
}

function writeInteger(column: ColumnWriter, bytes: Uint8Array): void {
  column.u8(bytes.length)
  column.copy(bytes, 0, bytes.length)
}
