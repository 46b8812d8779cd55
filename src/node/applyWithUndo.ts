import type { Engine } from '../execution/index.ts'
import { equalBytes } from '../lib/index.ts'
import {
  DIFF_ACCOUNT_BYTES,
  EMPTY_CODE_HASH,
  type StateDiffSections,
  splitStateDiff,
} from '../protocol/index.ts'

/** Where an account's code hash stands in its entry of an encoded StateDiff. */
const CODE_HASH_AT = 61

/**
 * Applies an encoded StateDiff to an engine, and gives the sections of the one that takes it back: the values before, and
 * the codes that have left an account. What an earlier diff of the same block has changed may be left out.
 *
 * @param group - u32, the same for the diffs of a block, and another for those of the next.
 */
export function applyWithUndo(engine: Engine, diff: Uint8Array, group: number): StateDiffSections {
  const undo = splitStateDiff(engine.applyDiffWithUndo(diff, group))
  const { accounts, codes } = undo
  for (let at = 0; at < accounts.length; at += DIFF_ACCOUNT_BYTES) {
    const hash = accounts.subarray(at + CODE_HASH_AT, at + DIFF_ACCOUNT_BYTES)
    // Nearly all accounts that change have no code.
    if (equalBytes(hash, EMPTY_CODE_HASH)) continue
    const now = engine.getAccount(accounts.subarray(at, at + 20))
    const code = now !== undefined && equalBytes(now.codeHash, hash) ? undefined : engine.getCodeByHash(hash)
    if (code !== undefined) codes.push({ hash: hash.slice(), code })
  }
  return undo
}
