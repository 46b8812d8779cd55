import type { Engine, StateBase } from '../../execution/index.ts'
import { bytesToHex } from '../../lib/index.ts'
import { ownStateDiff, type StateDiff } from '../../protocol/index.ts'
import { isSystemContract } from '../../sequencer/index.ts'

/** Bytes that are kept; beyond, what was written into the oldest blocks goes. */
const KEPT_BYTES = 64 * 2 ** 20
/** What keeping one diff takes, besides its own bytes. */
const ENTRY_BYTES = 512

/** An encoded StateDiff that was written into a block before its transaction of that index. */
export type WrittenDiff = { index: number; diff: Uint8Array }

/**
 * What a developer has written into blocks: whoever executes such a block again writes it in the same places. What the
 * protocol's own calls write comes with executing it.
 */
export class WrittenDiffs {
  /** Oldest block first. */
  readonly #byBlock = new Map<bigint, WrittenDiff[]>()
  #bytes = 0

  /** @param written - of a chunk without transactions; its diff is kept. */
  add(blockNumber: bigint, written: WrittenDiff): void {
    const { diff, index } = written
    if (isOfProtocol(diff)) return
    const bytes = diff.length + ENTRY_BYTES
    for (const oldest of this.#byBlock.keys()) {
      if (this.#bytes + bytes <= KEPT_BYTES || oldest === blockNumber) break
      this.#remove(oldest)
    }
    // All that is left is of this block. What came before its first transaction belongs to the newest state.
    if (this.#bytes + bytes > KEPT_BYTES && index > 0) return
    this.#bytes += bytes
    const known = this.#byBlock.get(blockNumber)
    if (known === undefined) this.#byBlock.set(blockNumber, [written])
    else known.push(written)
  }

  /** The chain went back to this block. */
  removeAfter(blockNumber: bigint): void {
    for (const number of this.#byBlock.keys()) if (number > blockNumber) this.#remove(number)
  }

  #remove(blockNumber: bigint): void {
    for (const { diff } of this.of(blockNumber)) this.#bytes -= diff.length + ENTRY_BYTES
    this.#byBlock.delete(blockNumber)
  }

  /** In the order in which they were written. */
  of(blockNumber: bigint): readonly WrittenDiff[] {
    return this.#byBlock.get(blockNumber) ?? []
  }
}

/** Of what was written into a block, what was there before its first transaction, and what came later. */
export function splitWritten(written: readonly WrittenDiff[]): {
  before: Uint8Array[]
  between: WrittenDiff[]
} {
  return {
    before: written.filter(({ index }) => index === 0).map(({ diff }) => diff),
    between: written.filter(({ index }) => index > 0),
  }
}

/** Writes between the transactions of a block that an engine executes again what was written there. */
export class Rewriting {
  readonly #engine: Pick<Engine, 'applyDiff' | 'takeDiff'>
  readonly #written: readonly WrittenDiff[]
  #next = 0

  constructor(engine: Pick<Engine, 'applyDiff' | 'takeDiff'>, written: readonly WrittenDiff[]) {
    this.#engine = engine
    this.#written = written
  }

  /** Something was written once `count` transactions were executed. */
  isDue(count: number): boolean {
    return this.#written[this.#next]?.index === count
  }

  /**
   * Writes what is due once `count` transactions are executed; to be called with each count. Gives the encoded StateDiff of
   * what changed before; undefined where nothing is due.
   */
  write(count: number): Uint8Array | undefined {
    if (!this.isDue(count)) return undefined
    // Nothing may be pending.
    const before = this.#engine.takeDiff().slice()
    for (; this.isDue(count); this.#next++) this.#engine.applyDiff(this.#written[this.#next]!.diff)
    return before
  }
}

/** Changes nothing but what contracts have stored that the protocol calls. */
function isOfProtocol(encoded: Uint8Array): boolean {
  const { accounts, slots, codes } = ownStateDiff(encoded)
  return accounts.length + codes.length === 0 && slots.every(({ address }) => isSystemContract(address))
}

/** A state with diffs on top of it. */
export function withDiffs(base: StateBase, encoded: readonly Uint8Array[]): StateBase {
  if (encoded.length === 0) return base
  const accounts = new Map<string, StateDiff['accounts'][number]>()
  const slots = new Map<string, Uint8Array>()
  const codes = new Map<string, Uint8Array>()
  for (const bytes of encoded) {
    const diff = ownStateDiff(bytes)
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
