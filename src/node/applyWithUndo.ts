import type { Engine } from '../execution/index.ts'
import { assert, equalBytes } from '../lib/index.ts'
import { type CodeChange, decodeStateDiff, encodeStateDiff, type StateDiff } from '../protocol/index.ts'

/** An encoded StateDiff that takes another back, and the codes that it needs: those that have left an account. */
export type Undo = { diff: Uint8Array; codes: CodeChange[] }

/** Applies an encoded StateDiff to an engine, and gives what takes it back. */
export function applyWithUndo(engine: Engine, diff: Uint8Array): Undo {
  const decoded = decodeStateDiff(diff)
  assert(decoded.ok, 'the log holds diffs that this program wrote')
  const undo: StateDiff = { accounts: [], slots: [], codes: [] }
  const codes: CodeChange[] = []
  for (const { address, codeHash } of decoded.diff.accounts) {
    const before = engine.getAccount(address)
    undo.accounts.push({ address, deleted: before === undefined, ...(before ?? NO_ACCOUNT) })
    if (before === undefined || equalBytes(before.codeHash, codeHash)) continue
    const code = engine.getCode(address)
    if (code.length > 0) codes.push({ hash: before.codeHash, code })
  }
  for (const { address, key } of decoded.diff.slots) {
    undo.slots.push({ address, key, value: engine.getStorage(address, key) })
  }
  engine.applyDiff(diff)
  return { diff: encodeStateDiff(undo), codes }
}

const NO_ACCOUNT = { nonce: 0n, balance: 0n, codeHash: new Uint8Array(32) }
