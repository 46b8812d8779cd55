import { ByteReader, ByteWriter, fromBigInt, toBigInt } from '../../lib/index.ts'
import { FEED_SOURCE_ERRORS, type FeedHello, FeedSourceError, type SubmitAnswer } from '../FeedSource.ts'
import { FeedSessionError, MAX_PAYLOAD_BYTES } from './frames.ts'

/**
 * Payloads of frames. Integers are little-endian; `bytes` is u32 length, then so many bytes; `text` is bytes in UTF-8.
 *
 *     client   1 hello      u32 credit
 *              2 entries    u32 credit · u64 fromRecord · u8 withDictionary (0, 1)
 *              3 genesis    u32 credit
 *              4 snapshot   u32 credit
 *              5 submit     u32 credit · u32 count · per transaction bytes envelope
 *              6 credit     u32 bytes that may be sent besides
 *              7 cancel     –
 *     server  16 part       u8 isLast (0, 1) · a part of an item: the last one completes it
 *             17 end        –
 *             18 error      text code · text what happened
 *
 * Credit counts bytes of items.
 */
export type EntriesRequest = { credit: number; fromRecord: bigint; withDictionary: boolean }
export type SubmitRequest = { credit: number; raw: Uint8Array[] }

const MAX_TEXT_CHARACTERS = 500
const TOO_LONG = 'it has more or fewer bytes than it must'

export function encodeEntriesRequest({ fromRecord, withDictionary, credit }: EntriesRequest): Uint8Array {
  const writer = new ByteWriter()
  writer.u32(credit)
  writer.u64(fromRecord)
  writer.u8(withDictionary ? 1 : 0)
  return writer.take()
}

export function decodeEntriesRequest(payload: Uint8Array): EntriesRequest {
  return read(payload, (reader) => ({
    credit: reader.u32(),
    fromRecord: reader.u64(),
    withDictionary: readFlag(reader),
  }))
}

export function encodeCredit(bytes: number): Uint8Array {
  const writer = new ByteWriter()
  writer.u32(bytes)
  return writer.take()
}

export function decodeCredit(payload: Uint8Array): number {
  return read(payload, (reader) => reader.u32())
}

export function encodePart(isLast: boolean, bytes: Uint8Array): Uint8Array {
  const writer = new ByteWriter({ capacity: bytes.length + 1 })
  writer.u8(isLast ? 1 : 0)
  writer.fixed(bytes, bytes.length)
  return writer.take()
}

export function decodePart(payload: Uint8Array): { isLast: boolean; bytes: Uint8Array } {
  if (!(payload[0]! <= 1)) throw new FeedSessionError('PAYLOAD', 'a part that may or may not be the last')
  return { isLast: payload[0] === 1, bytes: payload.subarray(1) }
}

/** Of the answer to hello: chain id 32 · genesis hash 32 · signer 20 · u64 epoch, firstRecord, nextRecord, miniBlockNumber. */
export function encodeHello(hello: FeedHello): Uint8Array {
  const writer = new ByteWriter()
  writer.fixed(fromBigInt(hello.chainId, 32), 32)
  writer.fixed(hello.genesisHash, 32)
  writer.fixed(hello.signer, 20)
  writer.u64(hello.epoch)
  writer.u64(hello.firstRecord)
  writer.u64(hello.nextRecord)
  writer.u64(hello.miniBlockNumber)
  return writer.take()
}

export function decodeHello(payload: Uint8Array): FeedHello {
  return read(payload, (reader) => ({
    chainId: toBigInt(reader.fixed(32)),
    genesisHash: reader.fixed(32),
    signer: reader.fixed(20),
    epoch: reader.u64(),
    firstRecord: reader.u64(),
    nextRecord: reader.u64(),
    miniBlockNumber: reader.u64(),
  }))
}

/** Bytes that the envelope takes in the payload of a submit frame. */
export function submitBytes(raw: Uint8Array): number {
  return 4 + raw.length
}

