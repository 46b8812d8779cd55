import { ripemd160 as hash } from '@noble/hashes/legacy.js'
import { gasByWords, type Precompile } from './Precompile.ts'

const PRICES = { base: 600n, perWord: 120n }

/** RIPEMD-160 (0x03): the digest in the low 20 bytes of a word. Source: Yellow Paper appendix E.1. */
export const ripemd160: Precompile = {
  name: 'RIPEMD160',
  gas: (input) => gasByWords(PRICES, input),
  run(input) {
    const word = new Uint8Array(32)
    word.set(hash(input), 12)
    return word
  },
}
