import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak256 } from '../kernels/index.ts'
import { equalBytes, toBigInt } from '../lib/index.ts'
import { signedHash } from './feed.ts'

const { Point } = secp256k1
const { Fn } = Point
type CurvePoint = InstanceType<typeof Point>

/** Bits of a window of the table of a key's multiples: 512 points, which take 10 ms to make. */
const TABLE_WINDOW = 6

/**
 * Whether digests are signed by one address. Its key is recovered from the first signature, and then has a table of its
 * multiples: with the generator's, a signature takes half as long as recovery.
 */
export class KnownSigner {
  readonly #address: Uint8Array
  #key: CurvePoint | undefined

  /** @param address - 20 bytes. */
  constructor(address: Uint8Array) {
    this.#address = address
  }

  /**
   * @param digest - 32 bytes; what is signed is its EIP-191 message.
   * @param signature - r ‖ s ‖ yParity, 65 bytes; s in the lower half, as the stream has it.
   */
  hasSigned(digest: Uint8Array, signature: Uint8Array): boolean {
    const r = toBigInt(signature.subarray(0, 32))
    const s = toBigInt(signature.subarray(32, 64))
    const yParity = signature[64]!
    if (r === 0n || r >= Fn.ORDER || s === 0n || s > Fn.ORDER >> 1n || yParity > 1) return false
    const hash = signedHash(digest)
    if (this.#key !== undefined) return isSignature(this.#key, { hash, r, s, yParity })
    return this.#learnKey(hash, signature)
  }

  #learnKey(hash: Uint8Array, signature: Uint8Array): boolean {
    const key = recoverKey(hash, signature)
    if (key === undefined || !equalBytes(addressOf(key), this.#address)) return false
    this.#key = key.precompute(TABLE_WINDOW)
    return true
  }
}

/** Address whose key made a signature of {@link KnownSigner.hasSigned}'s form; undefined: none. */
export function signerOf(digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  const key = recoverKey(signedHash(digest), signature)
  return key === undefined ? undefined : addressOf(key)
}

function recoverKey(hash: Uint8Array, signature: Uint8Array): CurvePoint | undefined {
  try {
    const parsed = secp256k1.Signature.fromBytes(signature.subarray(0, 64), 'compact')
    return parsed.addRecoveryBit(signature[64]!).recoverPublicKey(hash)
  } catch {
    // The library reports "no such point" by throwing; it has no other failure for arguments of the right sizes.
    return undefined
  }
}

function addressOf(key: CurvePoint): Uint8Array {
  return keccak256(key.toBytes(false).subarray(1)).slice(12)
}

/** ECDSA (SEC 1, section 4.1.4), and that the point has the parity that the signature says. */
function isSignature(
  key: CurvePoint,
  { hash, r, s, yParity }: { hash: Uint8Array; r: bigint; s: bigint; yParity: number },
): boolean {
  const inverse = Fn.inv(s)
  const ofGenerator = Fn.mul(Fn.create(toBigInt(hash)), inverse)
  const ofKey = Fn.mul(r, inverse)
  const point = Point.BASE.multiplyUnsafe(ofGenerator).add(key.multiplyUnsafe(ofKey))
  if (point.is0()) return false
  const { x, y } = point.toAffine()
  return x === r && Number(y & 1n) === yParity
}
