import { PREPARED, preparedBytesAt } from '../../protocol/index.ts'
import type { EntryRun } from '../../sequencer/index.ts'

/** Transactions of a frame while workers wait for some: 2 ms of signatures, so that all of them soon have one. */
export const SHORT_FRAME_TRANSACTIONS = 32
/** Of a frame while others wait for workers: each costs the sequencer and the main thread a message and a wake-up. */
export const FRAME_TRANSACTIONS = 128
/** A frame is full as soon as it has so many bytes. */
export const FRAME_BYTES: number = 64 * 1024
/** Frames with an unanswered transaction; a power of two. */
export const RING_FRAMES = 1024
/** Bytes of all entries with an unanswered transaction, and of those between them. */
export const RING_BYTES: number = 16 * 1024 * 1024
/** Places for transactions: {@link FRAME_TRANSACTIONS} for each frame, whether it is full or not. */
export const RING_CELLS: number = RING_FRAMES * FRAME_TRANSACTIONS

/** Shared by the threads that a transaction passes: entries in `data`, and beside them what is known of frames. */
export type IntakeMemory = { control: SharedArrayBuffer; data: SharedArrayBuffer }

// Words of `control`. Those that several threads write stand on cache lines of their own.
const PUBLISHED = 0
const CLAIMED = 16
const STOPPED = 32
const WAKES = 48
const FINISHED = 64
const FRAMES = 80
const FRAME_WORDS = 4
const STATE = 0
const COUNT = 1
const END = 2
const FORK = 3
/** Offset of each cell's entry; negative once it is refused: -1 - offset. */
const CELLS = FRAMES + RING_FRAMES * FRAME_WORDS
const CONTROL_WORDS = CELLS + RING_CELLS

// Of a frame: its signers are not recovered yet; they are, and it is one run, or has gaps; the reader has it.
const RAW = 0
const WHOLE = 1
const GAPS = 2
const TAKEN = 3

/**
 * The ring in shared memory through which transactions go from the main thread to the sequencer's. Nothing is copied on
 * the way: the main thread writes frames of entries without signers (IntakeWriter.ts), recovery workers claim frames and
 * fill the signers in (EntryRecovery.ts), the sequencer's thread reads them where they are (IntakeReader.ts), and the main
 * thread frees a frame once all of its transactions are answered.
 *
 * Whoever claims a frame, frames are read in the order in which they were published: that is the order of arrival.
 * A frame is named by its index, 0 to {@link RING_FRAMES} - 1, a transaction by its cell: index · FRAME_TRANSACTIONS + place.
 * Numbers of frames wrap at 2^32.
 */
export class IntakeRing {
  readonly memory: IntakeMemory
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly #control: Int32Array

  constructor(memory: IntakeMemory = newMemory()) {
    this.memory = memory
    this.bytes = new Uint8Array(memory.data)
    this.view = new DataView(memory.data)
    this.#control = new Int32Array(memory.control)
  }

  // What the writer does

  /** Puts an entry at `offset` of the data into a frame that isn't published. */
  setCell(cell: number, offset: number): void {
    this.#control[CELLS + cell] = offset
  }

