import { keccak256 } from '../../src/kernels/index.ts'
import { encodeStateDiff, type GenesisAccount, type StateDiff } from '../../src/protocol/index.ts'

/** The genesis accounts as an encoded StateDiff on the empty state, so that every follower starts with a diff. */
export function genesisDiff(accounts: GenesisAccount[]): Uint8Array {
  const diff: StateDiff = { accounts: [], slots: [], codes: [] }
  for (const { address, nonce, balance, code, storage } of accounts) {
    const codeHash = keccak256(code)
    diff.accounts.push({ address, deleted: false, nonce, balance, codeHash })
    for (const { key, value } of storage) diff.slots.push({ address, key, value })
    if (code.length > 0 && !diff.codes.some(({ hash }) => Buffer.compare(hash, codeHash) === 0)) {
      diff.codes.push({ hash: codeHash, code })
    }
  }
  return encodeStateDiff(diff)
}
