import { existsSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { helpText, type Options } from './options.ts'
import { ProgressBar } from './ProgressBar.ts'
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
  if (args[0] === 'db') {
    await mainDb(args.slice(1))
    return
  }
  const parsed = await readSettings(args, process.env)
  if (!parsed.ok) {
    process.stderr.write(`${parsed.message}\n`)
    process.exitCode = EXIT_USAGE
    return
  }
  const { options } = parsed
  if (options.help) process.stdout.write(helpText())
  // The node is loaded only when it is needed: `--help` answers at once.
  else if (options.version) process.stdout.write(`leveret ${(await import('../node/index.ts')).VERSION}\n`)
  else await run(options)
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

async function run(options: Options): Promise<void> {
  if (options.genesis !== undefined && !existsSync(options.genesis)) {
    fail(
      `The genesis file does not exist.\n  file: ${options.genesis}\n  next: check the path of --genesis.`,
      EXIT_USAGE,
    )
    return
  }
  const { startNode, VERSION } = await import('../node/index.ts')
  const { banner, readyLine } = await import('./banner.ts')
  const {
    genesis,
    chainId,
    port,
    host,
    data,
    fresh,
    miniBlockMs,
    blockMs,
    rpcGasCap,
    history,
    evm,
    threads,
  } = options
  const { snapshotMiB, segmentMiB, memoryMiB, corsOrigins, virtualHosts } = options
  const bar = new ProgressBar(process.stderr, () => performance.now())
  try {
    const node = await startNode({
      ...{ port, host, data, fresh, miniBlockMs, blockMs, rpcGasCap, history, evm, threads },
      ...{ snapshotMiB, segmentMiB, memoryMiB, corsOrigins, virtualHosts },
      ...(genesis === undefined ? {} : { genesis: { path: genesis } }),
      ...(chainId === undefined ? {} : { chainId }),
      onProgress: (step) => bar.show(step),
      onFailure: (error) => {
        fail(`The node has stopped.\n${describe(error)}`, EXIT_FAILED)
        process.exit()
      },
    })
    bar.end()
    stopOnSignal(() => node.close(), options.quiet)
    // Not only at the end, which may never come in order.
    flushCompileCache()
    // Since the process began.
    const startMs = performance.now()
    process.stdout.write(
      options.quiet ? readyLine(node, startMs) : banner(node, { version: VERSION, startMs }),
    )
  } catch (error) {
    fail(describe(error as Error), EXIT_FAILED)
    process.exit()
  }
}

function stopOnSignal(close: () => Promise<void>, quiet: boolean): void {
  let firstMs: number | undefined
  const onSignal = () => {
    const nowMs = performance.now()
    if (firstMs !== undefined) {
      if (nowMs - firstMs > SAME_SIGNAL_MS) process.exit(EXIT_FORCED)
      return
    }
    firstMs = nowMs
    if (!quiet) process.stdout.write('\nStopping …\n')
    close().then(
      () => {
        if (!quiet) process.stdout.write('Stopped; start again to go on from here.\n')
        process.exit(0)
      },
      (error: Error) => {
        fail(describe(error), EXIT_FAILED)
        process.exit()
      },
    )
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}

/** Errors that we foresee explain themselves; others come with their stack. */
function describe(error: Error): string {
  return error.message.includes('\n  next: ') ? error.message : (error.stack ?? error.message)
}

function fail(message: string, exitCode: number): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = exitCode
}
