import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { anvilInstalled, needsNode } from '../test/lib/index.ts'
import { bench as evm } from './evm.ts'
import { runBench } from './harness.ts'
import { bench as latency } from './latency.ts'
import { bench as readers } from './readers.ts'
import { bench as rpc } from './rpc.ts'
import { bench as throughput } from './throughput.ts'

describe('the benchmarks of started nodes', needsNode, () => {
  it('measure latency in every way of sending', async () => {
    const figures = await runBench(latency, ['--tiny'])
    const ours = figures.filter(({ engine }) => engine === 'leveret')
    assert.equal(ours.length, 8)
    for (const { value, unit } of ours) assert.ok(value > 0 && unit === 'ms')
  })

  it('measure throughput in every way of sending, recovery alone, and latency under load', async () => {
    const figures = await runBench(throughput, ['--tiny', '--only', 'leveret'])
    const ways = Array(4).fill('transfers')
    const means = ['1 thread', '2 threads', '1 thread', '2 threads']
    assert.deepEqual(
      figures.map(({ metric }) => metric),
      [...ways, ...means, 'p50', 'p99'],
    )
    for (const { value } of figures) assert.ok(value > 0)
  })

  it('measure reads over http, and synchronous sends over WebSocket', async () => {
    const figures = await runBench(rpc, ['--tiny', '--only', 'leveret'])
    assert.deepEqual(
      figures.map(({ metric }) => metric),
      ['requests', 'requests', 'requests', 'items', 'items', 'requests', 'requests', 'p50', 'p99'],
    )
    for (const { value } of figures) assert.ok(value > 0)
  })

  it('measure how late readers get mini-blocks', async () => {
    const figures = await runBench(readers, ['--tiny'])
    assert.deepEqual(figures.map(({ metric }) => metric).slice(0, 4), ['p50', 'p99', 'max', 'received'])
    for (const { value } of figures) assert.ok(value > 0)
  })

  it('compare eth_call with anvil, and the engine with @ethereumjs/evm', async () => {
    const figures = await runBench(evm, ['--tiny', '--peers', 'short', '--tier', 'interpreter'])
    const engines = new Set(figures.map(({ engine }) => engine))
    const started = anvilInstalled() ? ['leveret', 'anvil'] : ['leveret']
    assert.deepEqual([...engines].sort(), ['@ethereumjs/evm', 'interpreter', ...started].sort())
  })
})
