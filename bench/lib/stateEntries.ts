import { encodeStateDiff } from '../../src/protocol/index.ts'

/**
 * Numbered accounts and slots for the benchmarks of the state: number `i` always gives the same bytes, which look like
 * hashes. All slots belong to one contract, and each slot's value is the key of another, so that reading one says which
 * to read next; the walk meets all of them.
 */
export const CONTRACT: Uint8Array = new Uint8Array(20).fill(0xc0)

const ADDRESS_BYTES = 20
const WORD_BYTES = 32
const ACCOUNT_BYTES = 93
const SLOT_BYTES = 84
/** Seeds of the numbers' bytes: an address is never a slot's key. */
const ADDRESS_SEED = 0x51ed27
const KEY_SEED = 0x9e3779

/** Code hash of accounts without code. */
const EMPTY_ACCOUNT = encodeStateDiff({
  accounts: [
    {
      address: CONTRACT,
      deleted: false,
      nonce: 1n,
      balance: 10n ** 18n,
      codeHash: Buffer.from('c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470', 'hex'),
    },
  ],
  slots: [],
  codes: [],
})

/** The contract alone: what owns the slots. */
export const CONTRACT_DIFF: Uint8Array = EMPTY_ACCOUNT

/** The slot whose key is the value of slot `i`, of `count` (a number with the prime factors 2 and 5). */
export function nextSlot(i: number, count: number): number {
  // Full cycle of a linear congruential generator (Hull and Dobell, 1962); the product is below 2^53.
  return (i * 1_664_521 + 1_013_904_223) % count
}

export function writeKey(to: Uint8Array, at: number, i: number): void {
  writeBytes(to, at, WORD_BYTES, i, KEY_SEED)
}

export function writeAddress(to: Uint8Array, at: number, i: number): void {
  writeBytes(to, at, ADDRESS_BYTES, i, ADDRESS_SEED)
}

/** Encoded diff of the accounts from `from` to below `end`. */
export function accountsDiff(from: number, end: number): Uint8Array {
  const diff = new Uint8Array(12 + (end - from) * ACCOUNT_BYTES)
  new DataView(diff.buffer).setUint32(0, end - from, true)
  for (let i = from; i < end; i++) {
    const at = 4 + (i - from) * ACCOUNT_BYTES
    diff.set(EMPTY_ACCOUNT.subarray(4, 4 + ACCOUNT_BYTES), at)
    writeAddress(diff, at, i)
  }
  return diff
}

/** Encoded diff of the slots from `from` to below `end`, of `count`. */
export function slotsDiff(from: number, end: number, count: number): Uint8Array {
  const diff = new Uint8Array(12 + (end - from) * SLOT_BYTES)
  new DataView(diff.buffer).setUint32(4, end - from, true)
  for (let i = from; i < end; i++) {
    const at = 8 + (i - from) * SLOT_BYTES
    diff.set(CONTRACT, at)
    writeKey(diff, at + ADDRESS_BYTES, i)
    writeKey(diff, at + ADDRESS_BYTES + WORD_BYTES, nextSlot(i, count))
  }
  return diff
}

/** Mixes the number into every four bytes (the finalizer of MurmurHash3). */
function writeBytes(to: Uint8Array, at: number, length: number, i: number, seed: number): void {
  for (let word = 0; word < length; word += 4) {
    let mix = Math.imul(i, 0x9e3779b1) ^ (seed + word)
    mix = Math.imul(mix ^ (mix >>> 16), 0x85ebca6b)
    mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35)
    mix ^= mix >>> 16
    to[at + word] = mix
    to[at + word + 1] = mix >>> 8
    to[at + word + 2] = mix >>> 16
    to[at + word + 3] = mix >>> 24
  }
}
