import { ByteReader, ByteWriter } from '../../lib/index.ts'

/** What one message of the stream in NATS holds of an entry. */
export type EntryPart = {
  /** Of the entry; see FeedEntry. */
  firstRecord: bigint
  /** First record of the entry where the dictionary began that this one needs. */
  dictionaryRecord: bigint
  /** Its place among the parts of the entry, from 0 on. */
  part: number
  parts: number
  bytes: Uint8Array
}

/** u64 firstRecord · u64 dictionaryRecord · u32 part · u32 parts, little-endian; the bytes stand behind. */
const HEAD_BYTES = 24

/** Cuts an encoded entry into messages of `maxBytes` at most. */
export function splitEntry(
  entry: Uint8Array,
  place: { firstRecord: bigint; dictionaryRecord: bigint; maxBytes: number },
): Uint8Array[] {
  const bytesEach = place.maxBytes - HEAD_BYTES
  const parts = Math.ceil(entry.length / bytesEach)
  return Array.from({ length: parts }, (_, part) => {
    const bytes = entry.subarray(part * bytesEach, (part + 1) * bytesEach)
    const writer = new ByteWriter({ capacity: HEAD_BYTES + bytes.length })
    writer.u64(place.firstRecord)
    writer.u64(place.dictionaryRecord)
    writer.u32(part)
    writer.u32(parts)
    writer.fixed(bytes, bytes.length)
    return writer.take()
  })
}

/** Inverse of {@link splitEntry} for one message; undefined where it is no such message. */
export function readPart(message: Uint8Array): EntryPart | undefined {
  const reader = new ByteReader(message)
  const firstRecord = reader.u64()
  const dictionaryRecord = reader.u64()
  const part = reader.u32()
  const parts = reader.u32()
  if (reader.isShort || part >= parts) return undefined
  return { firstRecord, dictionaryRecord, part, parts, bytes: reader.rest() }
}
