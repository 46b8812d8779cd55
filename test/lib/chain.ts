import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { HttpRpc } from './rpc.ts'

const root = resolve(import.meta.dirname, '../..')

/** Which node is started: ours, or Foundry's anvil to check the tests themselves. */
export type Target = 'leveret' | 'anvil'

/** What `TARGET=anvil npm run journey` chooses; Leveret unless said otherwise. */
export const TARGET: Target = process.env.TARGET === 'anvil' ? 'anvil' : 'leveret'

/** Whether a test is skipped, and why. */
type Skip = { skip: false | string }

/** Options of a test that is skipped, for the reason given, where the target is not Leveret. */
export const leveretOnly = (why: string): Skip => ({
  skip: TARGET === 'leveret' ? false : why,
})

/** Options of a test that starts Leveret, or anvil: skipped where that can't be. */
export const needsNode: Skip = { skip: leveretPresent() ? false : 'needs a node to start' }
export const needsAnvil: Skip = { skip: anvilInstalled() ? false : 'npm brought no anvil for this platform' }

export type ChainOptions = {
  target?: Target
  /**
   * Start through `npm start`, as a user does, where that installs nothing (an installation would take node_modules
   * away from everything that runs in this folder); otherwise the entry point alone, which is one process to kill. */
  viaNpm?: boolean
  /** Kept when given; a temporary folder that disappears with the chain when not. */
  dataFolder?: string
  /** Default: a free port. */
  port?: number
  miniBlockMs?: number
  blockMs?: number
  /** Of Leveret: the address of a node's stream (`tcp://host:port`), which it follows as a replica. */
  replicaOf?: string
  /** Of Leveret: blocks come with transactions, as anvil's do, or what further arguments say. Default: regularly. */
  mining?: 'auto'
  fresh?: boolean
  genesisFile?: string
  /** False: anvil without EIP-7825's cap, which it also holds eth_call to. Default true. */
  transactionGasCap?: boolean
  /** Further command line arguments, as they are. */
  extraArguments?: string[]
  /** Of Leveret, from the project's root: what is started. Default: the sources. */
  program?: string
  /** A module that every thread of the node loads first (`node --import`), and what it reads from the environment. */
  preload?: { module: string; environment: Record<string, string> }
  /** Of each file that the node writes, in KiB: beyond, writing fails (`ulimit -f`). */
  fileLimitKiB?: number
}

type SpawnOptions = ChainOptions & {
  target: Target
  port: number
  dataFolder: string
  /** Whether the folder disappears with the chain. */
  removeFolder?: boolean
}

const READY_TIMEOUT_MS = 120_000
/** Leveret's as text, or with --log-format json. */
const READY_LINE = { leveret: /\bready\b|"event":"started"/i, anvil: /Listening on/ }
const STOP_TIMEOUT_MS = 60_000
const MAX_OUTPUT_CHARACTERS = 64_000
/** Written by scripts/install.mjs. */
const INSTALLED = 'node_modules/.leveret-installed'
const live = new Set<number>()
const temporaryFolders = new Set<string>()

