import { keccak256 } from '../kernels/index.ts'
import { bytesToHex } from '../lib/index.ts'

/** An address of 20 bytes in the mixed case that wallets check (EIP-55). */
export function checksumAddress(address: Uint8Array): `0x${string}` {
  const digits = bytesToHex(address).slice(2)
  const hash = bytesToHex(keccak256(new TextEncoder().encode(digits))).slice(2)
  const cased = Array.from(digits, (digit, i) => (hash[i]! >= '8' ? digit.toUpperCase() : digit))
  return `0x${cased.join('')}`
}
