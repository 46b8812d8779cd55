import type { StateBase } from '../../execution/index.ts'
import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex, compareBytes, equalBytes, hexToBytes, nextTurn } from '../../lib/index.ts'
import { joinStateDiff, ownStateDiff, type StateDiff } from '../../protocol/index.ts'

/** Accounts and slots that are compared in one turn. */
const ENTRIES_PER_TURN = 256

/**
 * Accounts that are there in a state and differ from what they were (go-ethereum, the difference of two tries), in the
 * order of their hashed addresses.
 *
 * @param before - entries of a StateDiff: what everything was that may differ.
 */
export async function modifiedAccounts(
  before: { accounts: Uint8Array; slots: Uint8Array },
  after: StateBase,
): Promise<Uint8Array[]> {
  const { accounts, slots } = ownStateDiff(joinStateDiff(before))
  const modified = new Set<string>()
  let count = 0
  for (const account of accounts) {
    if (!isSame(account, after.account(account.address))) modified.add(bytesToHex(account.address))
    if (++count % ENTRIES_PER_TURN === 0) await nextTurn()
  }
  for (const { address, key, value } of slots) {
    if (!equalBytes(after.slot(address, key), value)) modified.add(bytesToHex(address))
    if (++count % ENTRIES_PER_TURN === 0) await nextTurn()
  }
  return [...modified]
    .map(hexToBytes)
    .filter((address) => after.account(address) !== undefined)
    .map((address) => ({ address, hash: keccak256(address) }))
    .sort((a, b) => compareBytes(a.hash, b.hash))
    .map(({ address }) => address)
}

function isSame(
  { deleted, nonce, balance, codeHash }: StateDiff['accounts'][number],
  now: ReturnType<StateBase['account']>,
): boolean {
  if (deleted || now === undefined) return deleted && now === undefined
  return nonce === now.nonce && balance === now.balance && equalBytes(codeHash, now.codeHash)
}
