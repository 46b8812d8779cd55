import { bytesToHex, hexToBytes } from '../../lib/index.ts'
import {
  ACCOUNT_DELETED,
  DIFF_ACCOUNT_BYTES,
  DIFF_SLOT_BYTES,
  joinStateDiff,
  splitStateDiff,
} from '../../protocol/index.ts'
import { DevError } from '../../rpc/index.ts'
import { listSnapshots } from '../../state/index.ts'
import { readState } from '../readState.ts'
import { loadSnapshot } from '../startPoint.ts'
import { checkDiffSize, type RestorableState } from './restoringDiff.ts'

/** Accounts and slots of the state that is given up, at most. */
const ENTRY_LIMIT = 1_000_000

/**
 * The encoded StateDiff that leads from the newest state to that of the genesis, of the files: where the reverse diffs do not
 * reach back so far.
 *
 * @throws DevError when the genesis state is not there any more, or too much has changed.
 */
export async function genesisDiff(
  folder: { snapshots: string; log: string },
  { sealedPlace, unsealed, genesisNumber }: RestorableState,
): Promise<Uint8Array> {
  const oldest = listSnapshots(folder.snapshots).at(-1)
  if (oldest === undefined || oldest.branch > 0n || oldest.blockNumber !== genesisNumber)
    throw new DevError('the state of the genesis block is no longer kept')
  const now = new Keys()
  await readState(folder, sealedPlace, (diff) => now.add(splitStateDiff(diff)))
  for (const { undo } of unsealed) if (undo !== undefined) now.add(undo.entries)
  const genesis = new Keys()
  const parts: ReturnType<typeof splitStateDiff>[] = []
  loadSnapshot(oldest.path, (diff) => {
    parts.push(splitStateDiff(diff.slice()))
    genesis.add(parts.at(-1)!)
  })
  const diff = joinStateDiff({
    accounts: Buffer.concat([...now.deletedIn(genesis), ...parts.map(({ accounts }) => accounts)]),
    slots: Buffer.concat([...now.clearedIn(genesis), ...parts.map(({ slots }) => slots)]),
    codes: parts.flatMap(({ codes }) => codes),
  })
  checkDiffSize(diff, genesisNumber)
  return diff
}

/** Which accounts and slots a state has. */
class Keys {
  readonly accounts = new Set<string>()
  /** Address, then key. */
  readonly slots = new Set<string>()

  add({ accounts, slots }: { accounts: Uint8Array; slots: Uint8Array }): void {
    for (let at = 0; at < accounts.length; at += DIFF_ACCOUNT_BYTES)
      this.accounts.add(bytesToHex(accounts.subarray(at, at + 20)))
    for (let at = 0; at < slots.length; at += DIFF_SLOT_BYTES)
      this.slots.add(bytesToHex(slots.subarray(at, at + 52)))
    if (this.accounts.size + this.slots.size > ENTRY_LIMIT)
      throw new DevError(`the state is too large to be reset (limit ${ENTRY_LIMIT} entries)`)
  }

  /** Entries that delete the accounts that another state doesn't have. */
  *deletedIn({ accounts }: Keys): Generator<Uint8Array, void> {
    for (const address of this.accounts) {
      if (accounts.has(address)) continue
      const entry = new Uint8Array(DIFF_ACCOUNT_BYTES)
      entry.set(hexToBytes(address))
      entry[20] = ACCOUNT_DELETED
      yield entry
    }
  }

  /** Entries that clear the slots that another state doesn't have, of accounts that it has. */
  *clearedIn({ accounts, slots }: Keys): Generator<Uint8Array, void> {
    for (const slot of this.slots) {
      if (slots.has(slot) || !accounts.has(slot.slice(0, 42))) continue
      const entry = new Uint8Array(DIFF_SLOT_BYTES)
      entry.set(hexToBytes(slot))
      yield entry
    }
  }
}
