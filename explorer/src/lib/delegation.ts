import type { Hex } from './hex.ts'

/** EIP-7702: `0xef0100` and the address whose code runs for the account; undefined: other code, or none. */
export function delegateOf(code: string): Hex | undefined {
  return code.length === 48 && code.startsWith('0xef0100') ? `0x${code.slice(8)}` : undefined
}
