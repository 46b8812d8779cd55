import { EMPTY_BYTES, fromBigInt, toBigInt } from '../../lib/index.ts'
import { isAtLeast } from '../../protocol/index.ts'
import { modularPower } from './modularPower.ts'
import { type Precompile, readPadded } from './Precompile.ts'

/**
 * MODEXP (0x05): base^exponent mod modulus, as long as the modulus; 0 for a modulus of 0.
 *
 * Input: three lengths of 32 bytes · base · exponent · modulus. Source: EIP-198; gas EIP-2565, from Osaka EIP-7883;
 * lengths up to 1,024 bytes from Osaka (EIP-7823), longer ones fail.
 */
export const modexp: Precompile = {
  name: 'MODEXP',
  gas(input, fork) {
    const lengths = readLengths(input)
    const iterations = iterationCount(input, lengths, isAtLeast(fork, 'Osaka') ? 16n : 8n)
    return isAtLeast(fork, 'Osaka') ? gasOsaka(lengths, iterations) : gasBerlin(lengths, iterations)
  },
  run(input, fork) {
    const { base, exponent, modulus } = readLengths(input)
    if (isAtLeast(fork, 'Osaka') && larger(larger(base, exponent), modulus) > MAX_LENGTH) return undefined
    if (modulus === 0n) return EMPTY_BYTES
    // The gas is paid, so the lengths are those of numbers that fit into memory.
    return power(input, Number(base), Number(exponent), Number(modulus))
  },
}

/** EIP-7823, bytes. */
const MAX_LENGTH = 1024n

const HEAD_BYTES = 96
const MIN_GAS_BERLIN = 200n
const MIN_GAS_OSAKA = 500n

type Lengths = { base: bigint; exponent: bigint; modulus: bigint }

function readLengths(input: Uint8Array): Lengths {
  return {
    base: toBigInt(readPadded(input, 0, 32)),
    exponent: toBigInt(readPadded(input, 32, 32)),
    modulus: toBigInt(readPadded(input, 64, 32)),
  }
}

/** EIP-2565: ⌈max length / 8⌉² · iterations / 3. */
function gasBerlin(lengths: Lengths, iterations: bigint): bigint {
  const words = (larger(lengths.base, lengths.modulus) + 7n) / 8n
  return larger(MIN_GAS_BERLIN, (words * words * iterations) / 3n)
}

/** EIP-7883: 16 up to 32 bytes, beyond twice the square of the words, times iterations. */
function gasOsaka(lengths: Lengths, iterations: bigint): bigint {
  const length = larger(lengths.base, lengths.modulus)
  const words = (length + 7n) / 8n
  const complexity = length > 32n ? 2n * words * words : 16n
  return larger(MIN_GAS_OSAKA, complexity * iterations)
}

/** Bits of the exponent, those beyond its first 32 bytes by their number only. At least 1. */
function iterationCount(input: Uint8Array, lengths: Lengths, perByte: bigint): bigint {
  const head = exponentHead(input, lengths)
  const headBits = head === 0n ? 0n : BigInt(head.toString(2).length - 1)
  const tailBytes = lengths.exponent > 32n ? lengths.exponent - 32n : 0n
  return larger(1n, tailBytes * perByte + headBits)
}

/** The first 32 bytes of the exponent, or all if it has fewer. */
function exponentHead(input: Uint8Array, lengths: Lengths): bigint {
  if (lengths.base >= BigInt(input.length)) return 0n
  const size = lengths.exponent < 32n ? Number(lengths.exponent) : 32
  return toBigInt(readPadded(input, HEAD_BYTES + Number(lengths.base), size))
}

function power(
  input: Uint8Array,
  baseLength: number,
  exponentLength: number,
  modulusLength: number,
): Uint8Array {
  const exponentStart = HEAD_BYTES + baseLength
  const modulusStart = exponentStart + exponentLength
  const modulus = toBigInt(readPadded(input, modulusStart, modulusLength))
  if (modulus <= 1n) return new Uint8Array(modulusLength)
  const base = toBigInt(readPadded(input, HEAD_BYTES, baseLength))
  const exponent = readPadded(input, exponentStart, exponentLength)
  return fromBigInt(modularPower(base, exponent, modulus), modulusLength)
}

function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a
  return b
}
