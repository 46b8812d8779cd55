import { EMPTY_BYTES } from '../../lib/index.ts'
import { p256 } from './curves.ts'
import { booleanWord, type Precompile } from './Precompile.ts'

const GAS_P256VERIFY = 6900n
const INPUT_BYTES = 160

/**
 * P256VERIFY (0x100): 1 for a valid signature over secp256r1, else empty output. High s is accepted.
 *
 * Input: hash 32 · r 32 · s 32 · public key x 32 · y 32. Source: EIP-7951.
 */
export const p256Verify: Precompile = {
  name: 'P256VERIFY',
  gas: () => GAS_P256VERIFY,
  run: (input) => (input.length === INPUT_BYTES && p256().verify(input) ? booleanWord(true) : EMPTY_BYTES),
}
