import { assert } from '../lib/index.ts'
import { DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES, joinStateDiff } from '../protocol/index.ts'
import type { SnapshotPiece } from './SnapshotReader.ts'
import { PIECE_BYTES } from './snapshotFormat.ts'

/**
 * Cuts a state that comes in a snapshot's order (codes, accounts, slots; the order inside of a section isn't checked)
 * into pieces of about a MiB, which go to `onPiece`.
 */
export class PieceBuilder {
  readonly #onPiece: (piece: SnapshotPiece) => void
  #section: 'codes' | 'accounts' | 'slots' = 'codes'
  readonly #entries = new Uint8Array(PIECE_BYTES)
  #length = 0

  constructor(onPiece: (piece: SnapshotPiece) => void) {
    this.#onPiece = onPiece
  }

  code(hash: Uint8Array, code: Uint8Array): void {
    assert(this.#section === 'codes', 'codes come first')
    this.#onPiece({ kind: 'codes', diff: joinStateDiff({ codes: [{ hash, code }] }) })
  }

  /** Entries of accounts as in an encoded StateDiff, one behind the other. */
  accounts(entries: Uint8Array): void {
    assert(this.#section !== 'slots', 'accounts come before slots')
    this.#section = 'accounts'
    this.#append(entries, DIFF_ACCOUNT_BYTES)
  }

  /** Entries of slots as in an encoded StateDiff, one behind the other. */
  slots(entries: Uint8Array): void {
    if (this.#section !== 'slots') this.end()
    this.#section = 'slots'
    this.#append(entries, DIFF_SLOT_BYTES)
  }

  /** Hands over what is left. */
  end(): void {
    if (this.#length === 0) return
    const entries = this.#entries.subarray(0, this.#length)
    if (this.#section === 'accounts')
      this.#onPiece({ kind: 'accounts', diff: joinStateDiff({ accounts: entries }) })
    else this.#onPiece({ kind: 'slots', diff: joinStateDiff({ slots: entries }) })
    this.#length = 0
  }

  #append(entries: Uint8Array, entryBytes: number): void {
    const room = PIECE_BYTES - (PIECE_BYTES % entryBytes)
    for (let at = 0; at < entries.length; ) {
      const length = Math.min(entries.length - at, room - this.#length)
      this.#entries.set(entries.subarray(at, at + length), this.#length)
      this.#length += length
      at += length
      if (this.#length === room) this.end()
    }
  }
}
