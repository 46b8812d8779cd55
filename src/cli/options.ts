import type { LocalChainOptions } from '../node/index.ts'
import type { Flag } from './Flag.ts'
import { defaultFeedOptions, FEED_FLAGS, type FeedOptions } from './feedFlags.ts'
import { listOf } from './listOf.ts'
import { LOCAL_FLAGS } from './localFlags.ts'
import { nameHint } from './nameHint.ts'
import { defaultOutletOptions, OUTLET_FLAGS, type OutletOptions } from './outletFlags.ts'
import { defaultReplicaFlags, REPLICA_FLAGS, type ReplicaFlags } from './replicaFlags.ts'
import { takeInteger, takeMembers, takeWord } from './takeValue.ts'

/** What the command line, the environment and the configuration file say. */
export type Options = {
  port: number
  host: string
  data: string
  fresh: boolean
  genesis: string | undefined
  chainId: bigint | undefined
  forkUrl: string | undefined
  forkBlockNumber: bigint | undefined
  miniBlockMs: number
  blockMs: number
  /** Undefined: with transactions on a local chain, else regularly. */
  mining: 'interval' | 'manual' | undefined
  /** What a new local chain begins with. */
  local: LocalChainOptions
  dev: boolean | undefined
  autoImpersonate: boolean
  /** Paths of dumps; `state` is both. */
  state: string | undefined
  loadState: string | undefined
  dumpState: string | undefined
  stateIntervalS: number | undefined
  rpcGasCap: bigint
  /** Origins of pages that may call, and host names under which the node is asked; `*`: all. */
  corsOrigins: string[]
  virtualHosts: string[]
  snapshotMiB: number
  segmentMiB: number
  memoryMiB: number
  /** Infinity: all. */
  history: number
  evm: EvmTier
  threads: number | 'auto'
  replica: ReplicaFlags
  feed: FeedOptions
  outlets: OutletOptions
  /** Undefined: no metrics. */
  metricsPort: number | undefined
  metricsHost: string
  logFormat: LogFormat
  logLevel: LogLevel
  /** Path of a configuration file. */
  config: string | undefined
  explorer: boolean
  /** The nodes of the network. */
  members: { name: string; url: string }[]
  quiet: boolean
  help: boolean
  version: boolean
}

/** As of execution's EvmTier, whose room loads too much for `--help`. */
type EvmTier = (typeof EVM_TIERS)[number]

/** As of node's LogLevel, whose room loads too much for `--help`. */
type LogLevel = (typeof LOG_LEVELS)[number]

type LogFormat = (typeof LOG_FORMATS)[number]

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
const LOG_FORMATS = ['text', 'json'] as const
const EVM_TIERS = ['auto', 'interpreter', 'compiled'] as const

export type OptionsResult = { ok: true; options: Options } | { ok: false; message: string }

const PORTS = { min: 0, max: 65_535 }
const MAX_INTERVAL_MS = 3_600_000
const MAX_SNAPSHOT_MIB = 1_048_576
const MAX_SEGMENT_MIB = 4096
/** As of kernels' MAX_KERNEL_MEMORY_MIB, whose room loads too much for `--help`. */
const MEMORY_MIB = { min: 384, max: 4095 }
/** As of kernels' MAX_SPECULATORS, and the sequencer's own. */
const THREADS = { min: 1, max: 64 }
/** Of a transaction that does nothing: less could call nothing. */
const MIN_GAS_CAP = 21_000

