import { OLD_ACCOUNT_BYTES, readOldAccount } from './AccountOverlay.ts'
import type { ExpectedAccount } from './accountForms.ts'
import type { OldState } from './OldState.ts'
import { viewOf } from './words256.ts'

/** What is expected of an account that no prediction names: that it stays as it was. */
export function oldAccount(oldState: OldState, address: Uint8Array): ExpectedAccount {
  const old = new Uint8Array(OLD_ACCOUNT_BYTES)
  const view = viewOf(old)
  readOldAccount(oldState, viewOf(address), 0, view, 0)
  return {
    nonce: view.getUint32(0) * 2 ** 32 + view.getUint32(4),
    balance: old,
    balanceAt: 8,
    codeHash: old.subarray(40),
  }
}
