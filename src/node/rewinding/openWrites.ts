import { bytesToHex } from '../../lib/index.ts'
import {
  BEACON_ROOTS_CONTRACT,
  type CodeChange,
  DIFF_ACCOUNT_BYTES,
  DIFF_SLOT_BYTES,
  encodeStateDiff,
  HISTORY_CONTRACT,
  type StateDiff,
} from '../../protocol/index.ts'
import type { RestorableState } from './restoringDiff.ts'

/** Written by the protocol itself whenever a block is opened. */
const SYSTEM_CONTRACTS = new Set(
  [BEACON_ROOTS_CONTRACT, HISTORY_CONTRACT].map(({ address }) => bytesToHex(address)),
)

/**
 * What a developer has written into the open block, which has no transactions, as an encoded StateDiff: the values as they
 * are now. Undefined: nothing.
 */
export function openWrites(state: RestorableState): Uint8Array | undefined {
  const diff: StateDiff = { accounts: [], slots: [], codes: [] }
  for (const { undo } of state.unsealed) {
    if (undo === undefined) continue
    const { accounts, slots } = undo.entries
    for (let at = 0; at < accounts.length; at += DIFF_ACCOUNT_BYTES)
      addAccount(diff, accounts.slice(at, at + 20), state)
    for (let at = 0; at < slots.length; at += DIFF_SLOT_BYTES) {
      const address = slots.slice(at, at + 20)
      const key = slots.slice(at + 20, at + 52)
      if (!SYSTEM_CONTRACTS.has(bytesToHex(address)))
        diff.slots.push({ address, key, value: state.slot(address, key) })
    }
  }
  return diff.accounts.length + diff.slots.length === 0 ? undefined : encodeStateDiff(diff)
}

function addAccount({ accounts, codes }: StateDiff, address: Uint8Array, state: RestorableState): void {
  const now = state.account(address)
  if (now === undefined) {
    accounts.push({ address, deleted: true, nonce: 0n, balance: 0n, codeHash: new Uint8Array(32) })
    return
  }
  const { nonce, balance, codeHash } = now
  accounts.push({ address, deleted: false, nonce, balance, codeHash })
  const code = state.codeByHash(codeHash)
  if (code !== undefined && code.length > 0) codes.push({ hash: codeHash, code } satisfies CodeChange)
}
