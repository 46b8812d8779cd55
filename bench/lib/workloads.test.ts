import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { bench as evm } from '../evm.ts'
import { runBench } from '../harness.ts'
import { readPeers, readWorkloads } from './workloads.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leveret-workloads-'))
  mkdirSync(join(folder, 'workloads'))
  // PUSH0 PUSH0: 4 gas
  for (const name of ['b', 'a']) {
    const workload = { name, group: 'g', code: '0x5f5f', calldata: '0x01', gas: 50_000, note: '' }
    writeFileSync(join(folder, 'workloads', `${name}.json`), JSON.stringify(workload))
  }
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('readWorkloads', () => {
  it('reads a folder in order, or one file', () => {
    const workloads = join(folder, 'workloads')
    assert.deepEqual(
      readWorkloads(workloads).map(({ name }) => name),
      ['a', 'b'],
    )
    const [only] = readWorkloads(join(workloads, 'b.json'))
    assert.deepEqual(only, {
      name: 'b',
      code: Uint8Array.of(0x5f, 0x5f),
      calldata: Uint8Array.of(1),
      gas: 50_000n,
    })
  })
})

describe('readPeers', () => {
  it('finds the records one folder up, of a folder and of a file', () => {
    assert.deepEqual(readPeers(join(folder, 'workloads')), {})
    const workloads = { a: { gas_used: 4 } }
    writeFileSync(join(folder, 'peers.json'), JSON.stringify({ note: '', workloads }))
    assert.deepEqual(readPeers(join(folder, 'workloads')), workloads)
    assert.deepEqual(readPeers(join(folder, 'workloads/a.json')), workloads)
  })
})

describe('the benchmark evm', () => {
  const run = () => {
    const files = ['a.json', 'b.json'].flatMap((name) => ['--workload', join(folder, 'workloads', name)])
    return runBench(evm, ['--tiny', '--tier', 'interpreter', ...files])
  }

  it('runs every workload that it is given, with or without a record', async () => {
    const cases = new Set((await run()).map((figure) => figure.case))
    assert.deepEqual([...cases], ['empty call', 'a', 'b'])
  })

  it('refuses a workload that uses other gas than is recorded', async () => {
    const workloads = { b: { gas_used: 1_000 } }
    writeFileSync(join(folder, 'peers.json'), JSON.stringify({ note: '', workloads }))
    await assert.rejects(run(), {
      name: 'WorkloadError',
      message: /workload: b {3}expected: 1000 gas as recorded/,
    })
  })
})
