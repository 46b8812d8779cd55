import type { Engine } from '../execution/index.ts'
import { assert, equalBytes } from '../lib/index.ts'
import { decodeStateDiff, encodeStateDiff, type StateDiff } from '../protocol/index.ts'

/**
 * Applies an encoded StateDiff to an engine, and gives the encoded StateDiff that takes it back: the values before, and
 * the codes that leave an account.
 */
export function applyWithUndo(engine: Engine, diff: Uint8Array): Uint8Array {
  const decoded = decodeStateDiff(diff)
  assert(decoded.ok, 'the log holds diffs that this program wrote')
  const undo: StateDiff = { accounts: [], slots: [], codes: [] }
  for (const { address, codeHash } of decoded.diff.accounts) {
    const before = engine.getAccount(address)
    undo.accounts.push({ address, deleted: before === undefined, ...(before ?? NO_ACCOUNT) })
    if (before === undefined || equalBytes(before.codeHash, codeHash)) continue
    const code = engine.getCode(address)
    if (code.length > 0) undo.codes.push({ hash: before.codeHash, code })
  }
  for (const { address, key } of decoded.diff.slots) {
    undo.slots.push({ address, key, value: engine.getStorage(address, key) })
  }
  engine.applyDiff(diff)
  return encodeStateDiff(undo)
}

const NO_ACCOUNT = { nonce: 0n, balance: 0n, codeHash: new Uint8Array(32) }
