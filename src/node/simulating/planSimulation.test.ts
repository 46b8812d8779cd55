import assert from 'node:assert/strict'
import { it } from 'node:test'
import { planBlocks } from './planSimulation.ts'
import { SimulationError } from './SimulationError.ts'

const base = { number: 10n, timestamp: 1000n }
const block = (blockOverrides: { number?: bigint; time?: bigint } = {}) => ({
  ...{ blockOverrides, stateOverrides: [], calls: [] },
})
const placesOf = (blocks: ReturnType<typeof block>[]) =>
  planBlocks(blocks, base).map(({ number, timestamp }) => [number, timestamp])
const codeOf = (blocks: ReturnType<typeof block>[]): number => {
  try {
    planBlocks(blocks, base)
  } catch (error) {
    assert.ok(error instanceof SimulationError)
    return error.code
  }
  return 0
}

it('numbers and dates blocks one after another, and fills gaps', () => {
  assert.deepEqual(placesOf([block(), block({ time: 1100n }), block({ number: 14n })]), [
    [11n, 1012n],
    [12n, 1100n],
    [13n, 1112n],
    [14n, 1124n],
  ])
})

it('refuses numbers and times that do not rise, and too many blocks', () => {
  assert.equal(codeOf([block({ number: 10n })]), -38020)
  assert.equal(codeOf([block({ time: 1000n })]), -38021)
  // The empty block between is dated first.
  assert.equal(codeOf([block({ number: 12n, time: 1012n })]), -38021)
  assert.equal(codeOf([block({ number: 267n })]), -38026)
  assert.equal(codeOf([block({ number: 266n })]), 0)
})
