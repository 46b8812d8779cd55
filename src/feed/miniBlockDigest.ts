import { ByteWriter, sha256, sha256OfParts } from '../lib/index.ts'
import { writeRewindWithoutDigest, writeSealWithoutDigest } from './recordCodec.ts'
import type { Rewind, SealMiniBlock } from './records.ts'

/** One for all: making it takes as long as the digest. */
const sealWriter = new ByteWriter()

/**
 * Digest of a mini-block, 32 bytes: sha256 of
 *
 *     parentDigest 32 · u64 number · u64 epoch · u64 timestampUs · u64 blockNumber · u32 indexInBlock
 *     · u32 transactionCount · u64 gasUsed                                    (integers little-endian)
 *     · per chunk of the mini-block, in order: sha256 of its payload, 32 bytes
 *
 * The first part is the payload of the sealMiniBlock record without the digest. `chunkDigests` are {@link chunkDigest}s.
 */
export function miniBlockDigest(
  seal: Omit<SealMiniBlock, 'digest'>,
  chunkDigests: readonly Uint8Array[],
): Uint8Array {
  sealWriter.clear()
  writeSealWithoutDigest(sealWriter, seal)
  return sha256OfParts([sealWriter.written(), ...chunkDigests])
}

/** sha256 of a chunk's payload (see {@link payloadOf}), 32 bytes. */
export function chunkDigest(payload: Uint8Array): Uint8Array {
  return sha256(payload)
}

/** Digest of the mini-block that a rewind is, 32 bytes: sha256 of the record's payload without the digest. */
export function rewindDigest(rewind: Omit<Rewind, 'digest'>): Uint8Array {
  const writer = new ByteWriter()
  writeRewindWithoutDigest(writer, rewind)
  return sha256(writer.written())
}