export const FLAGS: readonly Flag<Options>[] = [
  {
    name: 'port',
    short: 'p',
    value: 'N',
    help: 'port for http and WebSocket; 0 takes any free one (default 8545)',
    take: (options, text) => takeInteger(text, PORTS, (port) => Object.assign(options, { port })),
  },
  {
    name: 'host',
    value: 'ADDRESS',
    help: 'address to listen on (default 127.0.0.1: this machine only)',
    take: (options, text) => void Object.assign(options, { host: text }),
  },
  {
    name: 'data',
    value: 'FOLDER',
    help: "the chain's folder, created when missing (default .leveret)",
    take: (options, text) => void Object.assign(options, { data: text }),
  },
  {
    name: 'fresh',
    help: 'delete the chain in the folder and start anew',
    take: (options) => void Object.assign(options, { fresh: true }),
  },
  {
    name: 'genesis',
    value: 'FILE',
    help: 'geth-style genesis of a new chain (default: a local chain with ten funded accounts)',
    take: (options, text) => void Object.assign(options, { genesis: text }),
  },
  {
    name: 'chain-id',
    value: 'N',
    help: 'chain id of a new local chain (default 31337)',
    take: (options, text) =>
      takeInteger(text, { min: 1, max: Number.MAX_SAFE_INTEGER }, (id) =>
        Object.assign(options, { chainId: BigInt(id) }),
      ),
  },
  {
    name: 'fork-url',
    value: 'URL',
    help: 'http address of a node: a new chain goes on after a block of its chain, with the state and blocks of before',
    take: (options, text) => void Object.assign(options, { forkUrl: text }),
  },
  {
    name: 'fork-block-number',
    value: 'N',
    help: 'with --fork-url: after which block (default: the newest)',
    take: (options, text) =>
      takeInteger(text, { min: 0, max: Number.MAX_SAFE_INTEGER }, (number) =>
        Object.assign(options, { forkBlockNumber: BigInt(number) }),
      ),
  },
  {
    name: 'mini-block-ms',
    value: 'N',
    help: 'shortest time between two mini-blocks (default 10, at least 1)',
    take: (options, text) =>
      takeInteger(text, { min: 1, max: MAX_INTERVAL_MS }, (miniBlockMs) =>
        Object.assign(options, { miniBlockMs }),
      ),
  },
  {
    name: 'block-ms',
    value: 'N',
    help: 'EVM blocks come so often (default: with transactions on a local chain, else every 1000)',
    take: (options, text) =>
      takeInteger(text, { min: 1, max: MAX_INTERVAL_MS }, (blockMs) =>
        Object.assign(options, { blockMs, mining: 'interval' }),
      ),
  },
  ...LOCAL_FLAGS,
  {
    name: 'rpc-gas-cap',
    value: 'N',
    help: 'most gas of one eth_call or eth_estimateGas (default 50000000)',
    take: (options, text) =>
      takeInteger(text, { min: MIN_GAS_CAP, max: Number.MAX_SAFE_INTEGER }, (gas) =>
        Object.assign(options, { rpcGasCap: BigInt(gas) }),
      ),
  },
  {
    name: 'http-corsdomain',
    value: 'LIST',
    help: 'origins of web pages that may call, with commas between; none for none, * for all (default *)',
    take: (options, text) => void Object.assign(options, { corsOrigins: listOf(text) }),
  },
  {
    name: 'http-vhosts',
    value: 'LIST',
    help: 'host names under which the node may be called, besides IP addresses; * for all (default localhost)',
    take: (options, text) => void Object.assign(options, { virtualHosts: listOf(text) }),
  },
  {
    name: 'state',
    value: 'FILE',
    help: 'as --load-state, if the file is there, and --dump-state',
    take: (options, text) => void Object.assign(options, { state: text }),
  },
  {
    name: 'load-state',
    value: 'FILE',
    help: "begin a new local chain with a dump, anvil's or Leveret's; a chain that is there goes on with its own state",
    take: (options, text) => void Object.assign(options, { loadState: text }),
  },
  {
    name: 'dump-state',
    value: 'FILE',
    help: 'dump state and blocks of a local chain when it stops; in a folder as state.json',
    take: (options, text) => void Object.assign(options, { dumpState: text }),
  },
  {
    name: 'state-interval',
    value: 'SECONDS',
    help: 'dump them so often meanwhile, too',
    take: (options, text) =>
      takeInteger(text, { min: 1, max: MAX_INTERVAL_MS / 1000 }, (stateIntervalS) =>
        Object.assign(options, { stateIntervalS }),
      ),
  },
  {
    name: 'snapshot-mb',
    value: 'N',
    help: 'make a snapshot of the state when the log has grown by so many MiB; 0: never (default 512)',
    take: (options, text) =>
      takeInteger(text, { min: 0, max: MAX_SNAPSHOT_MIB }, (snapshotMiB) =>
        Object.assign(options, { snapshotMiB }),
      ),
  },
  {
    name: 'segment-mb',
    value: 'N',
    help: 'size of one file of the log, MiB; old files are deleted whole (default 64)',
    take: (options, text) =>
      takeInteger(text, { min: 1, max: MAX_SEGMENT_MIB }, (segmentMiB) =>
        Object.assign(options, { segmentMiB }),
      ),
  },
  {
    name: 'memory-mb',
    value: 'N',
    help: 'most memory of each of the two copies of the state, MiB (default 1024, at most 4095)',
    take: (options, text) =>
      takeInteger(text, MEMORY_MIB, (memoryMiB) => Object.assign(options, { memoryMiB })),
  },
  {
    name: 'history',
    value: 'N',
    help: 'past blocks whose state can be read: a number, or all, which also keeps the whole log (default 128)',
    take: (options, text) =>
      text === 'all'
        ? void Object.assign(options, { history: Number.POSITIVE_INFINITY })
        : takeInteger(text, { min: 1, max: Number.MAX_SAFE_INTEGER }, (history) =>
            Object.assign(options, { history }),
          ),
  },
  {
    name: 'evm',
    value: 'TIER',
    help: 'how bytecode is run: auto compiles what runs hot, interpreter nothing, compiled everything (default auto)',
    take: (options, text) => takeWord(text, EVM_TIERS, (evm) => Object.assign(options, { evm })),
  },
  {
    name: 'threads',
    value: 'N',
    help: 'threads that execute transactions, 1 to 64; auto takes some where there are cores, and uses them where they help (default auto)',
    take: (options, text) =>
      text === 'auto'
        ? void Object.assign(options, { threads: text })
        : takeInteger(text, THREADS, (threads) => Object.assign(options, { threads })),
  },
  ...REPLICA_FLAGS,
  ...FEED_FLAGS,
  ...OUTLET_FLAGS,
  {
    name: 'metrics-port',
    value: 'N',
    help: 'port for /metrics, /livez and /readyz; 0 takes any free one (default: none)',
    take: (options, text) =>
      takeInteger(text, PORTS, (metricsPort) => Object.assign(options, { metricsPort })),
  },
  {
    name: 'metrics-host',
    value: 'ADDRESS',
    help: 'address to listen on for them (default 127.0.0.1: this machine only)',
    take: (options, text) => void Object.assign(options, { metricsHost: text }),
  },
  {
    name: 'log-format',
    value: 'FORMAT',
    help: 'text for people, json for machines: one object a line on standard output (default text)',
    take: (options, text) =>
      takeWord(text, LOG_FORMATS, (logFormat) => Object.assign(options, { logFormat })),
  },
  {
    name: 'log-level',
    value: 'LEVEL',
    help: 'least level of what is logged: debug, info, warn or error (default info)',
    take: (options, text) => takeWord(text, LOG_LEVELS, (logLevel) => Object.assign(options, { logLevel })),
  },
  {
    name: 'config',
    value: 'FILE',
    help: 'TOML file with options by their names; the environment and the command line go before it',
    take: (options, text) => void Object.assign(options, { config: text }),
  },
  {
    name: 'no-explorer',
    help: 'serve no explorer at /',
    take: (options) => void Object.assign(options, { explorer: false }),
  },
  {
    name: 'members',
    value: 'LIST',
    help: 'nodes of the network for the explorer to show, as NAME=URL, with commas between',
    take: (options, text) => takeMembers(text, (members) => Object.assign(options, { members })),
  },
  {
    name: 'quiet',
    short: 'q',
    help: 'print the address only',
    take: (options) => void Object.assign(options, { quiet: true }),
  },
  {
    name: 'help',
    short: 'h',
    help: 'print this',
    take: (options) => void Object.assign(options, { help: true }),
  },
  {
    name: 'version',
    short: 'v',
    help: 'print the version',
    take: (options) => void Object.assign(options, { version: true }),
  },
]

