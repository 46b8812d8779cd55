import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { eventually, freePort } from '../lib/index.ts'

const RULES = resolve(import.meta.dirname, '../../ops/prometheus/alerts.yml')

/** A real Prometheus that scrapes one node, with our rules. */
export class Prometheus {
  readonly #child: ChildProcess
  readonly #url: string
  readonly #folder: string

  private constructor(child: ChildProcess, url: string, folder: string) {
    this.#child = child
    this.#url = url
    this.#folder = folder
  }

  /** Whether the program is there (Debian: prometheus). */
  static isInstalled(): boolean {
    return spawnSync('prometheus', ['--version']).error === undefined
  }

  /** @param target - host and port of the node's metrics. */
  static async start(target: string): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'leveret-prometheus-'))
    const config = join(folder, 'prometheus.yml')
    const lines = [
      'global: { scrape_interval: 500ms, evaluation_interval: 500ms }',
      `rule_files: ['${RULES}']`,
      `scrape_configs: [{ job_name: leveret, static_configs: [{ targets: ['${target}'] }] }]`,
    ]
    writeFileSync(config, lines.join('\n'))
    const address = `127.0.0.1:${await freePort()}`
    const options = [`--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=${address}`]
    const child = spawn('prometheus', [`--config.file=${config}`, ...options], { stdio: 'ignore' })
    const prometheus = new Prometheus(child, `http://${address}`, folder)
    // It doesn't answer at first.
    await eventually('Prometheus has seen the node', () =>
      prometheus.value('leveret_ready').catch(() => undefined),
    )
    return prometheus
  }

  /** The value of a query that gives one, now; undefined: none. */
  readonly value = async (query: string): Promise<number | undefined> => {
    const response = await fetch(`${this.#url}/api/v1/query?query=${encodeURIComponent(query)}`)
    const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } }
    const [first] = data.result
    return first === undefined ? undefined : Number(first.value[1])
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#child.once('exit', done))
    this.#child.kill('SIGTERM')
    await ended
    rmSync(this.#folder, { recursive: true })
  }
}
