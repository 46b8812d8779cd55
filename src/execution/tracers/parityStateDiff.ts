import { bytesToHex, equalBytes, hexToBytes, quantity } from '../../lib/index.ts'
import type { TouchedAccount } from './PrestateTracer.ts'
import type { StateProbe } from './StateProbe.ts'

/** How a value changed, in Parity's form: not, from one to another, came, or went. */
type Change = '=' | { '*': { from: string; to: string } } | { '+': string } | { '-': string }

/** What has become of the accounts that were touched: those that are not as before, by address. */
export function parityStateDiff(
  touched: ReadonlyMap<string, TouchedAccount>,
  state: StateProbe,
): Record<string, object> {
  const diff: Record<string, object> = {}
  for (const [name, before] of [...touched].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const change = changeOf(hexToBytes(name), before, state)
    if (change !== undefined) diff[name] = change
  }
  return diff
}

function changeOf(address: Uint8Array, before: TouchedAccount, state: StateProbe): object | undefined {
  const { exists, nonce, balance } = state.account(address)
  const code = state.code(address)
  const isThere = exists && (nonce > 0n || balance > 0n || code.length > 0)
  if (!isThere && before.isEmpty) return undefined
  const kind = before.isEmpty ? 'born' : isThere ? 'changed' : 'gone'
  const storage: Record<string, Change> = {}
  let isSame = kind === 'changed'
  for (const [key, value] of [...before.storage].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const now = state.storage(address, hexToBytes(key))
    if (equalBytes(now, value)) continue
    storage[key] = change(kind, bytesToHex(value), bytesToHex(now))
    isSame = false
  }
  const parts = {
    balance: change(kind, quantity(before.balance ?? 0n), quantity(balance)),
    code: change(kind, bytesToHex(before.code ?? new Uint8Array(0)), bytesToHex(code)),
    nonce: change(kind, quantity(before.nonce), quantity(nonce)),
  }
  isSame &&= Object.values(parts).every((part) => part === '=')
  return isSame ? undefined : { ...parts, storage }
}

function change(kind: 'born' | 'changed' | 'gone', from: string, to: string): Change {
  if (kind === 'born') return { '+': to }
  if (kind === 'gone') return { '-': from }
  return from === to ? '=' : { '*': { from, to } }
}
