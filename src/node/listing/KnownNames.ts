import type { Engine } from '../../execution/index.ts'
import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex, nextTurn } from '../../lib/index.ts'

/** Records of accounts and slots that are looked at for one list; names of more are not known. */
const RECORD_LIMIT = 1 << 20
/** Those behind one piece of names, see Engine.addressPieces. */
const RECORDS_PER_PIECE = 2048

type NamedState = Pick<Engine, 'addressPieces' | 'slotKeyPieces'>

/**
 * Names behind hashes: the trie has only hashes, the engine has the names of what there is now. They are looked for in all
 * of them, in turns.
 */
export class KnownNames {
  readonly #state: NamedState
  #left = RECORD_LIMIT

  constructor(state: NamedState) {
    this.#state = state
  }

  /** Addresses by hashed address in hex, as far as they are found. */
  addresses(hashes: readonly Uint8Array[]): Promise<Map<string, Uint8Array>> {
    return this.#find(hashes, this.#state.addressPieces(), 20)
  }

  /**
   * Keys of an account's slots by hashed key in hex, likewise.
   *
   * @param more - pieces of keys that are looked at first.
   */
  slotKeys(
    { address, more = [] }: { address: Uint8Array; more?: Iterable<Uint8Array> },
    hashes: readonly Uint8Array[],
  ): Promise<Map<string, Uint8Array>> {
    return this.#find(hashes, joined(more, this.#state.slotKeyPieces(address)), 32)
  }

  async #find(
    hashes: readonly Uint8Array[],
    pieces: Iterable<Uint8Array>,
    nameBytes: number,
  ): Promise<Map<string, Uint8Array>> {
    const wanted = new Set(hashes.map(bytesToHex))
    const found = new Map<string, Uint8Array>()
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; at += nameBytes) {
        const name = piece.subarray(at, at + nameBytes)
        const hash = bytesToHex(keccak256(name))
        if (wanted.has(hash)) found.set(hash, name.slice())
      }
      this.#left -= RECORDS_PER_PIECE
      if (found.size === wanted.size || this.#left <= 0) break
      await nextTurn()
    }
    return found
  }
}

function* joined<T>(first: Iterable<T>, second: Iterable<T>): Generator<T, void> {
  yield* first
  yield* second
}
