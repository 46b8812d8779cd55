import { existsSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import type { ForkOptions, Node, ReplicaOptions, StateFileOptions } from '../node/index.ts'
import { describe } from './describe.ts'
import { feedProblem, publishOf } from './feedFlags.ts'
import type { Output } from './Output.ts'
import { defaultOptions, helpText, type Options } from './options.ts'
import { outletProblem, outletsOf } from './outletFlags.ts'
import { replicaProblem } from './replicaProblem.ts'
import { readSettings } from './settings.ts'

/** Exit codes: 0 stopped as asked, 1 failed, 2 wrong usage, 130 forced to stop. */
const EXIT_FAILED = 1
const EXIT_USAGE = 2
const EXIT_FORCED = 130
/** npm passes Ctrl-C on to a program that the terminal has told already: a second one so soon is the same. */
const SAME_SIGNAL_MS = 300

// The heap may grow fourfold between two full collections, the most that V8 allows itself. By default it grew by a few MB
// only, since the bytes of blocks come on top of a small heap: under full load four collections a second, 4 µs of each
// transaction.
setFlagsFromString('--heap-growing-percent=300')
// Keeps compiled code between starts, in the system's folder for temporary files: starting takes half the time.
enableCompileCache()
await main(process.argv.slice(2))

async function main(args: string[]): Promise<void> {
  if (args[0] === 'network') {
    await (await import('./network.ts')).mainNetwork(args.slice(1))
    return
  }
  if (args[0] === 'db') {
    await mainDb(args.slice(1))
    return
  }
  const isReplica = args[0] === 'replica'
  const parsed = await readSettings(isReplica ? args.slice(1) : args, process.env)
  if (!parsed.ok) {
    process.stderr.write(`${parsed.message}\n`)
    process.exitCode = EXIT_USAGE
    return
  }
  const { options } = parsed
  if (options.help) process.stdout.write(helpText())
  // The node is loaded only when it is needed: `--help` answers at once.
  else if (options.version) process.stdout.write(`leveret ${(await import('../node/index.ts')).VERSION}\n`)
  else await run(options, isReplica)
}

async function mainDb(args: string[]): Promise<void> {
  const { parseDbOptions, runDb } = await import('./db.ts')
  const parsed = parseDbOptions(args)
  if (!parsed.ok) {
    const out = parsed.isHelp ? process.stdout : process.stderr
    out.write(parsed.isHelp ? parsed.message : `${parsed.message}\n`)
    process.exitCode = parsed.isHelp ? 0 : EXIT_USAGE
    return
  }
  try {
    process.exitCode = await runDb(parsed.options)
  } catch (error) {
    fail(describe(error as Error), EXIT_FAILED)
  }
}

async function run(options: Options, isReplica: boolean): Promise<void> {
  const misplaced = replicaProblem(options, defaultOptions(), isReplica)
  if (misplaced !== undefined) {
    fail(misplaced, EXIT_USAGE)
    return
  }
  if (options.genesis !== undefined && !existsSync(options.genesis)) {
    fail(
      `The genesis file does not exist.\n  file: ${options.genesis}\n  next: check the path of --genesis.`,
      EXIT_USAGE,
    )
    return
  }
  if (options.forkBlockNumber !== undefined && options.forkUrl === undefined) {
    fail('--fork-block-number is of no use without --fork-url.', EXIT_USAGE)
    return
  }
  const problem = feedProblem(options) ?? outletProblem(options)
  if (problem !== undefined) {
    fail(problem, EXIT_USAGE)
    return
  }
  const { startNode } = await import('../node/index.ts')
  const { openOutput } = await import('./openOutput.ts')
  const output = await openOutput(options)
  const {
    genesis,
    chainId,
    port,
    host,
    data,
    fresh,
    miniBlockMs,
    blockMs,
    mining = 'autoIfLocal',
    rpcGasCap,
    history,
    evm,
    threads,
  } = options
  const { snapshotMiB, segmentMiB, memoryMiB, corsOrigins, virtualHosts, explorer } = options
  const { metricsPort, metricsHost } = options
  // The first: who reads that the node has started may stop it in the same moment.
  let node: Node | undefined
  stopOnSignal(() => node, output)
  const begin = async (renew: boolean): Promise<void> => {
    node = undefined
    const started = await startNode({
      ...{ port, host, data, fresh: fresh && !renew, miniBlockMs, blockMs, mining, rpcGasCap, history, evm },
      ...{
        threads,
        snapshotMiB,
        segmentMiB,
        memoryMiB,
        corsOrigins,
        virtualHosts,
        explorer,
        members: options.members,
      },
      ...(genesis === undefined ? {} : { genesis: { path: genesis } }),
      ...(chainId === undefined ? {} : { chainId }),
      ...{ local: options.local, autoImpersonate: options.autoImpersonate },
      ...(options.dev === undefined ? {} : { dev: options.dev }),
      ...(metricsPort === undefined ? {} : { metricsPort, metricsHost }),
      ...forkOf(options),
      ...(isReplica ? { replica: replicaOf(options, renew) } : {}),
      ...publishOf(options),
      ...outletsOf(options),
      ...stateOf(options),
      log: output.log,
      ...(output.terminal === undefined ? {} : { terminal: output.terminal }),
      onProgress: output.progress,
      onFailure: (error) => {
        output.failed(error, 'running')
        if (mayRenew(error, options)) begin(true).catch(failedToStart)
        else process.exit(EXIT_FAILED)
      },
    })
    node = started
    // Not only at the end, which may never come in order.
    flushCompileCache()
    // Since the process began.
    output.started(started, performance.now())
  }
  const failedToStart = (error: Error): void => {
    output.failed(error, 'starting')
    process.exit(EXIT_FAILED)
  }
  // A replica may know that it is too far behind before all of it has started.
  await begin(false).catch((error: Error) => {
    if (!mayRenew(error, options)) return failedToStart(error)
    output.failed(error, 'starting')
    return begin(true).catch(failedToStart)
  })
}

/** A replica for which its sources no longer have the next entries goes on from a newer snapshot, unless it keeps all blocks. */
function mayRenew({ name }: Error, { history }: Options): boolean {
  return name === 'BehindError' && history !== Number.POSITIVE_INFINITY
}

function replicaOf(
  { replica: { from, sequencer, verify, rollback } }: Options,
  renew: boolean,
): ReplicaOptions {
  return {
    ...{ from, verify, renew, rollback: rollback && !renew },
    ...(sequencer === undefined ? {} : { sequencer: Buffer.from(sequencer.slice(2), 'hex') }),
  }
}

function forkOf({ forkUrl: url, forkBlockNumber: blockNumber }: Options): { fork?: ForkOptions } {
  if (url === undefined) return {}
  return { fork: { url, ...(blockNumber === undefined ? {} : { blockNumber }) } }
}

function stateOf({ state, loadState, dumpState, stateIntervalS }: Options): { state?: StateFileOptions } {
  const load = loadState ?? state
  const dump = dumpState ?? state
  if (load === undefined && dump === undefined) return {}
  return {
    state: {
      isOptional: loadState === undefined,
      ...(load === undefined ? {} : { load }),
      ...(dump === undefined ? {} : { dump }),
      ...(stateIntervalS === undefined ? {} : { intervalS: stateIntervalS }),
    },
  }
}

/** Before there is a node, a signal ends the process at once, which harms nothing. */
function stopOnSignal(started: () => Node | undefined, output: Output): void {
  let firstMs: number | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    const node = started()
    if (node === undefined) process.exit(EXIT_FORCED)
    const nowMs = performance.now()
    if (firstMs !== undefined) {
      if (nowMs - firstMs > SAME_SIGNAL_MS) process.exit(EXIT_FORCED)
      return
    }
    firstMs = nowMs
    output.stopping()
    node.close(signal).then(
      () => {
        output.stopped()
        process.exit(0)
      },
      (error: Error) => {
        output.failed(error, 'running')
        process.exit(EXIT_FAILED)
      },
    )
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  // Whoever has started this node to end it is gone.
  process.once('disconnect', () => onSignal('SIGTERM'))
  process.channel?.unref()
}

function fail(message: string, exitCode: number): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = exitCode
}