process.on('exit', () => {
  for (const pid of live) signalGroup(pid, 'SIGKILL')
  for (const folder of temporaryFolders) rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

/** A started node. Its process group, and nothing else, is ended by {@link stop} and {@link kill}. */
export class Chain {
  readonly target: Target
  readonly port: number
  readonly url: string
  readonly wsUrl: string
  readonly dataFolder: string
  /** Milliseconds from spawn to the first JSON-RPC answer. */
  startMs = 0
  readonly #child: ChildProcess
  readonly #exited: Promise<number | NodeJS.Signals>
  readonly #removeFolder: boolean
  #output = ''

  constructor(
    child: ChildProcess,
    options: { target: Target; port: number; dataFolder: string; removeFolder: boolean },
  ) {
    this.target = options.target
    this.port = options.port
    this.url = `http://127.0.0.1:${options.port}`
    this.wsUrl = `ws://127.0.0.1:${options.port}`
    this.dataFolder = options.dataFolder
    this.#child = child
    this.#removeFolder = options.removeFolder
    if (options.removeFolder) temporaryFolders.add(options.dataFolder)
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-MAX_OUTPUT_CHARACTERS)
      })
    }
    if (child.pid !== undefined) live.add(child.pid)
    this.#exited = new Promise((done) => {
      child.once('error', (error) => {
        this.#output += String(error)
        done(-1)
      })
      // Once all that it has printed is read, which may be after its exit.
      child.once('close', (code, signal) => done(signal ?? code ?? -1))
    })
  }

  /** What the process printed, newest 64,000 characters. */
  get output(): string {
    return this.#output
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined
  }

  /** Exit code, or the signal that ended it. */
  get exited(): Promise<number | NodeJS.Signals> {
    return this.#exited
  }

  /** Of the spawned process: npm's when started through it. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Ends it as Ctrl-C does and waits; a process that ignores it for 60 s is killed and that is an error. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | NodeJS.Signals> {
    const pid = this.#child.pid
    if (pid !== undefined && this.running) signalGroup(pid, signal)
    const timeout = new AbortController()
    const tooLate = setTimeout(STOP_TIMEOUT_MS, undefined, { signal: timeout.signal }).catch(() => undefined)
    const result = await Promise.race([this.#exited, tooLate])
    timeout.abort()
    this.#cleanUp()
    if (result === undefined) {
      throw new Error(
        `${this.target} did not end within ${STOP_TIMEOUT_MS} ms of ${signal}; killed.\n${this.#output}`,
      )
    }
    return result
  }

  /** kill -9, nothing flushed. */
  async kill(): Promise<void> {
    const pid = this.#child.pid
    if (pid !== undefined) signalGroup(pid, 'SIGKILL')
    await this.#exited
    this.#cleanUp()
  }

  #cleanUp(): void {
    const pid = this.#child.pid
    if (pid !== undefined) {
      signalGroup(pid, 'SIGKILL')
      live.delete(pid)
    }
    if (!this.#removeFolder) return
    rmSync(this.dataFolder, { recursive: true, force: true })
    temporaryFolders.delete(this.dataFolder)
  }
}

/**
 * Starts a node and waits until it answers `eth_chainId`.
 * Fails with what the process printed when it ends or stays silent for 120 s: a busy machine may take tens of seconds.
 */
export async function startChain(options: ChainOptions = {}): Promise<Chain> {
  const target = options.target ?? TARGET
  const port = options.port ?? (await freePort())
  const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'leveret-test-'))
  const begin = performance.now()
  const removeFolder = options.dataFolder === undefined
  const chain = spawnChain({ ...options, target, port, dataFolder, removeFolder })
  await waitUntilReady(chain)
  chain.startMs = performance.now() - begin
  return chain
}

/** As {@link startChain} on a given folder, but doesn't wait for anything. */
export function spawnChain(options: SpawnOptions): Chain {
  const { target, port, dataFolder, removeFolder = false } = options
  const [command, commandArguments] = commandLine(options)
  const child = spawn(command, commandArguments, {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...options.preload?.environment },
  })
  return new Chain(child, { target, port, dataFolder, removeFolder })
}

/** Whether the npm package brought a binary for this machine. */
export function anvilInstalled(): boolean {
  const platform = process.platform === 'win32' ? 'win32' : process.platform
  const machine = process.arch === 'x64' ? 'amd64' : process.arch
  return existsSync(join(root, `node_modules/@foundry-rs/anvil-${platform}-${machine}`))
}

/** Whether the tree holds a node that can be started (false only in a partial checkout). */
export function leveretPresent(): boolean {
  return existsSync(join(root, 'src/cli/main.ts'))
}

