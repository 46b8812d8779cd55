import { uninitializedBytes } from '../../lib/index.ts'
import { FRAME_HEAD_BYTES, frameInto } from '../recordCodec.ts'
import type { LogRecord } from '../records.ts'

const FIRST_BYTES = 1 << 20
/** More is not kept for the next entry. */
const KEPT_BYTES = 64 * 2 ** 20

/** The frames of an entry, in memory that is used again for the next: taking fresh memory costs as much as writing it. */
export class EntryFrames {
  #bytes: Uint8Array = new Uint8Array(0)
  #length = 0
  /** Of all frames' payloads. */
  payloadBytes = 0

  /** Frames that were given out hold no longer. */
  clear(): void {
    this.#length = 0
    this.payloadBytes = 0
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(0)
  }

  /** The frame of a payload. */
  add(kind: LogRecord['kind'], payload: Uint8Array): Uint8Array {
    const length = FRAME_HEAD_BYTES + payload.length
    // Frames so far stay in the memory in which they are.
    if (this.#length + length > this.#bytes.length) {
      this.#bytes = uninitializedBytes(Math.max(2 * this.#bytes.length, length, FIRST_BYTES))
      this.#length = 0
    }
    const frame = frameInto(this.#bytes, this.#length, { kind, payload })
    this.#length += length
    this.payloadBytes += payload.length
    return frame
  }
}
