import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keccak256 } from '../kernels/index.ts'
import { type AccountWrite, decodeStateDiff, EMPTY_CODE_HASH } from '../protocol/index.ts'
import { diffOfWrites } from './commands.ts'

const RICH = new Uint8Array(20).fill(1)
const NOBODY = new Uint8Array(20).fill(2)
const KEEPER = new Uint8Array(20).fill(3)
const KEY = new Uint8Array(32).fill(4)
const ZERO = new Uint8Array(32)
const CODE = Uint8Array.of(0x60, 0x01)

/** One account has 100 wei, one only a slot. */
const STATE = {
  getAccount: (address: Uint8Array) =>
    address === NOBODY
      ? undefined
      : { nonce: 0n, balance: address === RICH ? 100n : 0n, codeHash: EMPTY_CODE_HASH },
  hasStorage: (address: Uint8Array) => address === KEEPER,
}

describe('diffOfWrites', () => {
  it('keeps what is left out', () => {
    const { accounts, codes } = diff({ address: RICH, nonce: 7n, code: CODE })
    const codeHash = keccak256(CODE)
    assert.deepEqual(accounts, [{ address: RICH, deleted: false, nonce: 7n, balance: 100n, codeHash }])
    assert.deepEqual(codes, [{ hash: codeHash, code: CODE }])
  })

  it('credits, and stops below 2^256', () => {
    assert.equal(diff({ address: RICH, credit: 5n }).accounts[0]!.balance, 105n)
    assert.equal(diff({ address: RICH, credit: 2n ** 256n - 1n }).accounts[0]!.balance, 2n ** 256n - 1n)
    assert.equal(diff({ address: RICH, balance: 1n, credit: 5n }).accounts[0]!.balance, 6n)
  })

  it('leaves no empty account behind, unless something is stored there', () => {
    assert.equal(diff({ address: RICH, balance: 0n }).accounts[0]!.deleted, true)
    assert.deepEqual(diff({ address: NOBODY, balance: 0n }).accounts, [])
    assert.deepEqual(diff({ address: NOBODY, slots: [{ key: KEY, value: ZERO }] }).accounts, [])
    assert.equal(diff({ address: NOBODY, slots: [{ key: KEY, value: KEY }] }).accounts[0]!.deleted, false)
    assert.equal(diff({ address: KEEPER, balance: 0n }).accounts[0]!.deleted, false)
  })
})

function diff(write: AccountWrite) {
  const result = decodeStateDiff(diffOfWrites(STATE, [write]))
  assert.ok(result.ok)
  // Plain arrays compare by their bytes.
  return structuredClone(result.diff)
}
