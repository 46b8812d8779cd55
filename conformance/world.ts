/** The state before a test: into an engine and into a trie. */
import type { Engine } from '../src/execution/index.ts'
import { keccak256 } from '../src/kernels/index.ts'
import { bytesToHex, hexToBytes } from '../src/lib/index.ts'
import { encodeStateDiff, type StateDiff } from '../src/protocol/index.ts'
import { StateTrie } from '../src/trie/index.ts'
import { wordOf } from './environment.ts'

/** Accounts by address, as the test files write them. */
export type Allocation = Record<
  string,
  { nonce: string; balance: string; code: string; storage: Record<string, string> }
>

export type World = {
  accounts: WorldAccount[]
  trie: StateTrie
}

type WorldAccount = {
  address: Uint8Array
  nonce: bigint
  balance: bigint
  code: Uint8Array
  slots: { key: Uint8Array; value: Uint8Array }[]
}

/** Reads an allocation. Slots of value zero are left out; accounts without anything are kept. */
export function worldOf(allocation: Allocation): World {
  const accounts = Object.entries(allocation).map(([address, account]) => ({
    address: hexToBytes(address),
    nonce: BigInt(account.nonce),
    balance: BigInt(account.balance),
    code: hexToBytes(account.code),
    slots: Object.entries(account.storage)
      .filter(([, value]) => value !== '0x' && BigInt(value) !== 0n)
      .map(([key, value]) => ({ key: wordOf(key, 32), value: wordOf(value, 32) })),
  }))
  return { accounts, trie: StateTrie.empty().apply(encodeStateDiff(diffOf(accounts))) }
}

/** Fills an empty engine. */
export function load({ accounts }: World, engine: Engine): void {
  for (const { address, nonce, balance, code, slots } of accounts) {
    engine.setAccount(address, { nonce, balance, code })
    for (const { key, value } of slots) engine.setStorage(address, key, value)
  }
}

/** The first difference between a state and the one expected, in words; undefined when they agree on every account listed. */
export function firstDifference(
  trie: StateTrie,
  expected: Allocation,
  others: Iterable<string>,
): string | undefined {
  for (const { address, nonce, balance, code, slots } of worldOf(expected).accounts) {
    const account = trie.account(address)
    const name = bytesToHex(address)
    if (account === undefined) return `${name} is missing`
    if (account.nonce !== nonce) return `nonce of ${name}: expected ${nonce}, received ${account.nonce}`
    if (account.balance !== balance)
      return `balance of ${name}: expected ${balance}, received ${account.balance}`
    const codeHash = bytesToHex(keccak256(code))
    if (bytesToHex(account.codeHash) !== codeHash) return `code of ${name} differs`
    for (const { key, value } of slots) {
      const received = bytesToHex(trie.storage(address, key))
      if (received !== bytesToHex(value))
        return `slot ${bytesToHex(key)} of ${name}: expected ${bytesToHex(value)}, received ${received}`
    }
  }
  for (const address of others) {
    if (!(address in expected) && trie.account(hexToBytes(address)) !== undefined)
      return `${address} should not exist`
  }
  return undefined
}

function diffOf(accounts: WorldAccount[]): StateDiff {
  const withCode = accounts.filter(({ code }) => code.length > 0)
  return {
    accounts: accounts.map(({ address, nonce, balance, code }) => ({
      address,
      deleted: false,
      nonce,
      balance,
      codeHash: keccak256(code),
    })),
    slots: accounts.flatMap(({ address, slots }) => slots.map((slot) => ({ address, ...slot }))),
    codes: withCode.map(({ code }) => ({ hash: keccak256(code), code })),
  }
}
