import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import {
  decodeFileHead,
  decodeSnapshotEnd,
  decodeSnapshotHead,
  FILE_HEAD_BYTES,
  FRAME_HEAD_BYTES,
  FRAME_KIND,
  frameChecksum,
  MAX_PAYLOAD_BYTES,
  SNAPSHOT_FORMAT_VERSION,
  type SnapshotCounts,
  type SnapshotHead,
} from './snapshotFormat.ts'

/** A part of the state: an encoded StateDiff. */
export type SnapshotPiece = { kind: 'codes' | 'accounts' | 'slots'; diff: Uint8Array }

const PIECE_KINDS = new Map<number, SnapshotPiece['kind']>([
  [FRAME_KIND.codes, 'codes'],
  [FRAME_KIND.accounts, 'accounts'],
  [FRAME_KIND.slots, 'slots'],
])

/** Reads one snapshot file from front to back, in memory of one piece. Throws SnapshotError for anything that is not whole. */
export class SnapshotReader {
  readonly path: string
  readonly head: SnapshotHead
  readonly sizeBytes: number
  readonly #file: number
  #offset = FILE_HEAD_BYTES
  #counts: SnapshotCounts | undefined

  constructor(path: string) {
    this.path = path
    this.#file = openSync(path, 'r')
    try {
      this.sizeBytes = fstatSync(this.#file).size
      const version = decodeFileHead(this.#read(0, FILE_HEAD_BYTES))
      if (version === undefined) throw new SnapshotError(path, 0, 'it does not begin as one')
      if (version !== SNAPSHOT_FORMAT_VERSION)
        throw new SnapshotError(path, 0, `its format ${version} is not ${SNAPSHOT_FORMAT_VERSION}`)
      const frame = this.#frame()
      const head = frame.kind === FRAME_KIND.head ? decodeSnapshotHead(frame.payload) : undefined
      if (head === undefined) throw new SnapshotError(path, FILE_HEAD_BYTES, 'it has no head')
      this.head = head
    } catch (error) {
      this.close()
      throw error
    }
  }

  close(): void {
    closeSync(this.#file)
  }

  /** Where the next frame begins: how far the reading has come. */
  get offset(): number {
    return this.#offset
  }

  /** What the snapshot holds; known once all pieces are read. */
  get counts(): SnapshotCounts | undefined {
    return this.#counts
  }

  /** The pieces, each checked. Comes to its end only where the file does. */
  *pieces(): Generator<SnapshotPiece, void> {
    let last: number = FRAME_KIND.head
    for (;;) {
      const at = this.#offset
      const { kind, payload } = this.#frame()
      if (kind < last) throw new SnapshotError(this.path, at, 'its parts are out of order')
      last = kind
      const piece = PIECE_KINDS.get(kind)
      if (piece !== undefined) yield { kind: piece, diff: payload }
      else {
        this.#counts = kind === FRAME_KIND.end ? decodeSnapshotEnd(payload) : undefined
        if (this.#counts === undefined)
          throw new SnapshotError(this.path, at, `it has a part of kind ${kind}`)
        if (this.#offset !== this.sizeBytes)
          throw new SnapshotError(this.path, this.#offset, 'bytes follow its end')
        return
      }
    }
  }

  #frame(): { kind: number; payload: Uint8Array } {
    const at = this.#offset
    const head = this.#read(at, FRAME_HEAD_BYTES)
    if (head.length < FRAME_HEAD_BYTES) throw new SnapshotError(this.path, at, 'it has no end')
    const view = new DataView(head.buffer, head.byteOffset)
    const length = view.getUint32(0, true)
    if (length > MAX_PAYLOAD_BYTES) throw new SnapshotError(this.path, at, `a part has ${length} bytes`)
    const payload = this.#read(at + FRAME_HEAD_BYTES, length)
    if (payload.length < length) throw new SnapshotError(this.path, at, 'it ends inside a part')
    const kind = head[8]!
    if (view.getUint32(4, true) !== frameChecksum(kind, payload))
      throw new SnapshotError(this.path, at, 'a part does not match its checksum')
    this.#offset = at + FRAME_HEAD_BYTES + length
    return { kind, payload }
  }

  #read(from: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.sizeBytes - from)))
    let filled = 0
    while (filled < bytes.length) {
      const count = readSync(this.#file, bytes, filled, bytes.length - filled, from + filled)
      if (count === 0) break
      filled += count
    }
    return bytes.subarray(0, filled)
  }
}

/** A snapshot file that can't be used; nothing was changed. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError'
  readonly recovery = 'reset'
  readonly path: string
  readonly offset: number
  /** What is wrong, as the end of a sentence. */
  readonly reason: string

  constructor(path: string, offset: number, reason: string) {
    super(
      `The snapshot can't be used: ${reason}.\n  file: ${path}   offset: ${offset}\n` +
        '  next: nothing is needed where an older snapshot or the whole log is there; otherwise put back this file from a copy.',
    )
    this.path = path
    this.offset = offset
    this.reason = reason
  }
}
