import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BEACON_ROOTS_CONTRACT, encodeStateDiff, type StateDiff } from '../../protocol/index.ts'
import { splitWritten, WrittenDiffs } from './WrittenDiffs.ts'

const STRANGER = new Uint8Array(20).fill(0xaa)
const WORD = new Uint8Array(32).fill(1)

const diffOf = (parts: Partial<StateDiff>): Uint8Array =>
  encodeStateDiff({ accounts: [], slots: [], codes: [], ...parts })
const slotOf = (address: Uint8Array) => ({ address, key: WORD, value: WORD })

describe('WrittenDiffs', () => {
  it('keeps what a developer has written, not what the protocol writes into every block', () => {
    const written = new WrittenDiffs()
    const byDeveloper = diffOf({ slots: [slotOf(BEACON_ROOTS_CONTRACT.address), slotOf(STRANGER)] })
    written.add(1n, { index: 0, diff: diffOf({ slots: [slotOf(BEACON_ROOTS_CONTRACT.address)] }) })
    for (const index of [0, 3, 3]) written.add(2n, { index, diff: byDeveloper })
    const kept = [0, 3, 3].map((index) => ({ index, diff: byDeveloper }))
    assert.deepEqual([written.of(1n), written.of(2n)], [[], kept])
    assert.deepEqual(splitWritten(kept), { before: [byDeveloper], between: kept.slice(1) })
  })

  it('forgets what was written into the oldest blocks, however small it is', () => {
    const written = new WrittenDiffs()
    const diff = { index: 0, diff: diffOf({ slots: [slotOf(STRANGER)] }) }
    const blocks = 150_000n
    for (let number = 1n; number <= blocks; number++) written.add(number, diff)
    assert.deepEqual([written.of(1n), written.of(blocks)], [[], [diff]])
  })

  it('forgets blocks that were given up', () => {
    const written = new WrittenDiffs()
    const diff = { index: 0, diff: diffOf({ slots: [slotOf(STRANGER)] }) }
    for (const number of [1n, 2n, 3n]) written.add(number, diff)
    written.removeAfter(2n)
    assert.deepEqual([written.of(2n), written.of(3n)], [[diff], []])
  })
})
