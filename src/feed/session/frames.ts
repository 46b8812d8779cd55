import { ByteWriter, concatBytes, EMPTY_BYTES, equalBytes } from '../../lib/index.ts'

/**
 * Each side begins with a preface of 8 bytes, "LEVFEED" and the protocol's version, and goes on with frames:
 *
 *     u32 length of the rest · u8 type · u32 request · payload                         (integers little-endian)
 *
 * Types and payloads: messages.ts. The whole protocol: docs/spec/feed-protocol.md.
 */
const PROTOCOL_VERSION = 1
export const PREFACE: Uint8Array = Uint8Array.of(...new TextEncoder().encode('LEVFEED'), PROTOCOL_VERSION)
const LENGTH_BYTES = 4
/** Type and request. */
const HEAD_BYTES = 5
/** Largest payload of a frame. */
export const MAX_PAYLOAD_BYTES: number = 256 * 1024

export const FRAME_TYPES = {
  hello: 1,
  entries: 2,
  genesis: 3,
  snapshot: 4,
  submit: 5,
  credit: 6,
  cancel: 7,
  part: 16,
  end: 17,
  error: 18,
} as const

export type FrameType = keyof typeof FRAME_TYPES
const TYPE_NAMES = new Map(Object.entries(FRAME_TYPES).map(([name, type]) => [type, name as FrameType]))

export type Frame = {
  type: FrameType
  /** Number that the client gave the request which it belongs to. */
  request: number
  /** A view of what came. */
  payload: Uint8Array
}

export function encodeFrame(type: FrameType, request: number, payload: Uint8Array = EMPTY_BYTES): Uint8Array {
  const writer = new ByteWriter({ capacity: LENGTH_BYTES + HEAD_BYTES + payload.length })
  writer.u32(HEAD_BYTES + payload.length)
  writer.u8(FRAME_TYPES[type])
  writer.u32(request)
  writer.fixed(payload, payload.length)
  return writer.take()
}

/** Puts pieces of a stream together to frames. Holds no more than one frame and one piece. */
export class FrameSplitter {
  /** What came and is not taken. */
  #pieces: Uint8Array[] = []
  #length = 0
  /** Bytes without which it can't go on. */
  #needed = PREFACE.length
  #isGreeted = false;

  /** Takes the next piece; gives the frames that are whole now. Throws FeedSessionError; it is of no use then. */
  *push(piece: Uint8Array): Generator<Frame, void> {
    this.#pieces.push(piece)
    this.#length += piece.length
    if (this.#length < this.#needed) return
    let bytes = this.#pieces.length === 1 ? piece : concatBytes(...this.#pieces)
    if (!this.#isGreeted) bytes = this.#greet(bytes)
    for (;;) {
      this.#needed = frameLength(bytes)
      if (bytes.length < this.#needed) break
      yield readFrame(bytes.subarray(0, this.#needed))
      bytes = bytes.subarray(this.#needed)
    }
    this.#pieces = [bytes]
    this.#length = bytes.length
  }

  #greet(bytes: Uint8Array): Uint8Array {
    const preface = bytes.subarray(0, PREFACE.length)
    if (!equalBytes(preface.subarray(0, -1), PREFACE.subarray(0, -1)))
      throw new FeedSessionError('NO_PREFACE', 'it begins with something else')
    if (preface.at(-1) !== PROTOCOL_VERSION)
      throw new FeedSessionError('UNKNOWN_VERSION', `version ${preface.at(-1)}, known is ${PROTOCOL_VERSION}`)
    this.#isGreeted = true
    return bytes.subarray(PREFACE.length)
  }
}

/** Bytes of the frame at the start, by what its head says; of a head that is not whole, those of the head. */
function frameLength(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) return LENGTH_BYTES + HEAD_BYTES
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getUint32(0, true)
  if (length < HEAD_BYTES || length > HEAD_BYTES + MAX_PAYLOAD_BYTES)
    throw new FeedSessionError('FRAME_LENGTH', `a frame of ${length} bytes`)
  return LENGTH_BYTES + length
}

function readFrame(bytes: Uint8Array): Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const type = TYPE_NAMES.get(view.getUint8(LENGTH_BYTES) as 1)
  if (type === undefined) throw new FeedSessionError('UNKNOWN_TYPE', `a frame of type ${bytes[LENGTH_BYTES]}`)
  const request = view.getUint32(LENGTH_BYTES + 1, true)
  return { type, request, payload: bytes.subarray(LENGTH_BYTES + HEAD_BYTES) }
}

export type FeedSessionErrorCode =
  | 'NO_PREFACE'
  | 'UNKNOWN_VERSION'
  | 'FRAME_LENGTH'
  | 'UNKNOWN_TYPE'
  /** A type that only the other side may send. */
  | 'UNEXPECTED_TYPE'
  | 'UNKNOWN_REQUEST'
  | 'REQUEST_IN_USE'
  | 'TOO_MANY_REQUESTS'
  | 'PAYLOAD'
  /** More was sent than there was credit for, or more credit given than may be. */
  | 'CREDIT'
  | 'ITEM_TOO_LARGE'

/** The other side does not keep to the protocol. */
export class FeedSessionError extends Error {
  override readonly name = 'FeedSessionError'
  readonly code: FeedSessionErrorCode

  constructor(code: FeedSessionErrorCode, what: string) {
    super(
      `The other side of a feed connection does not keep to the protocol (${code}): ${what}.\n` +
        '  next: compare the versions of both sides; the connection is closed.',
    )
    this.code = code
  }
}