/** What the envelopes of one submit frame may take. */
export const MAX_SUBMIT_BYTES: number = MAX_PAYLOAD_BYTES - 8

export function encodeSubmit({ credit, raw }: SubmitRequest): Uint8Array {
  const writer = new ByteWriter()
  writer.u32(credit)
  writer.u32(raw.length)
  for (const envelope of raw) writer.sized(envelope)
  return writer.take()
}

export function decodeSubmit(payload: Uint8Array): SubmitRequest {
  return read(payload, (reader) => ({
    credit: reader.u32(),
    raw: readList(reader, () => reader.sized()),
  }))
}

/** In the answer to submit. */
const REFUSED = 0
const TAKEN = 1
const WAITS = 2

/**
 * Of the answer to submit: u32 count · per transaction u8 0 · text code · text message where it is refused, u8 1 · hash 32
 * where it is taken, u8 2 · hash 32 · u64 expectedNonce where it waits for others.
 */
export function encodeAnswers(answers: readonly SubmitAnswer[]): Uint8Array {
  const writer = new ByteWriter()
  writer.u32(answers.length)
  for (const answer of answers) {
    if (!('hash' in answer)) {
      writer.u8(REFUSED)
      writeTexts(writer, answer.code, answer.message)
      continue
    }
    const { hash, expectedNonce } = answer
    writer.u8(expectedNonce === undefined ? TAKEN : WAITS)
    writer.fixed(hash, 32)
    if (expectedNonce !== undefined) writer.u64(expectedNonce)
  }
  return writer.take()
}

export function decodeAnswers(payload: Uint8Array): SubmitAnswer[] {
  return read(payload, (reader) => readList(reader, () => readAnswer(reader)))
}

function readAnswer(reader: ByteReader): SubmitAnswer {
  switch (reader.fixed(1)[0]) {
    case TAKEN:
      return { hash: reader.fixed(32) }
    case WAITS:
      return { hash: reader.fixed(32), expectedNonce: reader.u64() }
    case REFUSED:
      return { code: readText(reader), message: readText(reader) }
    default:
      throw new FeedSessionError('PAYLOAD', 'an answer of unknown kind')
  }
}

export function encodeError({ code, what }: FeedSourceError): Uint8Array {
  const writer = new ByteWriter()
  writeTexts(writer, code, what)
  return writer.take()
}

export function decodeError(payload: Uint8Array): FeedSourceError {
  const { code, what } = read(payload, (reader) => ({ code: readText(reader), what: readText(reader) }))
  return new FeedSourceError(FEED_SOURCE_ERRORS.find((known) => known === code) ?? 'FAILED', what)
}

/** @throws FeedSessionError unless exactly the payload was read. */
function read<T>(payload: Uint8Array, take: (reader: ByteReader) => T): T {
  const reader = new ByteReader(payload)
  const taken = take(reader)
  if (reader.isShort || reader.left > 0) throw new FeedSessionError('PAYLOAD', TOO_LONG)
  return taken
}

function readList<T>(reader: ByteReader, item: () => T): T[] {
  const items: T[] = []
  for (let count = reader.u32(); count > 0; count--) {
    items.push(item())
    if (reader.isShort) throw new FeedSessionError('PAYLOAD', TOO_LONG)
  }
  return items
}

function readFlag(reader: ByteReader): boolean {
  const flag = reader.fixed(1)[0]
  if (flag !== undefined && flag > 1) throw new FeedSessionError('PAYLOAD', `a flag that is ${flag}`)
  return flag === 1
}

/** What is left of it where it is long; never more than one frame takes. */
function writeTexts(writer: ByteWriter, ...texts: string[]): void {
  for (const text of texts) writer.sized(new TextEncoder().encode(text.slice(0, MAX_TEXT_CHARACTERS)))
}

function readText(reader: ByteReader): string {
  return new TextDecoder().decode(reader.sized()).slice(0, MAX_TEXT_CHARACTERS)
}
