/** Every benchmark of this folder runs with tiny inputs, so that none rots. Their figures mean nothing here. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'

/** Benchmarks that start a chain of their own have their own tests. */
const NEED_A_CHAIN = new Set(['latency', 'readers', 'rpc', 'throughput'])
const NOT_BENCHES = new Set(['harness', 'main'])

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => file.slice(0, -3))
  .filter((name) => !NOT_BENCHES.has(name) && !NEED_A_CHAIN.has(name))

describe('benchmarks with tiny inputs', () => {
  for (const name of names) {
    it(`${name} runs and prints figures as JSON`, async () => {
      const args = ['bench/main.ts', name, '--tiny', '--json']
      const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 24 })
      const figures = JSON.parse(stdout) as Record<string, unknown>[]
      assert.ok(figures.length > 0)
      for (const figure of figures) {
        assert.deepEqual(Object.keys(figure).sort(), ['bench', 'case', 'engine', 'metric', 'unit', 'value'])
        assert.equal(figure.bench, name)
        assert.ok(Number.isFinite(figure.value) && (figure.value as number) >= 0, JSON.stringify(figure))
      }
    })
  }
})
