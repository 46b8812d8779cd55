import { EMPTY_BYTES } from '../../lib/index.ts'
import { addressOfPublicKey, recoverPublicKey } from '../../protocol/index.ts'
import { type Precompile, readPadded } from './Precompile.ts'

const GAS_ECRECOVER = 3000n

/**
 * ECRECOVER (0x01): the address that signed a hash; empty when there is none. High s is accepted.
 *
 * Input: hash 32 · v 32 (27 or 28) · r 32 · s 32. Source: Yellow Paper appendix E.1.
 */
export const ecrecover: Precompile = {
  name: 'ECRECOVER',
  gas: () => GAS_ECRECOVER,
  run(input) {
    const padded = readPadded(input, 0, 128)
    const v = padded[63]!
    if (v !== 27 && v !== 28) return EMPTY_BYTES
    for (let i = 32; i < 63; i++) if (padded[i] !== 0) return EMPTY_BYTES
    const publicKey = recoverPublicKey(padded.slice(0, 32), padded.slice(64, 128), v - 27)
    if (publicKey === undefined) return EMPTY_BYTES
    const word = new Uint8Array(32)
    word.set(addressOfPublicKey(publicKey), 12)
    return word
  },
}
