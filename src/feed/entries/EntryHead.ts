import { ByteReader, concatBytes, equalBytes, sha256, sha256OfParts } from '../../lib/index.ts'
import { ENTRY_DOMAIN, ENTRY_HEAD_BYTES, SIGNATURE_BYTES } from './FeedEntry.ts'
import { signerOf } from './signatures.ts'

/** How far a stream is, as its sequencer has signed it. */
export type StreamHead = { epoch: bigint; nextRecord: bigint; miniBlockNumber: bigint }

const SHA256_BYTES = 32
/** The entry's bytes before the body · sha256 of the body 32 · signature 65. */
export const HEAD_BYTES: number = ENTRY_HEAD_BYTES + SHA256_BYTES + SIGNATURE_BYTES

/** An encoded entry without its body: small enough to be announced, and signed like the entry. */
export function headOf(entry: Uint8Array): Uint8Array {
  const end = entry.length - SIGNATURE_BYTES
  const body = entry.subarray(ENTRY_HEAD_BYTES, end)
  return concatBytes(entry.subarray(0, ENTRY_HEAD_BYTES), sha256(body), entry.subarray(end))
}

/** Safe on any bytes: undefined for what is no head, or was not signed by the signer (20 bytes). */
export function readHead(
  bytes: Uint8Array,
  { genesisHash, signer }: { genesisHash: Uint8Array; signer: Uint8Array },
): StreamHead | undefined {
  if (bytes.length !== HEAD_BYTES) return undefined
  const signed = bytes.subarray(0, HEAD_BYTES - SIGNATURE_BYTES)
  const digest = sha256OfParts([ENTRY_DOMAIN, genesisHash, signed])
  const found = signerOf(digest, bytes.subarray(HEAD_BYTES - SIGNATURE_BYTES))
  if (found === undefined || !equalBytes(found, signer)) return undefined
  // Behind version and flags, as FeedEntry has them.
  const reader = new ByteReader(bytes.subarray(2))
  const epoch = reader.u64()
  const nextRecord = reader.u64() + BigInt(reader.u32())
  return { epoch, nextRecord, miniBlockNumber: reader.u64() }
}
