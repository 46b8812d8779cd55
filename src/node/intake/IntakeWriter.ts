import { assert, copyInto } from '../../lib/index.ts'
import { FORKS, type Fork, PREPARED } from '../../protocol/index.ts'
import {
  FRAME_BYTES,
  FRAME_TRANSACTIONS,
  type IntakeRing,
  RING_BYTES,
  RING_CELLS,
  RING_FRAMES,
  SHORT_FRAME_TRANSACTIONS,
} from './IntakeRing.ts'

/** Where nobody says who the sender is. */
const NO_SENDER = new Uint8Array(20)
const SET_CODE_TYPE = 4
/** Bytes of the shortest authorization in RLP: list prefix, chain id, address, nonce, y parity, r, s. */
const SHORTEST_AUTHORIZATION_BYTES = 27

/** Writes transactions into the ring, as entries without signers, and gives their room back. On the main thread. */
export class IntakeWriter {
  readonly #ring: IntakeRing
  /** Where the next entry goes. */
  #head = 0
  /** Between the oldest frame that isn't freed and the head. */
  #usedBytes = 0
  /** Numbers of frames, counted from the ring's beginning: the one that is being written, and the oldest not freed. */
  #current = 0
  #oldest = 0
  /** Of the current frame. */
  #count = 0
  #bytes = 0
  /** By index of the frame: bytes that it takes, and transactions that have no answer yet. */
  readonly #frameBytes = new Int32Array(RING_FRAMES)
  readonly #unanswered = new Uint8Array(RING_FRAMES)

  constructor(ring: IntakeRing) {
    this.#ring = ring
  }

  /** Transactions of the frame that isn't published yet. */
  get count(): number {
    return this.#count
  }

  /** The next transaction should begin a new frame. */
  get isFrameFull(): boolean {
    if (this.#count === FRAME_TRANSACTIONS || this.#bytes >= FRAME_BYTES) return true
    // Not asked for each: workers write what it reads all the time.
    const mayBeShort = this.#count > 0 && this.#count % SHORT_FRAME_TRANSACTIONS === 0
    return mayBeShort && !this.#ring.isBehind
  }

  /** Frames that can still be begun or written to. */
  get freeFrames(): number {
    return RING_FRAMES - (this.#current - this.#oldest)
  }

  /** Bytes that wait for their answers. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /**
   * Appends a transaction to the frame and returns its cell; undefined, and nothing changed, where the ring has no room
   * or the frame must be published first. A transaction of type 4 gets room for the authorities that it may have.
   *
   * @param sender - 20 bytes: who is said to have signed it, which recovery finds out; the entry claims it until then.
   */
  add(raw: Uint8Array, sender: Uint8Array = NO_SENDER): number | undefined {
    const authorities = raw[0] === SET_CODE_TYPE ? Math.floor(raw.length / SHORTEST_AUTHORIZATION_BYTES) : 0
    const rawOffset = PREPARED.authorities + authorities * PREPARED.authorityBytes
    const offset = this.#reserve(rawOffset + raw.length)
    if (offset === undefined) return undefined
    const { bytes, view } = this.#ring
    view.setUint32(offset, raw.length, true)
    view.setUint32(offset + 4, authorities, true)
    copyInto(bytes, offset + PREPARED.sender, sender)
    copyInto(bytes, offset + rawOffset, raw)
    const cell = (this.#current % RING_FRAMES) * FRAME_TRANSACTIONS + this.#count++
    this.#ring.setCell(cell, offset)
    return cell
  }

  /** As {@link add}, in a frame that has room; `publish` is called for the one before. Undefined: the ring has no room. */
  addInFrames(raw: Uint8Array, publish: () => void, sender?: Uint8Array): number | undefined {
    if (this.isFrameFull) publish()
    const cell = this.add(raw, sender)
    if (cell !== undefined || this.#count === 0) return cell
    // There may be room at the ring's beginning, for a new frame.
    publish()
    return this.add(raw, sender)
  }

  /** Publishes the frame, which has a transaction, under the rules of `fork`; returns its index. */
  publish(fork: Fork): number {
    // The next one's place may be that of a frame that is still read.
    assert(this.#count > 0, 'a frame that is published has a transaction')
    const frame = this.#current++ % RING_FRAMES
    this.#frameBytes[frame] = this.#bytes
    this.#unanswered[frame] = this.#count
    this.#ring.publish(frame, { count: this.#count, end: this.#head, forkIndex: FORKS.indexOf(fork) })
    this.#count = 0
    this.#bytes = 0
    return frame
  }

  /** The transaction in the cell, whose frame is published, is answered; its entry is not read any more. */
  free(cell: number): void {
    const frame = Math.floor(cell / FRAME_TRANSACTIONS)
    this.#unanswered[frame] = this.#unanswered[frame]! - 1
    this.reclaim()
  }

  /**
   * Gives back the room of the oldest frames that are answered and taken. A frame of which all was refused is answered
   * before it is taken.
   */
  reclaim(): void {
    for (; this.#oldest < this.#current; this.#oldest++) {
      const oldest = this.#oldest % RING_FRAMES
      if (this.#unanswered[oldest] !== 0 || !this.#ring.isTaken(oldest)) return
      this.#usedBytes -= this.#frameBytes[oldest]!
    }
  }

  /** Room for an entry, in one piece and behind the frame's last; the head moves behind it. */
  #reserve(bytes: number): number | undefined {
    if (this.#count === FRAME_TRANSACTIONS || this.freeFrames === 0) return undefined
    const skipped = this.#head + bytes > RING_BYTES ? RING_BYTES - this.#head : 0
    if (this.#usedBytes + skipped + bytes > RING_BYTES) return undefined
    // The entries of a frame stand in one piece.
    if (skipped > 0 && this.#count > 0) return undefined
    const offset = skipped > 0 ? 0 : this.#head
    this.#head = offset + bytes
    this.#bytes += skipped + bytes
    this.#usedBytes += skipped + bytes
    return offset
  }
}

/** The cell of a ticket. */
export function cellOf(ticket: number): number {
  return ticket % RING_CELLS
}