export function defaultOptions(): Options {
  return {
    port: 8545,
    host: '127.0.0.1',
    data: '.leveret',
    fresh: false,
    genesis: undefined,
    chainId: undefined,
    forkUrl: undefined,
    forkBlockNumber: undefined,
    miniBlockMs: 10,
    blockMs: 1000,
    mining: undefined,
    local: {},
    dev: undefined,
    autoImpersonate: false,
    state: undefined,
    loadState: undefined,
    dumpState: undefined,
    stateIntervalS: undefined,
    rpcGasCap: 50_000_000n,
    corsOrigins: ['*'],
    virtualHosts: ['localhost'],
    snapshotMiB: 512,
    segmentMiB: 64,
    memoryMiB: 1024,
    history: 128,
    evm: 'auto',
    threads: 'auto',
    replica: defaultReplicaFlags(),
    feed: defaultFeedOptions(),
    outlets: defaultOutletOptions(),
    metricsPort: undefined,
    metricsHost: '127.0.0.1',
    logFormat: 'text',
    logLevel: 'info',
    config: undefined,
    explorer: true,
    members: [],
    quiet: false,
    help: false,
    version: false,
  }
}

/** Reads `--name value`, `--name=value` and switches into `options`. */
export function parseOptions(args: readonly string[], options: Options = defaultOptions()): OptionsResult {
  for (let i = 0; i < args.length; i++) {
    const argument = args[i]!
    const [name, inline] = splitArgument(argument)
    const flag = FLAGS.find((each) => each.name === name)
    if (flag === undefined) return unknownOption(argument, name)
    if (flag.value === undefined && inline !== undefined) return failure(`--${flag.name} takes no value.`)
    const text = flag.value === undefined ? '' : (inline ?? args[++i])
    if (text === undefined || (flag.value !== undefined && text === '')) {
      return failure(`--${flag.name} needs a value: --${flag.name} ${flag.value}`)
    }
    const wrong = flag.take(options, text)
    if (wrong !== undefined) return failure(`--${flag.name} ${text}: ${wrong}`)
  }
  return { ok: true, options }
}

