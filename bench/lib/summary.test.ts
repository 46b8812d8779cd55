import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { classOf, recordedRatios, summarise, verdict } from './summary.ts'

describe('classOf', () => {
  it('takes tokens, swaps, keccak and storage for work of the host, everything else for computing', () => {
    const host = [
      'sol_erc20_calls',
      'sol_swap_v2_calls',
      'sol_keccak32',
      'sol_sload_warm',
      'sol_sstore_fresh',
    ]
    const compute = [
      'sol_fib',
      'sol_counter',
      'main_sha1_shifts_empty',
      'micro_jump_around',
      'asm_loop_1m',
      'new',
    ]
    for (const name of host) assert.equal(classOf(name), 'host', name)
    for (const name of compute) assert.equal(classOf(name), 'compute', name)
  })
})

describe('recordedRatios', () => {
  const rows = [
    { name: 'both', ms: 3, record: { gas_used: 1, evmone_baseline_ms: 2, revm_ms: 6 } },
    { name: 'one', ms: 4, record: { gas_used: 1, revm_ms: 1 } },
    { name: 'no record', ms: 4 },
    { name: 'no gas', ms: 4, record: { gas_used: 0, evmone_baseline_ms: 0, revm_ms: 0.1 } },
    { name: 'too short for a record', ms: 4, record: { gas_used: 3, evmone_baseline_ms: 0, revm_ms: 2 } },
  ]

  it('leave out what was not recorded and what executes nothing', () => {
    assert.deepEqual(recordedRatios(rows, 'evmone'), [{ name: 'both', value: 1.5 }])
    assert.deepEqual(recordedRatios(rows, 'revm'), [
      { name: 'both', value: 0.5 },
      { name: 'one', value: 4 },
      { name: 'too short for a record', value: 2 },
    ])
  })

  it('take a call of nothing off, but no more than half', () => {
    assert.deepEqual(recordedRatios(rows, 'evmone', 1), [{ name: 'both', value: 1 }])
    assert.deepEqual(recordedRatios(rows, 'evmone', 10), [{ name: 'both', value: 0.75 }])
  })
})

describe('summarise', () => {
  it('gives the geometric mean and the outermost', () => {
    const middle = { name: 'b', value: 1 }
    const [smallest, largest] = [
      { name: 'a', value: 0.25 },
      { name: 'c', value: 4 },
    ]
    assert.deepEqual(summarise([middle, largest, smallest]), { count: 3, mean: 1, smallest, largest })
  })

  it('gives nothing of nothing', () => {
    assert.equal(summarise([]), undefined)
  })
})

describe('verdict', () => {
  const summary = summarise([
    { name: 'a', value: 0.25 },
    { name: 'b', value: 1 },
  ])!

  it('holds the mean to its target', () => {
    assert.equal(verdict(summary, { class: 'compute', peer: 'revm', mean: 0.5 }), 'mean at most 0.5: met')
    assert.equal(verdict(summary, { class: 'compute', peer: 'revm', mean: 0.4 }), 'mean at most 0.4: missed')
  })

  it('holds the slowest to its own', () => {
    const target = { class: 'host', peer: 'revm', mean: 0.5 } as const
    assert.match(verdict(summary, { ...target, each: 1 }), /, each at most 1: met$/)
    assert.match(verdict(summary, { ...target, each: 0.9 }), /, each at most 0.9: missed$/)
  })
})
