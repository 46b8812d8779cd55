import { assert, concatBytes, fromBigInt, toBigInt } from '../lib/index.ts'
import type { PooledTransaction } from '../sequencer/index.ts'

/**
 * A checked transaction in bytes, for the way between threads and for the pool's journal (big-endian):
 *
 *     sender 20 · hash 32 · nonce 8 · gasLimit 8 · maxFeePerGas 32 · maxPriorityFeePerGas 32 · cost 48
 *     u16 authorityCount, then per authority: u8 known · address 20 (zeros when not known)
 *     u32 rawLength · raw
 */
const FIXED_BYTES = 20 + 32 + 8 + 8 + 32 + 32 + 48
const AUTHORITY_BYTES = 21
/** Bytes of the largest raw transaction that is accepted back: twice what the pool takes. */
const RAW_LIMIT = 256 * 1024

export function encodeTransactions(transactions: PooledTransaction[]): Uint8Array {
  return concatBytes(...transactions.map(encodeOne))
}

/** @throws RangeError when the bytes end early; asserts the rest, since both ends are this program. */
export function decodeTransactions(bytes: Uint8Array): PooledTransaction[] {
  const transactions: PooledTransaction[] = []
  let offset = 0
  while (offset < bytes.length) {
    const { transaction, end } = decodeOne(bytes, offset)
    transactions.push(transaction)
    offset = end
  }
  return transactions
}

function encodeOne(transaction: PooledTransaction): Uint8Array {
  const { authorities, raw } = transaction
  const entry = new Uint8Array(FIXED_BYTES + 2 + authorities.length * AUTHORITY_BYTES + 4 + raw.length)
  const view = new DataView(entry.buffer)
  entry.set(transaction.sender, 0)
  entry.set(transaction.hash, 20)
  view.setBigUint64(52, transaction.nonce)
  view.setBigUint64(60, transaction.gasLimit)
  entry.set(fromBigInt(transaction.maxFeePerGas, 32), 68)
  entry.set(fromBigInt(transaction.maxPriorityFeePerGas, 32), 100)
  entry.set(fromBigInt(transaction.cost, 48), 132)
  let offset = FIXED_BYTES
  view.setUint16(offset, authorities.length)
  offset += 2
  for (const authority of authorities) {
    if (authority !== undefined) {
      entry[offset] = 1
      entry.set(authority, offset + 1)
    }
    offset += AUTHORITY_BYTES
  }
  view.setUint32(offset, raw.length)
  entry.set(raw, offset + 4)
  return entry
}

function decodeOne(bytes: Uint8Array, start: number): { transaction: PooledTransaction; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const take = (from: number, length: number) => bytes.slice(start + from, start + from + length)
  const authorities: (Uint8Array | undefined)[] = []
  const authorityCount = view.getUint16(start + FIXED_BYTES)
  let offset = FIXED_BYTES + 2
  for (let i = 0; i < authorityCount; i++) {
    authorities.push(view.getUint8(start + offset) === 1 ? take(offset + 1, 20) : undefined)
    offset += AUTHORITY_BYTES
  }
  const rawLength = view.getUint32(start + offset)
  assert(rawLength <= RAW_LIMIT, 'a raw transaction in the pool is within its limit')
  const end = start + offset + 4 + rawLength
  assert(end <= bytes.length, 'an encoded transaction is whole')
  const transaction = {
    sender: take(0, 20),
    hash: take(20, 32),
    nonce: view.getBigUint64(start + 52),
    gasLimit: view.getBigUint64(start + 60),
    maxFeePerGas: toBigInt(take(68, 32)),
    maxPriorityFeePerGas: toBigInt(take(100, 32)),
    cost: toBigInt(take(132, 48)),
    authorities,
    raw: take(offset + 4, rawLength),
  }
  return { transaction, end }
}
