import { bytesToHex } from '../../lib/index.ts'
import { checksumAddress } from '../../protocol/index.ts'
import { hexData } from '../format.ts'
import type { ListedAccount, ListedAccounts } from '../ListingView.ts'

/** As of `debug_accountRange`. */
type DumpOptions = { stateRoot: Uint8Array; noCode: boolean; noStorage: boolean; incompletes: boolean }

/** Accounts of a state as go-ethereum dumps them (core/state, Dump). Without a known address only if `incompletes` says so. */
export function dumpJson({ accounts, next }: ListedAccounts, options: DumpOptions): object {
  const named = accounts
    .filter(({ address }) => address !== undefined || options.incompletes)
    .map((account): [string, object] => [nameOf(account), accountJson(account, options)])
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    root: digits(options.stateRoot),
    accounts: Object.fromEntries(named),
    ...(next === undefined ? {} : { next: hexData(next) }),
  }
}

function nameOf({ address, hash }: ListedAccount): string {
  return address === undefined ? `pre(${hexData(hash)})` : checksumAddress(address)
}

function accountJson(account: ListedAccount, { noCode, noStorage }: DumpOptions): object {
  const { address, hash, nonce, balance, storageRoot, codeHash, code, slots } = account
  const storage = slots
    .filter(({ key }) => key !== undefined)
    .map(({ key, value }): [string, string] => [hexData(key!), digits(value).replace(/^(?:00)+/, '')])
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    balance: balance.toString(),
    nonce: Number(nonce),
    root: hexData(storageRoot),
    codeHash: hexData(codeHash),
    ...(noCode || code.length === 0 ? {} : { code: hexData(code) }),
    ...(noStorage || storage.length === 0 ? {} : { storage: Object.fromEntries(storage) }),
    ...(address === undefined ? {} : { address: hexData(address) }),
    key: hexData(hash),
  }
}

/** Hexadecimal without 0x. */
function digits(bytes: Uint8Array): string {
  return bytesToHex(bytes).slice(2)
}
