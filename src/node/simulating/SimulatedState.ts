import type { BaseAccount, StateBase } from '../../execution/index.ts'
import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex } from '../../lib/index.ts'
import {
  type AccountChange,
  EMPTY_CODE_HASH,
  encodeStateDiff,
  ownStateDiff,
  type StateDiff,
} from '../../protocol/index.ts'
import type { StateOverride } from '../../rpc/index.ts'

const ZERO_WORD: Uint8Array = new Uint8Array(32)

/**
 * A state that changes in steps, over one that stays: what simulated blocks and overrides have made of it. An engine
 * stands on it for one block.
 */
export class SimulatedState implements StateBase {
  readonly #below: StateBase
  /** By address in hex; undefined: gone. */
  readonly #accounts = new Map<string, BaseAccount | undefined>()
  /** By address and key in hex. */
  readonly #slots = new Map<string, Uint8Array>()
  /** Accounts none of whose slots below count any longer. */
  readonly #emptied = new Set<string>()
  readonly #codes = new Map<string, Uint8Array>()
  /** Encoded diffs that lead here from the state below, in order, since they were taken. */
  #diffs: Uint8Array[] = []

  constructor(below: StateBase) {
    this.#below = below
  }

  account(address: Uint8Array): BaseAccount | undefined {
    const name = bytesToHex(address)
    return this.#accounts.has(name) ? this.#accounts.get(name) : this.#below.account(address)
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    const name = bytesToHex(address)
    const value = this.#slots.get(name + bytesToHex(key))
    if (value !== undefined) return value
    return this.#emptied.has(name) ? ZERO_WORD : this.#below.slot(address, key)
  }

  code(codeHash: Uint8Array): Uint8Array {
    return this.#codes.get(bytesToHex(codeHash)) ?? this.#below.code(codeHash)
  }

  /** The diffs since it was last asked. */
  takeDiffs(): Uint8Array[] {
    const diffs = this.#diffs
    this.#diffs = []
    return diffs
  }

  /** Applies what an engine that stands on it has changed. */
  apply(encoded: Uint8Array): void {
    this.#change(ownStateDiff(encoded), encoded)
  }

  /** Applies overrides of an account (go-ethereum, override.StateOverride), without those of precompiles. */
  override({ address, balance, nonce, code, state, stateDiff }: StateOverride): void {
    const before = this.account(address)
    const codeHash = code === undefined ? (before?.codeHash ?? EMPTY_CODE_HASH) : keccak256(code)
    if (code !== undefined) this.#codes.set(bytesToHex(codeHash), code)
    const account: AccountChange = {
      ...{ address, deleted: false },
      nonce: nonce ?? before?.nonce ?? 0n,
      balance: balance ?? before?.balance ?? 0n,
      codeHash,
    }
    if (state !== undefined) this.#empty(address)
    const codes = code === undefined || code.length === 0 ? [] : [{ hash: codeHash, code }]
    const slots = [...(state ?? []), ...(stateDiff ?? [])].map(({ key, value }) => ({ address, key, value }))
    const isChanged = [balance, nonce, code, state].some((change) => change !== undefined) || slots.length > 0
    if (!isChanged) return
    const diff: StateDiff = { accounts: [account], slots, codes }
    this.#change(diff, encodeStateDiff(diff))
  }

  /** Takes all slots of an account away: it is deleted, and comes back with the next change. */
  #empty(address: Uint8Array): void {
    const nothing = { nonce: 0n, balance: 0n, codeHash: ZERO_WORD }
    const diff: StateDiff = {
      accounts: [{ address, deleted: true, ...nothing }],
      ...{ slots: [], codes: [] },
    }
    this.#change(diff, encodeStateDiff(diff))
  }

  #change({ accounts, slots, codes }: StateDiff, encoded: Uint8Array): void {
    for (const { hash, code } of codes) this.#codes.set(bytesToHex(hash), code)
    for (const { address, deleted, nonce, balance, codeHash } of accounts) {
      const name = bytesToHex(address)
      this.#accounts.set(name, deleted ? undefined : { nonce, balance, codeHash })
      if (!deleted) continue
      this.#emptied.add(name)
      for (const slot of this.#slots.keys()) if (slot.startsWith(name)) this.#slots.delete(slot)
    }
    for (const { address, key, value } of slots) this.#slots.set(bytesToHex(address) + bytesToHex(key), value)
    this.#diffs.push(encoded)
  }
}
