import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  ChecksumError,
  geometricMean,
  measure,
  median,
  percentile,
  percentileOf,
  runBench,
} from './harness.ts'

describe('measure', () => {
  it('runs the warm-ups and the repeats, each on fresh input', async () => {
    let prepared = 0
    const timing = await measure({
      repeats: 3,
      warmUps: 2,
      prepare: () => ++prepared,
      work: () => 'same',
    })
    assert.equal(prepared, 5)
    assert.equal(timing.checksum, 'same')
  })

  it('refuses repeats that did different work', async () => {
    let round = 0
    const different = measure({ repeats: 2, prepare: () => ++round, work: (input) => String(input) })
    await assert.rejects(different, ChecksumError)
  })
})

describe('percentile', () => {
  it('takes the nearest rank', () => {
    assert.equal(percentile([1, 2, 3, 4], 50), 2)
    assert.equal(percentile([1, 2, 3, 4], 99), 4)
    assert.equal(percentile([7], 0), 7)
  })
})

describe('median and percentileOf', () => {
  it('take numbers in any order, and leave them so', () => {
    const values = [10, 9, 1, 2]
    assert.equal(median(values), 2)
    assert.equal(percentileOf(values, 25), 1)
    assert.equal(percentileOf(values, 75), 9)
    assert.deepEqual(values, [10, 9, 1, 2])
    assert.ok(Number.isNaN(median([])))
  })
})

describe('geometricMean', () => {
  it('multiplies', () => {
    assert.ok(Math.abs(geometricMean([1, 4, 16]) - 4) < 1e-12)
  })
})

describe('runBench', () => {
  it('refuses an option that neither the harness nor the benchmark knows', async () => {
    const bench = { name: 'none', summary: '', options: {}, run() {} }
    await assert.rejects(runBench(bench, ['--nonsense']), { code: 'ERR_PARSE_ARGS_UNKNOWN_OPTION' })
    await assert.rejects(runBench(bench, ['--repeats', '0']), RangeError)
  })
})
