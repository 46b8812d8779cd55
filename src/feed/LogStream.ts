import { existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { decodeAt } from './FrameReader.ts'
import { FRAME_HEAD_BYTES, frameExtent, hasValidChecksum, KINDS } from './recordCodec.ts'
import type { LogRecord } from './records.ts'
import { LogCorruptError, type LogPosition, SEGMENT_HEAD_BYTES, segmentPath } from './segment.ts'

/** What is read at once, and what is gone through without letting others have their turn. */
const READ_BYTES = 512 * 1024

/** A frame of the log, not decoded. */
export type LogFrame = {
  kind: LogRecord['kind']
  position: LogPosition
  /** Bytes of the whole frame. */
  length: number
  /** The frame from its start, in memory that nobody writes again: whole, unless only its beginning was asked for. */
  bytes: Uint8Array
}

/**
 * The frames of a log from a position on, read without blocking the thread, in memory of one read or one frame. It ends
 * where the log ends now; a frame that is not wholly written yet counts as that end.
 *
 * @param options.headBytes - so much of each frame is enough: what is longer is passed over unread, and no checksum is
 * looked at.
 * @throws LogPrunedError when the segment is not there, LogCorruptError on a damaged frame.
 */
export async function* streamFrames(
  folder: string,
  from: LogPosition,
  options: { headBytes?: number } = {},
): AsyncGenerator<LogFrame, void> {
  let { segment, offset } = from
  for (;;) {
    const file = await openSegment(folder, segment)
    let isComplete: boolean
    try {
      isComplete = yield* segmentFrames(file, { folder, segment, offset, ...options })
    } finally {
      await file.close()
    }
    if (!isComplete) return
    segment++
    offset = SEGMENT_HEAD_BYTES
  }
}

/** The record in a whole frame of the log. */
export function recordOf(folder: string, { bytes, position }: LogFrame): LogRecord {
  return decodeAt(segmentPath(folder, position.segment), position.offset, bytes)
}

async function openSegment(folder: string, segment: number): Promise<FileHandle> {
  const path = segmentPath(folder, segment)
  try {
    return await open(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new LogPrunedError(path)
    throw error
  }
}

/** Yields a segment's frames; true if it is finished, that is, followed by another segment. */
async function* segmentFrames(
  file: FileHandle,
  place: { folder: string; segment: number; offset: number; headBytes?: number },
): AsyncGenerator<LogFrame, boolean> {
  const { folder, segment, headBytes } = place
  const path = segmentPath(folder, segment)
  let { offset } = place
  let buffer: Uint8Array = new Uint8Array(0)
  let isFinished = false
  for (;;) {
    const head = frameExtent(buffer)
    if (head.kind === 'tooLarge') throw damaged(path, offset)
    const { length } = head
    const wanted = headBytes === undefined ? length : Math.min(length, headBytes)
    if (buffer.length < Math.max(wanted, FRAME_HEAD_BYTES)) {
      const filled = await read(file, offset, Math.max(wanted, READ_BYTES))
      if (filled.length <= buffer.length) {
        if (isFinished) return true
        // The writer may have written on and begun the next segment since: look at this end once more.
        isFinished = existsSync(segmentPath(folder, segment + 1))
        if (!isFinished) return false
      }
      buffer = filled
      continue
    }
    const kind = KINDS[buffer[9]! - 1]
    const bytes = buffer.subarray(0, wanted)
    if (kind === undefined || (wanted === length && !hasValidChecksum(bytes))) throw damaged(path, offset)
    yield { kind, position: { segment, offset }, length, bytes }
    buffer = buffer.subarray(length)
    offset += length
  }
}

async function read(file: FileHandle, from: number, most: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(most)
  let filled = 0
  while (filled < most) {
    const { bytesRead } = await file.read(bytes, filled, most - filled, from + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

function damaged(path: string, offset: number): LogCorruptError {
  return new LogCorruptError(path, offset, 'a frame that is not as it was written')
}

/** A segment that is wanted was deleted, behind a snapshot. */
export class LogPrunedError extends Error {
  override readonly name = 'LogPrunedError'

  constructor(path: string) {
    super(`This part of the log is not kept.\n  file: ${path}\n  next: begin with a newer mini-block.`)
  }
}
