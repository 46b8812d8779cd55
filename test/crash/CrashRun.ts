import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Prng } from '../../src/lib/index.ts'
import {
  type Chain,
  type ChainOptions,
  delay,
  eventually,
  freePort,
  HttpRpc,
  spawnChain,
  startChain,
  WsRpc,
} from '../lib/index.ts'
import { CounterContract } from './CounterContract.ts'
import { type FileFault, PLAN_VARIABLE } from './faultyFiles.ts'
import type { KillPoint } from './killPoints.ts'
import { Load } from './Load.ts'
import { type Extent, Promises } from './Promises.ts'

const MINI_BLOCK_MS = 5
const BLOCK_MS = 150
const MIN_RUN_MS = 50
const MAX_RUN_MS = 1_500
/** A kill point that was not reached by then is given up, and the node killed there; the load has a receipt by then. */
const POINT_LIMIT_MS = 60_000
/** Kills in a row while the node starts. */
const START_KILLS = 3
/** Small files and many snapshots, so that both are made and deleted all the time. */
export const SMALL_FILES: string[] = ['--segment-mb', '1', '--snapshot-mb', '1']
/** Asked for after each kill: more would take longer than all the rest. */
const SHORT: Extent = { newest: 3_000, older: 1_000 }
export const WHOLE: Extent = { newest: Number.POSITIVE_INFINITY, older: 0 }
const PRELOAD = resolve(import.meta.dirname, 'faultyFiles.ts')
const run = promisify(execFile)

export type Kill = 'at random' | 'during start' | KillPoint

export type RoundReport = {
  /** How it was killed. */
  kill: string
  acknowledged: number
  sealedSeen: number
  startMs: number
  /** What the node printed about what it recovered. */
  recovered: string[]
  snapshots: number
  segmentsPruned: number
}

/**
 * One data folder, and one node after another on it: each is loaded with transactions, killed with SIGKILL at a random
 * or chosen moment, started again, and asked for what clients were told before.
 */
export class CrashRun {
  readonly folder: string
  readonly promises: Promises = new Promises()
  readonly #parent = mkdtempSync(join(tmpdir(), 'leveret-crash-'))
  readonly #random: Prng
  readonly #plan: string
  #chain: Chain | undefined
  #counter: CounterContract | undefined