/** What `--help` prints. */
export function helpText(): string {
  const left = ({ name, short, value }: Flag<Options>) =>
    `  ${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
  const width = Math.max(...FLAGS.map((flag) => left(flag).length)) + 2
  const lines = FLAGS.map((flag) => `${left(flag).padEnd(width)}${flag.help}`)
  return `Starts a local Ethereum rollup.\n\nUsage: npm start -- [options]\n       npm start -- replica --from URL [options]: follows the chain of another node\n       npm start -- network [options]: a network on this machine, see network --help\n       npm start -- db COMMAND: looks after a data folder, see db --help\n\n${lines.join('\n')}\n\nAn option may also stand in the environment (LEVERET_BLOCK_MS=500) or in the file of --config (block-ms = 500). The\ncommand line goes before the environment, and that before the file.\n`
}

/** `-h` as `help`; undefined for what isn't an option. */
function splitArgument(argument: string): [string | undefined, string | undefined] {
  const short = FLAGS.find((flag) => flag.short !== undefined && argument === `-${flag.short}`)
  if (short !== undefined) return [short.name, undefined]
  if (!argument.startsWith('--')) return [undefined, undefined]
  const equals = argument.indexOf('=')
  return equals === -1
    ? [argument.slice(2), undefined]
    : [argument.slice(2, equals), argument.slice(equals + 1)]
}

function unknownOption(argument: string, name: string | undefined): OptionsResult {
  const typed = name ?? argument.replace(/^-+/, '')
  const names = FLAGS.map((flag) => flag.name)
  return failure(`Unknown option ${argument}. ${nameHint(typed, names, (each) => `--${each}`)}`)
}

function failure(message: string): OptionsResult {
  return { ok: false, message }
}
