import { blake2bCompress } from '../../kernels/index.ts'
import type { Precompile } from './Precompile.ts'

const INPUT_BYTES = 213

/**
 * BLAKE2F (0x09): the compression function of BLAKE2b with a chosen number of rounds, one gas each.
 *
 * Input: rounds 4 (big-endian) · h 64 · m 128 · t 16 (little-endian words) · final block flag 1. Source: EIP-152.
 */
export const blake2f: Precompile = {
  name: 'BLAKE2F',
  gas: (input) => (input.length === INPUT_BYTES ? BigInt(readRounds(input)) : 0n),
  run(input) {
    const flag = input[212]
    if (input.length !== INPUT_BYTES || flag === undefined || flag > 1) return undefined
    const state = input.slice(4, 68)
    const counter = input.subarray(196, 212)
    blake2bCompress(state, input.subarray(68, 196), counter, {
      isFinal: flag === 1,
      rounds: readRounds(input),
    })
    return state
  },
}

function readRounds(input: Uint8Array): number {
  return input[0]! * 0x1000000 + input[1]! * 0x10000 + input[2]! * 0x100 + input[3]!
}
