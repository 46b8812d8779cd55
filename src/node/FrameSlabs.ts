/** A slab holds some milliseconds of a full load; all of them, what a reader may be behind before memory is made anew. */
export const SLAB_BYTES: number = 2 * 1024 * 1024
const SLAB_COUNT = 5

/**
 * Shared by the thread that writes frames of records and those that read them. `released`: of each reader, the slab that
 * it is in; `read`: bytes before the frames that it is at, modulo 2^32.
 */
export type FrameMemory = { slabs: SharedArrayBuffer[]; released: SharedArrayBuffer; read: SharedArrayBuffer }

/** Where frames stand: in the slab of a number (they count up, and memory is used again), or in memory of their own. */
export type FramesPlace = { slab: number; start: number; end: number } | { bytes: Uint8Array }

/** Who reads; each has a cell in `released`. */
export const FRAME_READERS = { main: 0, sealer: 1 } as const
const READER_BYTES = 4 * Object.keys(FRAME_READERS).length

export function newFrameMemory(): FrameMemory {
  return {
    slabs: Array.from({ length: SLAB_COUNT }, () => new SharedArrayBuffer(SLAB_BYTES)),
    released: new SharedArrayBuffer(READER_BYTES),
    read: new SharedArrayBuffer(READER_BYTES),
  }
}

/**
 * The writer's side: gives away memory for frames, in turns. The thread that keeps the cadence must not ask the system for
 * memory, which now and then makes it wait for many milliseconds, nor count for its collector what others hold.
 */
export class FrameSlabs {
  readonly #slabs: readonly SharedArrayBuffer[]
  readonly #released: Int32Array
  readonly #read: Uint32Array
  /** Number of the slab that was given last. */
  #current = -1
  /** Modulo 2^32. */
  #givenBytes = 0

  constructor({ slabs, released, read }: FrameMemory) {
    this.#slabs = slabs
    this.#released = new Int32Array(released)
    this.#read = new Uint32Array(read)
    // The system gives the pages now, not when they are first written.
    for (const slab of slabs) new Uint8Array(slab).fill(0)
  }

  /** A slab that all readers have released; memory of its own if there is none, or more is needed. */
  allocate(byteLength: number): SharedArrayBuffer {
    const next = this.#current + 1
    const isFree = this.#released.every((slab) => next - slab < SLAB_COUNT)
    if (!isFree || byteLength > SLAB_BYTES) return new SharedArrayBuffer(byteLength)
    this.#current = next
    return this.#slabs[next % SLAB_COUNT]!
  }

  /** Bytes that were given and that the slowest reader is not done with. */
  get unreadBytes(): number {
    let most = 0
    for (let i = 0; i < this.#read.length; i++)
      most = Math.max(most, (this.#givenBytes - Atomics.load(this.#read, i)) >>> 0)
    return most
  }

  /** For a message to the readers. */
  placeOf(frames: Uint8Array): FramesPlace {
    this.#givenBytes = (this.#givenBytes + frames.length) >>> 0
    const slab = this.#current
    if (slab < 0 || frames.buffer !== this.#slabs[slab % SLAB_COUNT]) return { bytes: frames }
    return { slab, start: frames.byteOffset, end: frames.byteOffset + frames.length }
  }
}

/** A reader's side. Places must be read in the order in which they were written. */
export class SlabReader {
  readonly #slabs: readonly Uint8Array[]
  readonly #released: Int32Array
  readonly #read: Uint32Array
  readonly #reader: number
  /** Of all places so far, modulo 2^32. */
  #bytes = 0

  constructor({ slabs, released, read }: FrameMemory, reader: keyof typeof FRAME_READERS) {
    this.#slabs = slabs.map((slab) => new Uint8Array(slab))
    this.#released = new Int32Array(released)
    this.#read = new Uint32Array(read)
    this.#reader = FRAME_READERS[reader]
  }

  /** A view of the frames, until the next are read; slabs before theirs may then be used again. */
  read(place: FramesPlace): Uint8Array {
    Atomics.store(this.#read, this.#reader, this.#bytes)
    this.#bytes = (this.#bytes + ('bytes' in place ? place.bytes.length : place.end - place.start)) >>> 0
    if ('bytes' in place) return place.bytes
    Atomics.store(this.#released, this.#reader, place.slab)
    return this.#slabs[place.slab % SLAB_COUNT]!.subarray(place.start, place.end)
  }
}
