import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Histogram, histogramBytes } from './Histogram.ts'

it('a histogram counts values up to its bounds, them included, and beyond', () => {
  const histogram = new Histogram([1, 10])
  for (const value of [0, 1, 2, 10, 11, 100]) histogram.observe(value)
  assert.deepEqual(histogram.cumulativeCounts(), [2, 4, 6])
  assert.equal(histogram.sum, 124)
})

it('a histogram in shared memory is read by who has the memory', () => {
  const memory = new SharedArrayBuffer(histogramBytes([1]))
  new Histogram([1], memory).observe(0.5)
  const reader = new Histogram([1], memory)
  assert.deepEqual([reader.cumulativeCounts(), reader.sum], [[1, 1], 0.5])
})
