import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Engine } from '../../src/execution/index.ts'
import { asm, initCode, TablePair, TestChain } from '../../src/execution/testing/index.ts'
import { keccak256 } from '../../src/kernels/index.ts'
import { bytesToHex, concatBytes, fromBigInt, hexToBytes, Prng } from '../../src/lib/index.ts'
import { encodeStateDiff, type StateDiff } from '../../src/protocol/index.ts'
import { CompactStateTrie, StateTrie } from '../../src/trie/index.ts'

const leader = new Engine({ memoryMiB: 256 })
const follower = new Engine({ memoryMiB: 256 })

/** The model as one diff on the empty state. */
function rootOf(pair: TablePair): string {
  const diff: StateDiff = { accounts: [], slots: [], codes: [] }
  for (const [hex, { nonce, balance, code, slots }] of pair.model) {
    const address = hexToBytes(hex)
    diff.accounts.push({ address, deleted: false, nonce, balance, codeHash: keccak256(hexToBytes(code)) })
    for (const [key, value] of slots) {
      diff.slots.push({ address, key: hexToBytes(key), value: fromBigInt(value, 32) })
    }
  }
  return bytesToHex(StateTrie.empty().apply(encodeStateDiff(diff)).root())
}

describe('the state root', () => {
  it('that diffs lead to is that of the whole state', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Prng(seed)
        const pair = new TablePair(leader, follower)
        let trie = StateTrie.empty()
        const compact = new CompactStateTrie({ memoryMiB: 32 })
        for (let diff = 0; diff < 8; diff++) {
          for (let i = random.nextInt(40); i >= 0; i--) {
            const address = bytesToHex(keccak256(Uint8Array.of(random.nextInt(12))).subarray(12))
            const key = bytesToHex(fromBigInt(BigInt(random.nextInt(5)), 32))
            const choice = random.nextInt(6)
            if (choice === 0) pair.put(address, { nonce: BigInt(random.nextInt(2)), balance: 0n, code: '0x' })
            else if (choice === 1) pair.put(address, { nonce: 1n, balance: 9n, code: '0x5f5ff3' })
            else if (choice === 2) pair.credit(address, BigInt(random.nextInt(2)))
            else pair.store(address, key, BigInt(random.nextInt(3)))
          }
          if (random.nextInt(4) === 0) pair.rollBack()
          const expected = rootOf(pair)
          const shipped = pair.ship()
          trie = trie.apply(shipped)
          compact.apply(shipped)
          assert.equal(bytesToHex(trie.root()), expected)
          assert.equal(bytesToHex(compact.root()), expected)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('that transactions lead to is the same wherever the diffs are cut', () => {
    const roots = [1, 3, 100].map((every) => {
      const chain = new TestChain({}, leader)
      // An engine that has been written to outside of diffs is the start of its own trie.
      let trie = StateTrie.empty()
      follower.reset()
      const start = chain.engine.getAccount(new Uint8Array(20).fill(0x5e))!
      const genesis = encodeStateDiff({
        accounts: [{ address: new Uint8Array(20).fill(0x5e), deleted: false, ...start }],
        slots: [],
        codes: [],
      })
      trie = trie.apply(genesis)
      follower.applyDiff(genesis)
      const ship = () => {
        const diff = chain.engine.takeDiff()
        follower.applyDiff(diff)
        trie = trie.apply(diff)
      }
      for (let i = 0; i < 30; i++) {
        const value = BigInt(i % 4)
        const stores = asm`PUSH ${i} PUSH ${i % 5} SSTORE PUSH ${value} PUSH 7 SSTORE`
        const dies = concatBytes(stores, asm`CALLER SELFDESTRUCT`)
        const lives = concatBytes(stores, asm`PUSH 3 PUSH0 RETURN`)
        const deploys = initCode(asm`PUSH ${i} PUSH0 SSTORE`)
        chain.run({ to: undefined, data: [deploys, lives, dies][i % 3]!, value })
        if (i % every === 0) ship()
      }
      ship()
      const accounts = [leader.kernel.exports.accountCount(), leader.kernel.exports.slotCount()]
      assert.deepEqual(
        [follower.kernel.exports.accountCount(), follower.kernel.exports.slotCount()],
        accounts,
      )
      return bytesToHex(trie.root())
    })
    assert.deepEqual(new Set(roots).size, 1, roots.join(' '))
  })
})