  constructor(random: Prng) {
    this.#random = random
    this.folder = join(this.#parent, 'data')
    this.#plan = join(this.#parent, 'faults.json')
  }

  get chain(): Chain {
    return this.#chain!
  }

  /** Starts the first node and deploys the contract that the load calls. */
  async begin(): Promise<void> {
    const { url } = await this.start()
    const rpc = new HttpRpc(url)
    this.#counter = await CounterContract.deploy(rpc, (receipt) => this.promises.tellReceipt(receipt))
    rpc.close()
  }

  /** Loads, kills, restarts and checks. Throws PromiseBroken with what was lost or changed. */
  async round(number: number, kill: Kill, extent: Extent = SHORT): Promise<RoundReport> {
    const before = { receipts: this.promises.receipts.size, sealed: this.promises.sealed.size }
    const files = this.#files()
    const how = await this.#loadAndKill(number, kill)
    const left = this.#files()
    await this.start()
    await this.check(extent)
    return {
      kill: how,
      acknowledged: this.promises.receipts.size - before.receipts,
      sealedSeen: this.promises.sealed.size - before.sealed,
      startMs: this.chain.startMs,
      recovered: recoveredLines(this.chain),
      snapshots: left.newestSnapshot === files.newestSnapshot ? 0 : 1,
      segmentsPruned: left.firstSegment - files.firstSegment,
    }
  }

  /** Asks the running node. */
  async check(extent: Extent): Promise<void> {
    const rpc = new HttpRpc(this.chain.url)
    try {
      await this.promises.check(rpc, this.#counter!, extent)
    } finally {
      rpc.close()
    }
  }

  /**
   * Stops the node in order and holds the folder against `leveret db verify`; then starts on a copy without its history,
   * and goes on with the folder.
   */
  async verify(): Promise<void> {
    await this.stop()
    await verifyFolder(this.folder)
    const copy = join(this.#parent, 'copy')
    cpSync(this.folder, copy, { recursive: true })
    rmSync(join(copy, 'history'), { recursive: true })
    const chain = await startChain({ target: 'leveret', dataFolder: copy })
    try {
      await this.#checkRest(chain)
    } finally {
      await chain.stop()
      rmSync(copy, { recursive: true })
    }
    await this.start()
  }

  /** Ends the last node as Ctrl-C does. */
  async stop(): Promise<void> {
    await this.#chain?.stop()
    this.#chain = undefined
  }

  /** Kills what still runs and removes the folder. */
  async remove(): Promise<void> {
    if (this.#chain?.running) await this.#chain.kill()
    rmSync(this.#parent, { recursive: true, force: true })
  }

  /** Starts a node on the folder; it is the run's from then on. */
  async start(options: ChainOptions = {}): Promise<Chain> {
    this.#chain = await startChain({ ...this.#options(), ...options, dataFolder: this.folder })
    return this.#chain
  }

  /** Sends transactions until the node is gone. Resolves to what to wait for then. */
  async load(number: number): Promise<{ ended: () => Promise<void> }> {
    const heads = await WsRpc.open(this.chain.wsUrl)
    await heads.subscribe('newHeads', (head) => this.promises.sealed.set(head.number, head.hash))
    const load = await Load.start(this.chain, this.#counter!, this.promises, number)
    return {
      ended: async () => {
        await load.ended()
        heads.close()
      },
    }
  }

  /** What goes wrong with files from now on, in every node of this run. */
  setPlan(faults: FileFault[] | undefined): void {
    if (faults === undefined) rmSync(this.#plan, { force: true })
    else {
      // At once: the node may read it at any moment.
      writeFileSync(`${this.#plan}.new`, JSON.stringify(faults))
      renameSync(`${this.#plan}.new`, this.#plan)
    }
  }

  #options(): ChainOptions & { target: 'leveret' } {
    return {
      ...{ target: 'leveret', miniBlockMs: MINI_BLOCK_MS, blockMs: BLOCK_MS, extraArguments: SMALL_FILES },
      preload: { module: PRELOAD, environment: { [PLAN_VARIABLE]: this.#plan } },
    }
  }

  async #loadAndKill(number: number, kill: Kill): Promise<string> {
    const told = this.promises.receipts.size
    const load = await this.load(number)
    const isUnderLoad = async () => (this.promises.receipts.size > told ? true : undefined)
    await eventually('a receipt of the load', isUnderLoad, POINT_LIMIT_MS)
    const how = await this.#kill(kill)
    await load.ended()
    if (kill === 'during start') for (let i = 0; i < START_KILLS; i++) await this.#killStart()
    else if (kill !== 'at random' && kill.when === 'start') return await this.#killStart(kill)
    return how
  }

  async #kill(kill: Kill): Promise<string> {
    if (typeof kill === 'object' && kill.when === 'run') {
      this.setPlan([kill.fault])
      const limit = new AbortController()
      const given = delay(POINT_LIMIT_MS, limit.signal)
      await Promise.race([this.chain.exited, given])
      limit.abort()
      const isReached = !this.chain.running
      await this.chain.kill()
      this.setPlan(undefined)
      return isReached ? kill.name : `${kill.name} (not reached)`
    }
    await delay(MIN_RUN_MS + this.#random.nextInt(MAX_RUN_MS - MIN_RUN_MS))
    await this.chain.kill()
    return typeof kill === 'string' ? kill : kill.name
  }

  /** Starts a node that is not waited for, and kills it within the time of the last start, or where the point says. */
  async #killStart(point?: KillPoint): Promise<string> {
    if (point !== undefined) this.setPlan([point.fault])
    const chain = spawnChain({ ...this.#options(), port: await freePort(), dataFolder: this.folder })
    const limit = new AbortController()
    const waitMs = point === undefined ? this.#random.nextInt(Math.ceil(this.chain.startMs)) : POINT_LIMIT_MS
    await Promise.race([chain.exited, delay(waitMs, limit.signal)])
    limit.abort()
    const isReached = !chain.running
    await chain.kill()
    this.setPlan(undefined)
    if (point === undefined) return 'during start'
    return isReached ? point.name : `${point.name} (not reached)`
  }

  /** A node without history has at least the newest blocks, and the whole state. */
  async #checkRest(chain: Chain): Promise<void> {
    const rpc = new HttpRpc(chain.url)
    try {
      await this.promises.checkRebuilt(rpc)
    } finally {
      rpc.close()
    }
  }

  #files(): { firstSegment: number; newestSnapshot: string | undefined } {
    const [segment] = readdirSync(join(this.folder, 'log'))
      .filter((name) => name.endsWith('.log'))
      .sort()
    const snapshots = readdirSync(join(this.folder, 'snapshots')).filter((name) => name.endsWith('.state'))
    return { firstSegment: Number(/\d+/.exec(segment!)![0]), newestSnapshot: snapshots.sort().at(-1) }
  }
}

/** `leveret db verify`. @throws VerifyFailed with what it found. */
export async function verifyFolder(folder: string): Promise<void> {
  const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
  await run(process.execPath, [main, 'db', 'verify', '--data', folder]).catch((error) => {
    throw new Error(`db verify found problems.\n${error.stdout}${error.stderr}`)
  })
}

/** What the node said about what it recovered from. */
export function recoveredLines(chain: Chain): string[] {
  return [...chain.output.matchAll(/^\s*recovered\s+(.*)$/gm)].map((match) => match[1]!)
}