  /** Gives a frame to who recovers; its number follows on that of the last. Its entries end at `end`. */
  publish(frame: number, { count, end, forkIndex }: { count: number; end: number; forkIndex: number }): void {
    const at = FRAMES + frame * FRAME_WORDS
    this.#control[at + COUNT] = count
    this.#control[at + END] = end
    this.#control[at + FORK] = forkIndex
    Atomics.store(this.#control, at + STATE, RAW)
    Atomics.add(this.#control, PUBLISHED, 1)
  }

  /** Keeps the next frame, which isn't published yet, for the writer itself; false while others wait for a worker. */
  claimNext(): boolean {
    const published = Atomics.load(this.#control, PUBLISHED)
    return Atomics.compareExchange(this.#control, CLAIMED, published, (published + 1) | 0) === published
  }

  /** A frame waits for a worker. */
  get isBehind(): boolean {
    return this.#waiting > 0
  }

  /** Frames that wait for a worker. */
  get #waiting(): number {
    const claimed = Atomics.load(this.#control, CLAIMED)
    // The writer's own frame is claimed before it is published.
    return Math.max(0, (Atomics.load(this.#control, PUBLISHED) - claimed) | 0)
  }

  /** Wakes a worker for the newest frame. */
  wakeWorker(): void {
    Atomics.add(this.#control, WAKES, 1)
    Atomics.notify(this.#control, WAKES, 1)
  }

  /** Ends {@link IntakeRing.waitForFrame} for good. */
  stop(): void {
    Atomics.store(this.#control, STOPPED, 1)
    Atomics.add(this.#control, WAKES, 1)
    Atomics.notify(this.#control, WAKES)
  }

  /** The reader is done with the frame's place: before, it must not be published again. */
  isTaken(frame: number): boolean {
    return Atomics.load(this.#control, FRAMES + frame * FRAME_WORDS + STATE) === TAKEN
  }

  /** The reader has the newest frame, and all before it. */
  get isRead(): boolean {
    return this.isTaken((Atomics.load(this.#control, PUBLISHED) - 1) & (RING_FRAMES - 1))
  }

  // What recovery does

  /** The oldest frame that nobody has claimed yet; none once the ring is stopped. */
  claim(): number | undefined {
    while (!this.isStopped) {
      const claimed = Atomics.load(this.#control, CLAIMED)
      // The writer's own frame is claimed before it is published.
      const published = Atomics.load(this.#control, PUBLISHED)
      if (((published - claimed) | 0) <= 0) return undefined
      if (Atomics.compareExchange(this.#control, CLAIMED, claimed, (claimed + 1) | 0) === claimed)
        return claimed & (RING_FRAMES - 1)
    }
    return undefined
  }

  /** Sleeps until there may be a frame to claim; false once the ring is stopped. */
  waitForFrame(): boolean {
    const mark = Atomics.load(this.#control, WAKES)
    if (this.isStopped) return false
    if (!this.isBehind) Atomics.wait(this.#control, WAKES, mark)
    return !this.isStopped
  }

  /** Nobody claims a frame any more. */
  get isStopped(): boolean {
    return Atomics.load(this.#control, STOPPED) === 1
  }

  countOf(frame: number): number {
    return this.#control[FRAMES + frame * FRAME_WORDS + COUNT]!
  }

  forkIndexOf(frame: number): number {
    return this.#control[FRAMES + frame * FRAME_WORDS + FORK]!
  }

  /** Where the cell's entry stands, refused or not. */
  offsetOf(cell: number): number {
    const offset = this.#control[CELLS + cell]!
    return offset < 0 ? -1 - offset : offset
  }

  /** The sequencer won't see this entry. */
  refuse(cell: number): void {
    this.#control[CELLS + cell] = -1 - this.offsetOf(cell)
  }

  /**
   * Ends the work on a frame. `isWhole`: nothing was refused, and its entries stand one behind the other. True: the reader
   * is to be woken. Each wake costs a step, a write and a message: while a frame waits for a worker, whoever finishes the
   * second of two does it, the fourth of four while as many wait, and the eighth of eight while twice as many do: the last
   * of them have a tenth of a second before them then.
   */
  finish(frame: number, isWhole: boolean): boolean {
    Atomics.store(this.#control, FRAMES + frame * FRAME_WORDS + STATE, isWhole ? WHOLE : GAPS)
    const finished = Atomics.add(this.#control, FINISHED, 1) + 1
    const waiting = this.#waiting
    return waiting === 0 || finished % framesOfWake(waiting) === 0
  }

  /** The raw transaction of the entry at `offset`: a view of shared memory. */
  rawAt(offset: number): Uint8Array {
    const end = offset + preparedBytesAt(this.view, offset)
    return this.bytes.subarray(end - this.view.getUint32(offset, true), end)
  }

  /** A copy of the hash in the entry at `offset`. */
  hashAt(offset: number): Uint8Array {
    return this.bytes.slice(offset + PREPARED.hash, offset + PREPARED.authorities)
  }

  // What the reader does

  /** Takes the runs of the frame whose number, counted from the ring's beginning, is `number`; undefined until it is finished. */
  take(number: number): EntryRun[] | undefined {
    const frame = number % RING_FRAMES
    const at = FRAMES + frame * FRAME_WORDS
    const state = Atomics.load(this.#control, at + STATE)
    // Taken: RING_FRAMES ago, and not published again yet.
    if (state === RAW || state === TAKEN) return undefined
    const facts = { firstTicket: number * FRAME_TRANSACTIONS, count: this.#control[at + COUNT]! }
    const runs = state === GAPS ? this.#split(frame, facts) : [{ ...facts, entries: this.entriesOf(frame) }]
    Atomics.store(this.#control, at + STATE, TAKEN)
    return runs
  }

  /** The entries of a frame, in one piece: a view of shared memory. */
  entriesOf(frame: number): Uint8Array {
    const start = this.#control[CELLS + frame * FRAME_TRANSACTIONS]!
    return this.bytes.subarray(start, this.#control[FRAMES + frame * FRAME_WORDS + END]!)
  }

  #split(frame: number, { firstTicket, count }: { firstTicket: number; count: number }): EntryRun[] {
    const runs: EntryRun[] = []
    for (let place = 0; place < count; ) {
      const offset = this.#control[CELLS + frame * FRAME_TRANSACTIONS + place]!
      const first = place++
      if (offset < 0) continue
      let end = offset + preparedBytesAt(this.view, offset)
      for (; place < count; place++) {
        if (this.#control[CELLS + frame * FRAME_TRANSACTIONS + place] !== end) break
        end += preparedBytesAt(this.view, end)
      }
      const entries = this.bytes.subarray(offset, end)
      runs.push({ firstTicket: firstTicket + first, count: place - first, entries })
    }
    return runs
  }
}

/** Finished frames for which the reader is woken once, while so many wait for a worker. */
function framesOfWake(waiting: number): number {
  if (waiting < 4) return 2
  return waiting < 16 ? 4 : 8
}

function newMemory(): IntakeMemory {
  return {
    control: new SharedArrayBuffer(CONTROL_WORDS * 4),
    data: new SharedArrayBuffer(RING_BYTES),
  }
}
