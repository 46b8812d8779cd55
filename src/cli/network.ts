import { fileURLToPath } from 'node:url'
import type { LocalNetwork, MemberNews } from '../node/index.ts'
import { describe } from './describe.ts'
import { takeInteger } from './takeValue.ts'

/** As the command line of one node has them: see main.ts. */
const EXIT_FAILED = 1
const EXIT_USAGE = 2
const EXIT_FORCED = 130

type NetworkCommand = {
  data: string
  fresh: boolean
  basePort: number | undefined
  /** Everything else, for the sequencer. */
  sequencerArgs: string[]
}

type NetworkCommandResult =
  | { ok: true; options: NetworkCommand }
  | { ok: false; isHelp: boolean; message: string }

/** Ports of the nodes, two each. */
const PORTS = 8
const BASE_PORTS = { min: 1, max: 65_536 - PORTS }
/** What a node of the network is told by the network. */
const RESERVED = [
  '--port',
  '-p',
  '--host',
  '--feed-port',
  '--feed-host',
  '--members',
  '--log-format',
  '--from',
]

/** Runs a network until it is told to stop. */
export async function mainNetwork(args: readonly string[]): Promise<void> {
  const parsed = parseNetworkOptions(args)
  if (!parsed.ok) {
    const out = parsed.isHelp ? process.stdout : process.stderr
    out.write(parsed.isHelp ? parsed.message : `${parsed.message}\n`)
    process.exitCode = parsed.isHelp ? 0 : EXIT_USAGE
    return
  }
  const { LocalNetwork } = await import('../node/index.ts')
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(EXIT_FORCED)
      stopping.abort()
    })
  try {
    const network = await LocalNetwork.start({
      ...parsed.options,
      program: fileURLToPath(new URL(`./main${import.meta.url.slice(-3)}`, import.meta.url)),
      onNews: (news) => process.stderr.write(newsLine(news) ?? ''),
      signal: stopping.signal,
    })
    process.stdout.write(networkBanner(network, performance.now()))
    await network.ended
    process.stdout.write('Stopped; start again to go on from here.\n')
  } catch (error) {
    // Told to stop while it was starting.
    if (stopping.signal.aborted) return
    process.stderr.write(`${describe(error as Error)}\n`)
    process.exitCode = EXIT_FAILED
  }
}

/** Reads what stands behind `leveret network`. */
export function parseNetworkOptions(args: readonly string[]): NetworkCommandResult {
  const options: NetworkCommand = {
    data: '.leveret-network',
    fresh: false,
    basePort: undefined,
    sequencerArgs: [],
  }
  for (let i = 0; i < args.length; i++) {
    const [name, inline] = args[i]!.split(/=(.*)/s) as [string, string | undefined]
    if (name === '--help' || name === '-h') return { ok: false, isHelp: true, message: networkHelpText() }
    if (RESERVED.includes(name)) return refusal(`${name} is for the network to say. See network --help.`)
    if (name === '--fresh') options.fresh = true
    else if (name === '--data' || name === '--base-port') {
      const value = inline ?? args[++i]
      if (value === undefined || value === '') return refusal(`${name} needs a value.`)
      if (name === '--data') options.data = value
      else {
        const wrong = takeInteger(value, BASE_PORTS, (basePort) => Object.assign(options, { basePort }))
        if (wrong !== undefined) return refusal(`--base-port ${value}: ${wrong}`)
      }
    } else options.sequencerArgs.push(args[i]!)
  }
  return { ok: true, options }
}

function refusal(message: string): NetworkCommandResult {
  return { ok: false, isHelp: false, message }
}

function networkHelpText(): string {
  return `leveret network [options]: a network on this machine: a sequencer, two replicas one behind the other, a full node

  --data FOLDER    each node has a folder of its own in it (default .leveret-network)
  --base-port N    the first of ${PORTS} ports, two for each node (default: any free ones)
  --fresh          delete their chains and start anew

All other options are the sequencer's, see leveret --help: --block-ms 1000, for instance.
`
}

/** What a started network prints. */
function networkBanner({ members }: LocalNetwork, startMs: number): string {
  const rows = members.map(({ name, url, feedUrl, follows }) => {
    const role = follows === undefined ? '' : `   follows ${follows}`
    return `  ${name.padEnd(12)}${url}   stream ${feedUrl}${role}`
  })
  const [sequencer] = members
  return [
    '',
    '  Leveret network',
    '',
    ...rows,
    `  ${'explorer'.padEnd(12)}${sequencer!.url}/#/network`,
    '',
    `Leveret's network is ready at ${sequencer!.url} in ${Math.round(startMs)} ms`,
    '',
  ].join('\n')
}

/** A line of somebody's log that needs attention; undefined for all others. */
export function newsLine({ name, level, event, text }: MemberNews): string | undefined {
  const isWanted = level === 'warn' || level === 'error' || level === 'fatal' || event === 'ended'
  return isWanted ? `[${name}] ${text}\n` : undefined
}
