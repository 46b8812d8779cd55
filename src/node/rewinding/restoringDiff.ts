import { MAX_PAYLOAD_BYTES } from '../../feed/index.ts'
import type { AccountBefore, BlockHistory, ReverseDiff } from '../../history/index.ts'
import { assert, bytesToHex, equalBytes, hexToBytes, nextTurn } from '../../lib/index.ts'
import { DIFF_ACCOUNT_BYTES, EMPTY_CODE_HASH, joinStateDiff, type SealedPlace } from '../../protocol/index.ts'
import { DevError, type ViewBlock } from '../../rpc/index.ts'
import { withoutDeleted } from '../../trie/index.ts'

/** Blocks whose reverse diffs are read in one turn. */
const BLOCKS_PER_TURN = 64
/** Bytes of a rewind's diff and of the blocks that it takes over: the rest is for a header, hashes, numbers. */
export const REWIND_BYTES: number = MAX_PAYLOAD_BYTES - 64 * 1024
/** Where an account's code hash stands in its entry. */
const CODE_HASH_AT = 61

/** Where changes are taken back from: nothing may be executed meanwhile. */
export type RestorableState = {
  readonly history: BlockHistory
  /** Blocks that history doesn't have yet, oldest first. */
  readonly unsealed: readonly { undo: ReverseDiff | undefined }[]
  readonly sealedNumber: bigint
  readonly sealedPlace: SealedPlace
  readonly genesisNumber: bigint
  /** A sealed block, or the genesis. */
  blockByNumber(number: bigint): ViewBlock | undefined
  account(address: Uint8Array): Omit<AccountBefore, 'exists'> | undefined
  hasStorage(address: Uint8Array): boolean
  slot(address: Uint8Array, key: Uint8Array): Uint8Array
  codeByHash(hash: Uint8Array): Uint8Array | undefined
}

/**
 * The encoded StateDiff that leads from the newest state to that after a sealed block: of everything that later blocks
 * have changed, the oldest of the values before.
 *
 * @throws DevError when what they have changed is not kept, or too much.
 */
export async function restoringDiff(state: RestorableState, blockNumber: bigint): Promise<Uint8Array> {
  const { history, unsealed, sealedNumber } = state
  const before = history.newReverseDiff()
  for (let later = blockNumber + 1n; later <= sealedNumber; later++) {
    if (!history.hasChangesOf(later)) throw new StateNotKeptError(blockNumber)
    for (const part of history.changesOf(later)) before.add({ ...part, codes: [] })
    if (later % BigInt(BLOCKS_PER_TURN) === 0n) await nextTurn()
  }
  for (const { undo } of unsealed) {
    if (undo === undefined || undo.isTooLarge) throw new StateNotKeptError(blockNumber)
    before.add({ ...undo.entries, codes: [] })
  }
  const diff = joinStateDiff({
    accounts: before.entries.accounts,
    slots: withoutDeleted(before.entries),
    codes: codesOf(before.entries, state),
  })
  checkDiffSize(before.isTooLarge ? undefined : diff, blockNumber)
  return diff
}

/** @throws DevError when a diff does not fit in a record; undefined: it is too large to be made. */
export function checkDiffSize(diff: Uint8Array | undefined, blockNumber: bigint): void {
  if (diff === undefined || diff.length > REWIND_BYTES)
    throw new DevError(`too much has changed since block ${blockNumber} to take it back`)
}

/** Those that accounts have again, and have not now. */
function codesOf(
  { accounts }: ReverseDiff['entries'],
  { history, unsealed, account, codeByHash }: RestorableState,
): { hash: Uint8Array; code: Uint8Array }[] {
  const codes = new Map<string, Uint8Array>()
  for (let at = 0; at < accounts.length; at += DIFF_ACCOUNT_BYTES) {
    const hash = accounts.subarray(at + CODE_HASH_AT, at + DIFF_ACCOUNT_BYTES)
    const isDeleted = (accounts[at + 20]! & 1) !== 0
    if (isDeleted || equalBytes(hash, EMPTY_CODE_HASH)) continue
    const now = account(accounts.subarray(at, at + 20))
    if (now !== undefined && equalBytes(now.codeHash, hash)) continue
    const code = codeByHash(hash) ?? leftCode(unsealed, hash) ?? history.oldCode(hash)
    assert(code !== undefined, 'the code of an account whose values are kept is kept, too')
    codes.set(bytesToHex(hash), code)
  }
  return [...codes].map(([hash, code]) => ({ hash: hexToBytes(hash), code }))
}

function leftCode(unsealed: RestorableState['unsealed'], hash: Uint8Array): Uint8Array | undefined {
  for (const { undo } of unsealed) {
    const code = undo?.code(hash)
    if (code !== undefined) return code
  }
  return undefined
}

/** A block between has no reverse diff any more. */
export class StateNotKeptError extends DevError {
  constructor(blockNumber: bigint) {
    super(
      `the state of block ${blockNumber} is no longer kept: take a snapshot there, or start with --history`,
    )
  }
}
