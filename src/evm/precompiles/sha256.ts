import { hash } from 'node:crypto'
import { gasByWords, type Precompile } from './Precompile.ts'

const PRICES = { base: 60n, perWord: 12n }

/** SHA2-256 (0x02). Source: Yellow Paper appendix E.1. */
export const sha256: Precompile = {
  name: 'SHA256',
  gas: (input) => gasByWords(PRICES, input),
  run: (input) => hash('sha256', input, 'buffer'),
}
