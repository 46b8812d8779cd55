import { keccak256 } from '../../kernels/index.ts'
import { concatBytes, toBigInt } from '../../lib/index.ts'
import { recoverAddress, SECP256K1_HALF_N, signHash } from '../../protocol/index.ts'
import { entryDigest, type FeedEntry, type UnsignedEntry } from './FeedEntry.ts'

/** Who signs the entries of a stream; may be another process, which holds the key. */
export type RecordSigner = {
  /** 20 bytes. */
  readonly address: Uint8Array
  /** Signature, 65 bytes (r ‖ s ‖ yParity), of the {@link signedHash} of a digest. */
  sign(digest: Uint8Array): Promise<Uint8Array> | Uint8Array
}

const PREFIX = new TextEncoder().encode('\x19Ethereum Signed Message:\n32')

/** The hash that is signed for a digest of 32 bytes: that of a personal message, as `eth_sign` has it (EIP-191). */
export function signedHash(digest: Uint8Array): Uint8Array {
  return keccak256(concatBytes(PREFIX, digest))
}

/** Signs with a private key (32 bytes) that this process holds. */
export function signWithKey(digest: Uint8Array, privateKey: Uint8Array): Uint8Array {
  const { r, s, yParity } = signHash(signedHash(digest), privateKey)
  return concatBytes(r, s, Uint8Array.of(yParity))
}

/** Puts the signature of the signer to an entry. */
export async function signEntry(
  entry: UnsignedEntry,
  { genesisHash, signer }: { genesisHash: Uint8Array; signer: RecordSigner },
): Promise<FeedEntry> {
  return { ...entry, signature: await signer.sign(entryDigest(entry, genesisHash)) }
}

/**
 * Address whose key signed a digest (32 bytes), 20 bytes; undefined when the signature (65 bytes) is none, or is not in
 * its one form: s in the lower half of the group's order, as EIP-2 has it.
 */
export function signerOf(digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  const yParity = signature[64]!
  const s = toBigInt(signature.subarray(32, 64))
  if (yParity > 1 || s > SECP256K1_HALF_N) return undefined
  return recoverAddress(signedHash(digest), yParity, toBigInt(signature.subarray(0, 32)), s)
}
