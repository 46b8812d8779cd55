import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { decodeRecord, FeedError, frameExtent, hasValidChecksum, isFrameBeginning } from './recordCodec.ts'
import type { LogRecord } from './records.ts'
import {
  decodeSegmentHead,
  LogCorruptError,
  SEGMENT_HEAD_BYTES,
  type SegmentHead,
  segmentPath,
} from './segment.ts'

const READ_BYTES = 1024 * 1024

/**
 * Reads the frames of one segment in order, in memory of one read or one frame, whichever is larger. May read on after
 * an end that a writer has moved since.
 */
export class FrameReader {
  readonly path: string
  readonly #file: number
  /** Bytes of the file from `offset` on that are in memory. */
  #buffer: Uint8Array = new Uint8Array(0)
  /** Where the next frame begins. */
  offset: number

  constructor(folder: string, segment: number, offset: number = SEGMENT_HEAD_BYTES) {
    this.path = segmentPath(folder, segment)
    this.#file = openSync(this.path, 'r')
    this.offset = offset
  }

  close(): void {
    closeSync(this.#file)
  }

  size(): number {
    return fstatSync(this.#file).size
  }

  head(): SegmentHead | undefined {
    return decodeSegmentHead(this.#read(0, SEGMENT_HEAD_BYTES), this.path)
  }

  /** The frame at `offset` in its own bytes, or why there is none. Goes on only past a whole frame. */
  next(): Frame {
    let extent = frameExtent(this.#buffer)
    if (extent.kind === 'incomplete') {
      this.#fill()
      extent = frameExtent(this.#buffer)
    }
    if (extent.kind === 'incomplete') {
      if (this.#buffer.length === 0) return { kind: 'end' }
      if (isFrameBeginning(this.#buffer)) return { kind: 'incomplete' }
      return { kind: 'damaged', reason: 'a frame whose length does not fit its content' }
    }
    if (extent.kind === 'tooLarge') {
      return { kind: 'damaged', reason: `a frame with a payload of ${extent.payloadLength} bytes` }
    }
    const bytes = this.#buffer.slice(0, extent.length)
    if (!hasValidChecksum(bytes)) return { kind: 'damaged', reason: 'a frame with a wrong checksum' }
    this.#buffer = this.#buffer.subarray(extent.length)
    this.offset += extent.length
    return { kind: 'frame', bytes }
  }

  /** Everything from `offset` to the end. */
  rest(): Uint8Array {
    return this.#read(this.offset, Math.max(0, this.size() - this.offset))
  }

  /** Has READ_BYTES from `offset` in memory, or the whole next frame if that is more, or what there is. */
  #fill(): void {
    this.#buffer = this.#read(this.offset, READ_BYTES)
    const extent = frameExtent(this.#buffer)
    if (extent.kind === 'incomplete' && this.#buffer.length === READ_BYTES)
      this.#buffer = this.#read(this.offset, extent.length)
  }

  #read(from: number, most: number): Uint8Array {
    const length = Math.max(0, Math.min(most, this.size() - from))
    const bytes = new Uint8Array(length)
    let filled = 0
    while (filled < length) {
      const count = readSync(this.#file, bytes, filled, length - filled, from + filled)
      if (count === 0) break
      filled += count
    }
    return bytes.subarray(0, filled)
  }
}

export type Frame =
  | { kind: 'frame'; bytes: Uint8Array }
  /** The file ends where a frame would begin. */
  | { kind: 'end' }
  /** The file ends inside the frame. */
  | { kind: 'incomplete' }
  | { kind: 'damaged'; reason: string }

/** Reads the record of a frame with a right checksum, which a writer once meant so. */
export function decodeAt(path: string, offset: number, frame: Uint8Array): LogRecord {
  try {
    return decodeRecord(frame)
  } catch (error) {
    if (!(error instanceof FeedError)) throw error
    throw new LogCorruptError(path, offset, `a record that this release can't read (${error.code})`)
  }
}
