import { equalBytes } from '../../lib/index.ts'
import { decodeEntry, entryDigest } from './FeedEntry.ts'
import { signerOf } from './signatures.ts'

/** Two different entries, as bytes, that one signer has signed for one epoch and first record. */
export type Evidence = { first: Uint8Array; second: Uint8Array }

/**
 * The address (20 bytes) against which two entries are evidence: both carry its signature, for the same epoch and first
 * record, and their digests differ. Undefined where they prove nothing.
 *
 * @throws FeedEntryError when one is no entry.
 */
export function provenAgainst({ first, second }: Evidence, genesisHash: Uint8Array): Uint8Array | undefined {
  const [a, b] = [decodeEntry(first), decodeEntry(second)]
  if (a.epoch !== b.epoch || a.firstRecord !== b.firstRecord) return undefined
  const [digestA, digestB] = [entryDigest(a, genesisHash), entryDigest(b, genesisHash)]
  if (equalBytes(digestA, digestB)) return undefined
  const [signer, other] = [signerOf(digestA, a.signature), signerOf(digestB, b.signature)]
  return signer !== undefined && other !== undefined && equalBytes(signer, other) ? signer : undefined
}
