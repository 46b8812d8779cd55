import { keyOf } from '../sequencer/index.ts'

const ACCOUNT_BYTES = 93
const SLOT_BYTES = 84
const HASH_BYTES = 32

/** Code by hash, collected from diffs. As large as the chain's distinct code; part of the state. */
export class CodeStore {
  readonly #codes = new Map<string, Uint8Array>()

  /** Takes the codes of an encoded StateDiff (protocol/StateDiff.ts), without decoding the rest of it. */
  addFrom(diff: Uint8Array): void {
    const view = new DataView(diff.buffer, diff.byteOffset, diff.byteLength)
    let offset = 4 + view.getUint32(0, true) * ACCOUNT_BYTES
    offset += 4 + view.getUint32(offset, true) * SLOT_BYTES
    const count = view.getUint32(offset, true)
    offset += 4
    for (let i = 0; i < count; i++) {
      const hash = diff.subarray(offset, offset + HASH_BYTES)
      const start = offset + HASH_BYTES + 4
      const end = start + view.getUint32(offset + HASH_BYTES, true)
      this.#codes.set(keyOf(hash), diff.slice(start, end))
      offset = end
    }
  }

  /** Empty where no diff brought the code: that of the empty hash. */
  get(hash: Uint8Array): Uint8Array {
    return this.#codes.get(keyOf(hash)) ?? new Uint8Array(0)
  }
}
