/** Holds the metrics of docs/operations.md to those of a node. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { startNode } from '../src/node/index.ts'

const page = readFileSync(resolve(import.meta.dirname, '../docs/operations.md'), 'utf8')

/** Every match's captured groups. */
const find = (pattern: RegExp) => [...page.matchAll(pattern)].map((match) => match.slice(1))

describe('the metrics of docs/operations.md', () => {
  it('are those that /metrics gives, with type, labels and meaning', async () => {
    const rows = find(/^\| `(\w+)` \| (gauge|counter|histogram) \| ([^|]*) \| (.*) \|$/gm)
    const text = await metricsOfNode()
    const given = [...text.matchAll(/^# HELP (\w+) (.*)\n# TYPE \w+ (\w+)$/gm)].map(
      ([, name, help, type]) => [...[name, type, labelsOf(text, name!)], help],
    )
    assert.deepEqual(rows, given)
  })

  it('are as Prometheus wants them', async (test) => {
    const promtool = spawnSync('promtool', ['--version'])
    if (promtool.error !== undefined) return test.skip('promtool is not installed (Debian: prometheus)')
    const check = spawnSync('promtool', ['check', 'metrics'], { input: await metricsOfNode() })
    assert.equal(`${check.stdout}${check.stderr}`, '')
  })
})

let asked: Promise<string> | undefined

/** What /metrics gives of a node that has refused a transaction, so that every label is there. */
function metricsOfNode(): Promise<string> {
  asked ??= askNode()
  return asked
}

async function askNode(): Promise<string> {
  const data = mkdtempSync(join(tmpdir(), 'leveret-operations-'))
  const node = await startNode({ port: 0, metricsPort: 0, data, memoryMiB: 384 })
  try {
    const request = { jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params: ['0x01'] }
    const headers = { 'content-type': 'application/json' }
    await fetch(node.url, { method: 'POST', headers, body: JSON.stringify(request) })
    return await (await fetch(node.metricsUrl!)).text()
  } finally {
    await node.close()
    rmSync(data, { recursive: true })
  }
}

/** As the table has them: in the order in which they first come. */
function labelsOf(text: string, name: string): string {
  const samples = [...text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{([^}]*)\\}`, 'gm'))]
  const labels = samples.flatMap(([, list]) => [...list!.matchAll(/(\w+)="/g)].map(([, label]) => label!))
  return [...new Set(labels)]
    .filter((label) => label !== 'le')
    .map((label) => `\`${label}\``)
    .join(', ')
}
