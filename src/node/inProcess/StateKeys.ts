import { bytesToHex, hexToBytes, isAllZero } from '../../lib/index.ts'
import {
  ACCOUNT_DELETED,
  DIFF_ACCOUNT_BYTES,
  DIFF_SLOT_BYTES,
  encodeStateDiff,
  type StateDiff,
  splitStateDiff,
} from '../../protocol/index.ts'
import type { RestorableState } from '../rewinding/index.ts'

/** Which accounts and slots a state has: the engine has all of them, and can be asked for each, but lists none. */
export class StateKeys {
  /** Keys of the slots that aren't zero, by address. */
  readonly #slots = new Map<string, Set<string>>()

  /** An encoded StateDiff, which follows those before. */
  apply(diff: Uint8Array): void {
    const { accounts, slots } = splitStateDiff(diff)
    for (let at = 0; at < accounts.length; at += DIFF_ACCOUNT_BYTES) {
      const address = bytesToHex(accounts.subarray(at, at + 20))
      const isDeleted = (accounts[at + 20]! & ACCOUNT_DELETED) !== 0
      if (isDeleted) this.#slots.delete(address)
      else if (!this.#slots.has(address)) this.#slots.set(address, new Set())
    }
    for (let at = 0; at < slots.length; at += DIFF_SLOT_BYTES) {
      const keys = this.#slots.get(bytesToHex(slots.subarray(at, at + 20)))
      const key = bytesToHex(slots.subarray(at + 20, at + 52))
      if (isAllZero(slots.subarray(at + 52, at + 84))) keys?.delete(key)
      else keys?.add(key)
    }
  }

  /** The whole state, as an encoded StateDiff from nothing. */
  read({ account, slot, codeByHash }: RestorableState): Uint8Array {
    const diff: StateDiff = { accounts: [], slots: [], codes: [] }
    const hashes = new Set<string>()
    for (const [name, keys] of this.#slots) {
      const address = hexToBytes(name)
      const { nonce, balance, codeHash } = account(address)!
      diff.accounts.push({ address, deleted: false, nonce, balance, codeHash })
      hashes.add(bytesToHex(codeHash))
      for (const key of [...keys].map(hexToBytes))
        diff.slots.push({ address, key, value: slot(address, key) })
    }
    for (const hash of [...hashes].map(hexToBytes)) {
      const code = codeByHash(hash)
      if (code !== undefined && code.length > 0) diff.codes.push({ hash, code })
    }
    return encodeStateDiff(diff)
  }
}
