import { gasByWords, type Precompile } from './Precompile.ts'

const PRICES = { base: 15n, perWord: 3n }

/** Identity (0x04): the input. Source: Yellow Paper appendix E.1. */
export const identity: Precompile = {
  name: 'ID',
  gas: (input) => gasByWords(PRICES, input),
  run: (input) => input,
}
