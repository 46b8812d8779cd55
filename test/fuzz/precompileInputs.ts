import type { Prng } from '../../src/lib/index.ts'
import { accounts, bytes, signatureOf } from '../lib/index.ts'

/** A precompile's number and an input that it may well accept. */
export function precompileInput(random: Prng): { number: number; input: Uint8Array } {
  const number = random.pick([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 0x100])
  const input = INPUTS[number]!(random)
  const choice = random.nextInt(12)
  if (choice === 0) return { number, input: input.subarray(0, random.nextInt(input.length + 1)) }
  if (choice === 1 && input.length > 0) input[random.nextInt(input.length)]! ^= 1 << random.nextInt(8)
  return { number, input }
}

/** Generators of the G1 and G2 groups of bn254, and of its pairing check e(P, Q) · e(-P, Q) = 1. */
const BN_G1 = [1n, 2n]
const BN_MINUS_G1 = [1n, 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd45n]
const BN_G2 = [
  0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2n,
  0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6edn,
  0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975bn,
  0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daan,
]
/** Generator of G1 of BLS12-381, 64 bytes a coordinate (EIP-2537). */
const BLS_G1 = [
  0x17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bbn,
  0x08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1n,
]

const INPUTS: Record<number, (random: Prng) => Uint8Array> = {
  1: ecrecover,
  2: (random) => random.nextBytes(random.nextInt(100)),
  3: (random) => random.nextBytes(random.nextInt(100)),
  4: (random) => random.nextBytes(random.nextInt(200)),
  5: modexp,
  6: (random) => join([bnPoint(random), bnPoint(random)]),
  7: (random) => join([bnPoint(random), words([random.nextBigInt(random.pick([1, 8, 256]))])]),
  8: bnPairing,
  9: blake2f,
  10: (random) => random.nextBytes(192),
  11: (random) => join([blsPoint(random), blsPoint(random)]),
  12: (random) =>
    repeat(1 + random.nextInt(3), () => join([blsPoint(random), words([random.nextBigInt(64)])])),
  13: () => new Uint8Array(512),
  14: (random) => join([new Uint8Array(256), words([random.nextBigInt(64)])]),
  15: (random) => join([blsPoint(random), new Uint8Array(256)]),
  16: (random) => join([new Uint8Array(16), random.nextBytes(48)]),
  17: (random) => join([new Uint8Array(16), random.nextBytes(48), new Uint8Array(16), random.nextBytes(48)]),
  256: (random) => random.nextBytes(160),
}

function ecrecover(random: Prng): Uint8Array {
  if (random.nextInt(3) === 0)
    return join([random.nextBytes(32), words([27n + BigInt(random.nextInt(2))]), random.nextBytes(64)])
  // The hash is not the signed one: it still recovers some address.
  const signature = signatureOf(
    { type: 2, nonce: random.nextBigInt(16), gasLimit: 1n, maxFeePerGas: 1n },
    accounts[random.nextInt(10)]!.key,
  )
  return join([random.nextBytes(32), words([27n + signature.yParity, signature.r, signature.s])])
}

function modexp(random: Prng): Uint8Array {
  const lengths = [random.nextInt(40), random.nextInt(40), random.nextInt(40)] as const
  return join([words(lengths.map(BigInt)), ...lengths.map((length) => random.nextBytes(length))])
}

function bnPoint(random: Prng): Uint8Array {
  return words(random.pick([BN_G1, BN_MINUS_G1, [0n, 0n], [1n, 3n]]))
}

function bnPairing(random: Prng): Uint8Array {
  const choice = random.nextInt(4)
  if (choice === 0) return new Uint8Array(0)
  if (choice === 1) return words([...BN_G1, ...BN_G2])
  if (choice === 2) return words([...BN_G1, ...BN_G2, ...BN_MINUS_G1, ...BN_G2])
  return join([bnPoint(random), new Uint8Array(128)])
}

function blake2f(random: Prng): Uint8Array {
  const rounds = Buffer.alloc(4)
  rounds.writeUInt32BE(random.nextInt(30))
  return join([
    rounds,
    random.nextBytes(208),
    Uint8Array.of(random.nextInt(random.nextInt(8) === 0 ? 256 : 2)),
  ])
}

function blsPoint(random: Prng): Uint8Array {
  if (random.nextInt(3) === 0) return new Uint8Array(128)
  return join(BLS_G1.map((coordinate) => bytes(coordinate.toString(16).padStart(128, '0'))))
}

function words(values: bigint[]): Uint8Array {
  return join(values.map((value) => bytes(value.toString(16).padStart(64, '0'))))
}

function repeat(count: number, make: () => Uint8Array): Uint8Array {
  return join(Array.from({ length: count }, make))
}

function join(parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
