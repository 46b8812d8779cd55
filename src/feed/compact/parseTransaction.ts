import { RlpCursor } from './RlpCursor.ts'
import { MAX_CHAIN_ID_BYTES } from './templates.ts'

const MAX_NONCE = 2 ** 48

/** Where the fields of a raw transaction are. Used again and again. */
export class ParsedTransaction {
  type = 0
  isProtected = false
  parity = 0
  nonce = 0
  /** Legacy transactions have none among their fields; that of a protected one. */
  chainIdOfV = 0
  /** Per field: where its content begins, and its length. */
  readonly chainId: Span = [0, 0]
  readonly tip: Span = [0, 0]
  readonly most: Span = [0, 0]
  readonly gasLimit: Span = [0, 0]
  readonly to: Span = [0, 0]
  readonly value: Span = [0, 0]
  readonly data: Span = [0, 0]
  /** From the access list to before the signature: RLP as it is. */
  readonly tail: Span = [0, 0]
  readonly r: Span = [0, 0]
  readonly s: Span = [0, 0]
}

type Span = [start: number, length: number]

const cursor = new RlpCursor()

/**
 * Finds the fields of an EIP-2718 envelope; false where it isn't the one canonical encoding of fields that are in their
 * range. What is between data and signature is not looked into.
 */
export function parseTransaction(raw: Uint8Array, into: ParsedTransaction): boolean {
  const first = raw[0]
  if (first === undefined) return false
  into.type = first >= 0xc0 ? 0 : first
  if (into.type > 4 || (into.type === 0 && first === 0)) return false
  cursor.open(raw, into.type === 0 ? 0 : 1, raw.length)
  if (!cursor.enterLast()) return false
  if (into.type !== 0 && !(cursor.integer(MAX_CHAIN_ID_BYTES) && take(into.chainId))) return false
  if (!cursor.integer(8)) return false
  into.nonce = cursor.number()
  if (into.nonce < 0 || into.nonce > MAX_NONCE) return false
  return parseFees(into) && parseCall(into) && parseTail(into) && parseSignature(into)
}

function parseFees(into: ParsedTransaction): boolean {
  into.tip[1] = 0
  if (into.type >= 2 && !(cursor.integer(32) && take(into.tip))) return false
  return cursor.integer(32) && take(into.most)
}

function parseCall(into: ParsedTransaction): boolean {
  if (!(cursor.integer(8) && take(into.gasLimit) && cursor.string() && take(into.to))) return false
  if (into.to[1] !== 0 && into.to[1] !== 20) return false
  return cursor.integer(32) && take(into.value) && cursor.string() && take(into.data)
}

const TAIL_ITEMS: readonly number[] = [0, 1, 1, 3, 2]

function parseTail(into: ParsedTransaction): boolean {
  const start = cursor.at
  for (let i = TAIL_ITEMS[into.type]!; i > 0; i--) if (!cursor.skip()) return false
  into.tail[0] = start
  into.tail[1] = cursor.at - start
  return true
}

function parseSignature(into: ParsedTransaction): boolean {
  if (!cursor.integer(8)) return false
  const v = cursor.number()
  if (into.type === 0) {
    into.isProtected = v >= 35
    into.chainIdOfV = Math.floor((v - 35) / 2)
    into.parity = (v + 1) % 2
    if (!into.isProtected && v !== 27 && v !== 28) return false
    if (into.isProtected && v > 2 ** (8 * MAX_CHAIN_ID_BYTES)) return false
  } else {
    into.parity = v
    if (v < 0 || v > 1) return false
  }
  return cursor.integer(32) && take(into.r) && cursor.integer(32) && take(into.s) && cursor.at === cursor.end
}

function take(span: Span): true {
  span[0] = cursor.start
  span[1] = cursor.length
  return true
}
