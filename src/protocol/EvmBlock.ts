import { type Header, headerFromRlp, headerToRlp } from './Header.ts'
import { type RlpValue, rlpDecode, rlpEncode, rlpItemLength } from './rlp.ts'
import { type Withdrawal, withdrawalFromRlp, withdrawalToRlp } from './Withdrawal.ts'

/** A standard Ethereum block: what is executed together and gets one header. */
export type EvmBlock = {
  header: Header
  /** EIP-2718 envelopes, in order. Only the frame is decoded here: see decodeTransaction. */
  transactions: Uint8Array[]
  /** Empty since the Merge. */
  ommers: Header[]
  /** Undefined before Shanghai. */
  withdrawals: Withdrawal[] | undefined
}

export type EvmBlockResult = { ok: true; block: EvmBlock } | EvmBlockFailure
export type EvmBlockFailure = { ok: false; code: 'BlockException.RLP_STRUCTURES_ENCODING'; message: string }

/** rlp([header, transactions, ommers, withdrawals]); legacy transactions stand as lists, typed ones as byte strings. */
export function encodeBlock(block: EvmBlock): Uint8Array {
  return rlpEncode(blockToRlp(block))
}

/**
 * Bytes of what {@link encodeBlock} gives, found without the transactions.
 *
 * @param transactionsLength - bytes that they take there, without the head of their list.
 */
export function encodedBlockLength(
  { header, ommers, withdrawals }: Omit<EvmBlock, 'transactions'>,
  transactionsLength: number,
): number {
  let length = rlpEncode(headerToRlp(header)).length + rlpItemLength(transactionsLength)
  length += rlpEncode(ommers.map(headerToRlp)).length
  if (withdrawals !== undefined) length += rlpEncode(withdrawals.map(withdrawalToRlp)).length
  return rlpItemLength(length)
}

/** Inverse of {@link encodeBlock}, for blocks of every fork up to Osaka. */
export function decodeBlock(bytes: Uint8Array): EvmBlockResult {
  const decoded = rlpDecode(bytes)
  if (!decoded.ok) return failure(decoded.message)
  const parts = decoded.value
  if (parts instanceof Uint8Array) return failure('it is not a list')
  if (parts.length < 3 || parts.length > 4) return failure(`it has ${parts.length} parts`)
  const [headerPart, transactionsPart, ommersPart, withdrawalsPart] = parts
  const header = headerFromRlp(headerPart!)
  if (!header.ok) return header
  if ((header.header.withdrawalsRoot === undefined) !== (withdrawalsPart === undefined)) {
    return failure('withdrawals and withdrawalsRoot come together')
  }
  const transactions = transactionsFromRlp(transactionsPart!)
  if (transactions === undefined) return failure('the transactions are not a list of envelopes')
  if (ommersPart instanceof Uint8Array) return failure('the ommers are not a list')
  const ommers: Header[] = []
  for (const item of ommersPart!) {
    const ommer = headerFromRlp(item)
    if (!ommer.ok) return ommer
    ommers.push(ommer.header)
  }
  const withdrawals = withdrawalsPart === undefined ? undefined : withdrawalsFromRlp(withdrawalsPart)
  if (withdrawals === 'invalid') return failure('a withdrawal has another shape')
  return { ok: true, block: { header: header.header, transactions, ommers, withdrawals } }
}

function blockToRlp(block: EvmBlock): RlpValue {
  const transactions = block.transactions.map(transactionToRlp)
  const parts: RlpValue[] = [headerToRlp(block.header), transactions, block.ommers.map(headerToRlp)]
  if (block.withdrawals !== undefined) parts.push(block.withdrawals.map(withdrawalToRlp))
  return parts
}

function transactionToRlp(raw: Uint8Array): RlpValue {
  if (!isLegacy(raw)) return raw
  const legacy = rlpDecode(raw)
  return legacy.ok ? legacy.value : raw
}

/** EIP-2718: an envelope that begins like a list has no type byte. */
function isLegacy(raw: Uint8Array): boolean {
  return raw[0] === undefined || raw[0] >= 0xc0
}

function transactionsFromRlp(value: RlpValue): Uint8Array[] | undefined {
  if (value instanceof Uint8Array) return undefined
  const transactions: Uint8Array[] = []
  for (const item of value) {
    // Decoding is canonical, so encoding again gives the bytes that stood there.
    const raw = item instanceof Uint8Array ? item : rlpEncode(item)
    if (raw.length === 0 || (item instanceof Uint8Array && raw[0]! >= 0x80)) return undefined
    transactions.push(raw)
  }
  return transactions
}

function withdrawalsFromRlp(value: RlpValue): Withdrawal[] | 'invalid' {
  if (value instanceof Uint8Array) return 'invalid'
  const withdrawals: Withdrawal[] = []
  for (const item of value) {
    const withdrawal = withdrawalFromRlp(item)
    if (withdrawal === undefined) return 'invalid'
    withdrawals.push(withdrawal)
  }
  return withdrawals
}

function failure(reason: string): EvmBlockFailure {
  return { ok: false, code: 'BlockException.RLP_STRUCTURES_ENCODING', message: `invalid block: ${reason}` }
}
