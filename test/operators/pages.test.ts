/** Holds the metrics of docs/operations.md to those of a node, and what is in ops/ to that page. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { startNode } from '../../src/node/index.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/operations.md'), 'utf8')
const ops = resolve(import.meta.dirname, '../../ops')

/** Every match's captured groups. */
const find = (pattern: RegExp) => [...page.matchAll(pattern)].map((match) => match.slice(1))

describe('the metrics of docs/operations.md', () => {
  it('are those that /metrics gives, with type, labels and meaning', async () => {
    const rows = find(/^\| `(\w+)` \| (gauge|counter|histogram) \| ([^|]*) \| (.*) \|$/gm)
    const text = await metricsOfNode()
    const given = [...text.matchAll(/^# HELP (\w+) (.*)\n# TYPE \w+ (\w+)$/gm)]
    const labelled = given.map(([, name, help, type], i) => [
      // What has no sample yet has no labels to compare.
      ...[name, type, labelsOf(text, name!) ?? rows[i]?.[2]],
      help,
    ])
    assert.deepEqual(rows, labelled)
  })

  it('are as Prometheus wants them', async (test) => {
    if (!hasPromtool()) return test.skip(NO_PROMTOOL)
    const check = spawnSync('promtool', ['check', 'metrics'], { input: await metricsOfNode() })
    assert.equal(`${check.stdout}${check.stderr}`, '')
  })
})

describe('ops/', () => {
  const rows = find(/^\| `(\w+)` \| (gauge|counter|histogram) \| ([^|]*) \|/gm)
  /** Labels by what a query may name. */
  const known = new Map<string, string[]>([['up', []]])
  for (const [name, type, labels] of rows) {
    const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
    const names = [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!)
    for (const suffix of suffixes) known.set(name + suffix, names)
  }

  for (const [file, queries] of [
    ['grafana/leveret.json', dashboardQueries()],
    ['prometheus/alerts.yml', alertQueries()],
  ] as const) {
    it(`${file} asks only for metrics and labels that there are`, () => {
      assert.ok(queries.length > 10)
      for (const query of queries) {
        for (const { metric, labels } of metricsIn(query)) {
          assert.ok(known.has(metric), `${metric} in ${query}`)
          const allowed = [...known.get(metric)!, 'instance', 'job', 'le']
          for (const label of labels) assert.ok(allowed.includes(label), `${label} in ${query}`)
        }
      }
    })
  }

  it('prometheus/ is a configuration with rules that Prometheus takes', (test) => {
    if (!hasPromtool()) return test.skip(NO_PROMTOOL)
    const check = spawnSync('promtool', ['check', 'config', join(ops, 'prometheus/prometheus.yml')])
    assert.equal(check.status, 0, `${check.stdout}${check.stderr}`)
  })
})

function dashboardQueries(): string[] {
  const { panels } = JSON.parse(readFileSync(join(ops, 'grafana/leveret.json'), 'utf8')) as {
    panels: { targets?: { expr: string }[] }[]
  }
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
}

function alertQueries(): string[] {
  const rules = readFileSync(join(ops, 'prometheus/alerts.yml'), 'utf8')
  return [...rules.matchAll(/^ +expr: (.+)$/gm)].map(([, query]) => query!)
}

/** What a PromQL query names that is no function, keyword, number or duration, with the labels that it selects by. */
function metricsIn(query: string): { metric: string; labels: string[] }[] {
  const plain = query
    .replaceAll(/"[^"]*"/g, '""')
    .replaceAll(/\b(?:by|without|ignoring|on) ?\([^)]*\)/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
  return [...plain.matchAll(/(?<![\w.])([a-z_]\w*)(?:\{([^}]*)\})?(?!\w| *\()/g)]
    .filter(([, name]) => !['and', 'or', 'unless'].includes(name!))
    .map(([, metric, labels = '']) => ({
      metric: metric!,
      labels: [...labels.matchAll(/(\w+)=/g)].map(([, label]) => label!),
    }))
}

const NO_PROMTOOL = 'promtool is not installed (Debian: prometheus)'

function hasPromtool(): boolean {
  return spawnSync('promtool', ['--version']).error === undefined
}

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

/** As the table has them: in the order in which they first come. Undefined: there is no sample. */
function labelsOf(text: string, name: string): string | undefined {
  const samples = [...text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{([^}]*)\\})? `, 'gm'))]
  if (samples.length === 0) return undefined
  const labels = samples.flatMap(([, list = '']) => [...list.matchAll(/(\w+)="/g)].map(([, label]) => label!))
  return [...new Set(labels)]
    .filter((label) => label !== 'le')
    .map((label) => `\`${label}\``)
    .join(', ')
}
