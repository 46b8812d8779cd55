import type { StateBase } from '../../execution/index.ts'
import { assert, bytesToHex } from '../../lib/index.ts'
import { decodeStateDiff, type StateDiff } from '../../protocol/index.ts'
import { isSystemContract } from '../../sequencer/index.ts'

/** Bytes that are kept; beyond, what was written into the oldest blocks goes. */
const KEPT_BYTES = 64 * 2 ** 20
/** What keeping one diff takes, besides its own bytes. */
const ENTRY_BYTES = 512

/**
 * What a developer has written into blocks before their first transaction: whoever executes such a block again begins with
 * it. What the protocol's own calls write comes with executing it.
 */
export class WrittenDiffs {
  /** Oldest block first. */
  readonly #byBlock = new Map<bigint, Uint8Array[]>()
  #bytes = 0

  /** @param diff - encoded StateDiff of a chunk without transactions, which is kept. */
  add(blockNumber: bigint, diff: Uint8Array): void {
    if (isOfProtocol(diff)) return
    const diffs = this.#byBlock.get(blockNumber)
    if (diffs === undefined) this.#byBlock.set(blockNumber, [diff])
    else diffs.push(diff)
    this.#bytes += diff.length + ENTRY_BYTES
    for (const oldest of this.#byBlock.keys()) {
      if (this.#bytes <= KEPT_BYTES || oldest === blockNumber) break
      this.#remove(oldest)
    }
  }

  /** The chain went back to this block. */
  removeAfter(blockNumber: bigint): void {
    for (const number of this.#byBlock.keys()) if (number > blockNumber) this.#remove(number)
  }

  #remove(blockNumber: bigint): void {
    for (const { length } of this.of(blockNumber)) this.#bytes -= length + ENTRY_BYTES
    this.#byBlock.delete(blockNumber)
  }

  /** In the order in which they were written. */
  of(blockNumber: bigint): readonly Uint8Array[] {
    return this.#byBlock.get(blockNumber) ?? []
  }
}

/** Changes nothing but what contracts have stored that the protocol calls. */
function isOfProtocol(encoded: Uint8Array): boolean {
  const { accounts, slots, codes } = decoded(encoded)
  return accounts.length + codes.length === 0 && slots.every(({ address }) => isSystemContract(address))
}

function decoded(encoded: Uint8Array): StateDiff {
  const result = decodeStateDiff(encoded)
  assert(result.ok, 'the log holds diffs')
  return result.diff
}

/** A state with diffs on top of it. */
export function withDiffs(base: StateBase, encoded: readonly Uint8Array[]): StateBase {
  if (encoded.length === 0) return base
  const accounts = new Map<string, StateDiff['accounts'][number]>()
  const slots = new Map<string, Uint8Array>()
  const codes = new Map<string, Uint8Array>()
  for (const bytes of encoded) {
    const diff = decoded(bytes)
    for (const account of diff.accounts) accounts.set(bytesToHex(account.address), account)
    for (const { address, key, value } of diff.slots) slots.set(bytesToHex(address) + bytesToHex(key), value)
    for (const { hash, code } of diff.codes) codes.set(bytesToHex(hash), code)
  }
  const hasSlots = new Set(Array.from(slots.keys(), (place) => place.slice(0, 42)))
  return {
    account: (address) => {
      const id = bytesToHex(address)
      const written = accounts.get(id)
      if (written === undefined) return base.account(address)
      if (written.deleted) return undefined
      const { nonce, balance, codeHash } = written
      // What has neither nonce nor code may have storage all the same.
      return { nonce, balance, codeHash, ...(hasSlots.has(id) ? { hasStorage: true } : {}) }
    },
    slot: (address, key) => slots.get(bytesToHex(address) + bytesToHex(key)) ?? base.slot(address, key),
    code: (codeHash) => codes.get(bytesToHex(codeHash)) ?? base.code(codeHash),
  }
}
