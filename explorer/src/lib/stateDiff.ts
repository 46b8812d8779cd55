import type { RpcPrestate, RpcStateDiff } from '../rpc/index.ts'
import { type Hex, ZERO_HASH } from './hex.ts'

/** Something that a transaction has changed; undefined: it wasn't there, or is no more. */
export type Change<T> = { before: T | undefined; after: T | undefined }

export type AccountChange = {
  address: Hex
  balance: Change<bigint> | undefined
  nonce: Change<number> | undefined
  code: Change<Hex> | undefined
  slots: readonly { key: Hex; before: Hex; after: Hex }[]
  fate: 'made' | 'deleted' | 'changed'
}

/**
 * Sets `prestateTracer`'s two halves beside each other. `post` has only what is different after: a value that is in
 * `pre` alone is unchanged in an account that still stands, and gone in one that `post` lacks; a slot that is in `pre`
 * alone is empty now. Accounts that were only touched are left out.
 */
export function accountChanges({ pre, post }: RpcStateDiff): AccountChange[] {
  const addresses = [...new Set([...Object.keys(pre), ...Object.keys(post)])].sort() as Hex[]
  return addresses
    .map((address) => accountChange(address, pre[address], post[address]))
    .filter(({ balance, nonce, code, slots }) => balance ?? nonce ?? code ?? slots[0])
}

function accountChange(
  address: Hex,
  before: RpcPrestate | undefined,
  after: RpcPrestate | undefined,
): AccountChange {
  const fate = before === undefined ? 'made' : after === undefined ? 'deleted' : 'changed'
  const change = <T>(of: (account: RpcPrestate) => T | undefined): Change<T> | undefined => {
    const next = after && of(after)
    if (fate === 'changed' && next === undefined) return undefined
    const old = before && of(before)
    return old === next ? undefined : { before: old, after: next }
  }
  return {
    ...{ address, fate },
    balance: change(({ balance }) => (balance === undefined ? undefined : BigInt(balance))),
    nonce: change(({ nonce }) => nonce),
    code: change(({ code }) => code),
    slots: slotChanges(before?.storage ?? {}, after?.storage ?? {}),
  }
}

function slotChanges(before: Record<string, Hex>, after: Record<string, Hex>): AccountChange['slots'] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort() as Hex[]
  return keys.map((key) => ({ key, before: before[key] ?? ZERO_HASH, after: after[key] ?? ZERO_HASH }))
}