function commandLine(
  options: ChainOptions & { target: Target; port: number; dataFolder: string },
): [string, string[]] {
  if (options.target === 'anvil') return anvilCommand(options)
  const { replicaOf } = options
  const list = replicaOf === undefined ? [] : ['replica', '--from', replicaOf]
  list.push('--port', String(options.port), '--data', options.dataFolder)
  if (options.miniBlockMs !== undefined) list.push('--mini-block-ms', String(options.miniBlockMs))
  if (options.mining !== 'auto' && replicaOf === undefined)
    list.push('--block-ms', String(options.blockMs ?? 1000))
  if (options.genesisFile !== undefined) list.push('--genesis', options.genesisFile)
  if (options.fresh) list.push('--fresh')
  list.push(...(options.extraArguments ?? []))
  if (options.viaNpm && existsSync(join(root, INSTALLED))) return ['npm', ['start', '--', ...list]]
  const preload = options.preload === undefined ? [] : ['--import', options.preload.module]
  const node = [...preload, 'scripts/run.mjs', options.program ?? 'src/cli/main.ts', ...list]
  if (options.fileLimitKiB === undefined) return [process.execPath, node]
  return ['bash', ['-c', `ulimit -f ${options.fileLimitKiB} && exec "$0" "$@"`, process.execPath, ...node]]
}

function anvilCommand(options: ChainOptions & { port: number }): [string, string[]] {
  const list = ['--port', String(options.port)]
  if (options.transactionGasCap !== false) list.push('--enable-tx-gas-limit')
  if (!options.extraArguments?.includes('--hardfork')) list.push('--hardfork', 'osaka')
  if (options.blockMs !== undefined && options.extraArguments?.includes('--mixed-mining')) {
    list.push('--block-time', String(options.blockMs / 1000))
  }
  if (options.genesisFile !== undefined) list.push('--init', options.genesisFile)
  list.push(...(options.extraArguments ?? []))
  return [join(root, 'node_modules/.bin/anvil'), list]
}

async function waitUntilReady(chain: Chain): Promise<void> {
  const end = performance.now() + READY_TIMEOUT_MS
  while (performance.now() < end) {
    if (!chain.running) {
      const failure = await notStarted(chain, 'ended')
      await chain.kill()
      throw failure
    }
    // Without the line, the answer on the port could be another process's.
    if (!READY_LINE[chain.target].test(chain.output)) {
      await delay(5)
      continue
    }
    const client = new HttpRpc(chain.url)
    try {
      await client.call('eth_chainId')
      return
    } catch {
      await delay(10)
    } finally {
      client.close()
    }
  }
  const failure = await notStarted(chain, `gave no answer within ${READY_TIMEOUT_MS} ms`)
  await chain.kill()
  throw failure
}

async function notStarted(chain: Chain, what: string): Promise<ChainNotStarted> {
  const result = chain.running ? 'running' : await chain.exited
  return new ChainNotStarted(`${chain.target} ${what} before it was ready (${result}).\n${chain.output}`)
}

/** The node ended, or stayed silent, before it answered; the message holds what it printed. */
export class ChainNotStarted extends Error {
  override readonly name: string = 'ChainNotStarted'
}

/** A port that was free a moment ago, below those that the system gives to outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
  })
}

/** Resolves to undefined after some milliseconds, or at once when `signal` says so. */
export function delay(milliseconds: number, signal?: AbortSignal): Promise<undefined> {
  if (signal === undefined) return setTimeout(milliseconds, undefined)
  return setTimeout(milliseconds, undefined, { signal }).catch(() => undefined)
}

/**
 * Asks until `probe` gives a value other than undefined; fails with `what` after the limit, which is long: on a busy machine
 * a process may stand still for many seconds.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined>,
  limitMs = 60_000,
): Promise<T> {
  const end = performance.now() + limitMs
  while (performance.now() < end) {
    const value = await probe()
    if (value !== undefined) return value
    await delay(5)
  }
  throw new Error(`${what}: did not happen within ${limitMs} ms`)
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
