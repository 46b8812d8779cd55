import type { StateBase } from '../../execution/index.ts'
import { bytesToHex, hexToBytes } from '../../lib/index.ts'
import type { WitnessTarget } from '../../trie/index.ts'

/** A state that remembers what was read of it. */
export class RecordedState implements StateBase {
  readonly #base: StateBase
  /** Keys of slots by address; in hex. */
  readonly #read = new Map<string, Set<string>>()
  /** By hash in hex. */
  readonly #codes = new Map<string, Uint8Array>()

  constructor(base: StateBase) {
    this.#base = base
  }

  account(address: Uint8Array): ReturnType<StateBase['account']> {
    this.#keysOf(address)
    return this.#base.account(address)
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    this.#keysOf(address).add(bytesToHex(key))
    return this.#base.slot(address, key)
  }

  code(codeHash: Uint8Array): Uint8Array {
    const code = this.#base.code(codeHash)
    this.#codes.set(bytesToHex(codeHash), code)
    return code
  }

  get codes(): Uint8Array[] {
    return [...this.#codes.values()]
  }

  /** Accounts and slots that were read. */
  get targets(): WitnessTarget[] {
    return Array.from(this.#read, ([address, keys]) => ({
      address: hexToBytes(address),
      keys: Array.from(keys, hexToBytes),
    }))
  }

  #keysOf(address: Uint8Array): Set<string> {
    const name = bytesToHex(address)
    const keys = this.#read.get(name) ?? new Set()
    this.#read.set(name, keys)
    return keys
  }
}
