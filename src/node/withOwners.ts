import type { StateBase } from '../execution/index.ts'
import { bytesToHex, concatBytes, fromBigInt } from '../lib/index.ts'
import { DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES, joinStateDiff, splitStateDiff } from '../protocol/index.ts'

/**
 * A diff of a forked chain as its trie takes it, which has only what has changed since the fork: with the accounts of which it
 * sets slots and which the trie has not got yet, as they are in the base.
 *
 * @param has - whether the trie has an account.
 */
export function withOwners(
  diff: Uint8Array,
  { has, base }: { has: (address: Uint8Array) => boolean; base: Pick<StateBase, 'account'> },
): Uint8Array {
  const { accounts, slots, codes } = splitStateDiff(diff)
  const known = new Set<string>()
  for (let at = 0; at < accounts.length; at += DIFF_ACCOUNT_BYTES)
    known.add(bytesToHex(accounts.subarray(at, at + 20)))
  const owners: Uint8Array[] = []
  for (let at = 0; at < slots.length; at += DIFF_SLOT_BYTES) {
    const address = slots.subarray(at, at + 20)
    const name = bytesToHex(address)
    if (known.has(name)) continue
    known.add(name)
    const owner = has(address) ? undefined : base.account(address)
    if (owner !== undefined) owners.push(changeOf(address, owner))
  }
  return owners.length === 0
    ? diff
    : joinStateDiff({ accounts: concatBytes(...owners, accounts), slots, codes })
}

function changeOf(
  address: Uint8Array,
  { nonce, balance, codeHash }: NonNullable<ReturnType<StateBase['account']>>,
): Uint8Array {
  return concatBytes(address, Uint8Array.of(0), fromBigInt(nonce, 8), fromBigInt(balance, 32), codeHash)
}
