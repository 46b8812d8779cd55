import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { StateBase } from '../../execution/index.ts'
import { keccak256 } from '../../kernels/index.ts'
import { decodeStateDiff, encodeStateDiff } from '../../protocol/index.ts'
import { SimulatedState } from './SimulatedState.ts'

const A = new Uint8Array(20).fill(1)
const B = new Uint8Array(20).fill(2)
const word = (n: number): Uint8Array => new Uint8Array(32).with(31, n)
const CODE_HASH = word(9)

/** A has slot 1 = 1 and slot 2 = 2. */
const below: StateBase = {
  account: (address) => (address[0] === 1 ? { nonce: 1n, balance: 5n, codeHash: CODE_HASH } : undefined),
  slot: (address, key) => (address[0] === 1 && key[31]! <= 2 ? word(key[31]!) : word(0)),
  code: () => Uint8Array.of(0xfe),
}

it('shows what lies below, under what was changed', () => {
  const state = new SimulatedState(below)
  state.override({ address: A, balance: 7n, stateDiff: [{ key: word(1), value: word(8) }] })
  assert.deepEqual(state.account(A), { nonce: 1n, balance: 7n, codeHash: CODE_HASH })
  assert.deepEqual([state.slot(A, word(1)), state.slot(A, word(2))], [word(8), word(2)])
  assert.equal(state.account(B), undefined)
  const code = Uint8Array.of(1, 2, 3)
  state.override({ address: B, code })
  assert.deepEqual(state.account(B), { nonce: 0n, balance: 0n, codeHash: keccak256(code) })
  assert.deepEqual(state.code(keccak256(code)), code)
  assert.deepEqual(state.code(CODE_HASH), Uint8Array.of(0xfe))
})

it('replaces the whole storage: the account goes and comes back in its diffs', () => {
  const state = new SimulatedState(below)
  state.override({ address: A, stateDiff: [{ key: word(3), value: word(3) }] })
  state.takeDiffs()
  state.override({ address: A, state: [{ key: word(2), value: word(4) }] })
  assert.deepEqual(
    [1, 2, 3].map((key) => state.slot(A, word(key))[31]),
    [0, 4, 0],
  )
  const diffs = state.takeDiffs().map((diff) => {
    const decoded = decodeStateDiff(diff)
    assert.ok(decoded.ok)
    return decoded.diff
  })
  assert.deepEqual(
    diffs.map(({ accounts, slots }) => [accounts[0]!.deleted, accounts[0]!.balance, slots.length]),
    [
      [true, 0n, 0],
      [false, 5n, 1],
    ],
  )
  assert.deepEqual(state.takeDiffs(), [])
})

it('applies diffs of an engine, deleted accounts included', () => {
  const state = new SimulatedState(below)
  const gone = { nonce: 0n, balance: 0n, codeHash: word(0) }
  const diff = encodeStateDiff({ accounts: [{ address: A, deleted: true, ...gone }], slots: [], codes: [] })
  state.apply(diff)
  assert.equal(state.account(A), undefined)
  assert.deepEqual(state.slot(A, word(1)), word(0))
  assert.deepEqual(state.takeDiffs(), [diff])
})

it('makes no diff of overrides that change nothing', () => {
  const state = new SimulatedState(below)
  state.override({ address: A })
  assert.deepEqual(state.takeDiffs(), [])
})
