import { ByteReader, LruMap } from '../lib/index.ts'
import { type LogFrame, streamFrames } from './LogStream.ts'
import { FRAME_HEAD_BYTES } from './recordCodec.ts'
import { type LogPosition, listSegments, SEGMENT_HEAD_BYTES } from './segment.ts'

/** Where an EVM block begins in the log, and the number of its first mini-block. */
type Opening = { miniBlockNumber: bigint; offset: number }

/** What is known of a segment: some of its openings, ascending, and how far it was looked through. */
type KnownSegment = { openings: Opening[]; walkedTo: number }

/** Between two openings that are remembered: so much is read in vain, at most, and a segment has some hundred. */
const SPACING_BYTES = 256 * 1024
/** Segments that are remembered. */
const SEGMENT_LIMIT = 64
/** Of a chunk, a seal and a rewind the mini-block's number stands before this. */
const HEAD_BYTES = FRAME_HEAD_BYTES + 40

/**
 * Finds mini-blocks in a log by number. It keeps nothing on the disk and reads nothing at the start: what it knows of a
 * segment it learns when it first looks there, from the heads of the frames.
 */
export class MiniBlockIndex {
  readonly #folder: string
  readonly #known = new LruMap<number, KnownSegment>(SEGMENT_LIMIT)

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Number of the oldest mini-block that {@link positionBefore} finds; undefined if there is none. */
  async oldest(): Promise<bigint | undefined> {
    let first: Opening | undefined
    for (const segment of listSegments(this.#folder)) {
      for (const opening of (await this.#segment(segment)).openings) {
        if (isChainStart(opening) || first !== undefined) return opening.miniBlockNumber
        first = opening
      }
    }
    return undefined
  }

  /**
   * Where to begin reading so as to see a mini-block, the whole EVM block that it is in, and the one before: its header
   * is sealed while the next is open. Undefined if the log no longer has that.
   */
  async positionBefore(miniBlockNumber: bigint): Promise<LogPosition | undefined> {
    const segments = listSegments(this.#folder)
    let isFound = false
    for (let i = await this.#lastBefore(segments, miniBlockNumber); i >= 0; i--) {
      const segment = segments[i]!
      const { openings } = await this.#segment(segment)
      for (const opening of openings.toReversed()) {
        if (opening.miniBlockNumber > miniBlockNumber) continue
        if (isFound || isChainStart(opening)) return { segment, offset: opening.offset }
        isFound = true
      }
    }
    return undefined
  }

  /** Index of the last segment with an opening not behind the mini-block; the newest that may have one, or -1. */
  async #lastBefore(segments: readonly number[], miniBlockNumber: bigint): Promise<number> {
    let low = 0
    let high = segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const first = (await this.#segment(segments[middle]!)).openings[0]
      if (first === undefined || first.miniBlockNumber <= miniBlockNumber) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  async #segment(segment: number): Promise<KnownSegment> {
    const known = this.#known.get(segment) ?? { openings: [], walkedTo: SEGMENT_HEAD_BYTES }
    const { openings } = known
    // Another call may look through the same segment meanwhile: what it finds is the same, and is remembered once.
    let openedAt: number | undefined
    const from = { segment, offset: known.walkedTo }
    for await (const frame of streamFrames(this.#folder, from, { headBytes: HEAD_BYTES })) {
      const { kind, position } = frame
      if (position.segment !== segment) break
      if (kind === 'openBlock') openedAt = position.offset
      const number = numberIn(frame)
      if (number !== undefined && openedAt !== undefined) {
        remember(openings, { miniBlockNumber: number, offset: openedAt })
        openedAt = undefined
      }
      known.walkedTo = Math.max(known.walkedTo, openedAt ?? position.offset + frame.length)
    }
    this.#known.set(segment, known)
    return known
  }
}

function remember(openings: Opening[], opening: Opening): void {
  const last = openings.at(-1)
  if (last === undefined || opening.offset - last.offset >= SPACING_BYTES) openings.push(opening)
}

/** Before the chain's first mini-block nothing is missing. */
function isChainStart({ miniBlockNumber }: Opening): boolean {
  return miniBlockNumber === 1n
}

/** Number of the mini-block that a record belongs to, seals or is, where it says so. */
function numberIn({ kind, bytes }: LogFrame): bigint | undefined {
  if (kind !== 'chunk' && kind !== 'sealMiniBlock' && kind !== 'rewind') return undefined
  const reader = new ByteReader(bytes.subarray(FRAME_HEAD_BYTES + (kind === 'chunk' ? 0 : 32)))
  return reader.u64()
}
