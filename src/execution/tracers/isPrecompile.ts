import { precompileAt } from '../../evm/index.ts'
import { toBigInt } from '../../lib/index.ts'
import type { Fork } from '../../protocol/index.ts'

/** Whether a fork has a precompile at the address. */
export function isPrecompile(address: Uint8Array, fork: Fork): boolean {
  const number = toBigInt(address)
  return number <= 0xffffn && precompileAt(Number(number), fork) !== undefined
}
