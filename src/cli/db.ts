import { ProgressBar } from './ProgressBar.ts'

/** A command of `leveret db`: what it takes behind its name, and what it does. */
type DbCommand = { name: string; argument?: string; help: string }

const COMMANDS: readonly DbCommand[] = [
  { name: 'verify', help: 'check log, snapshots, headers and history against each other; changes nothing' },
  { name: 'snapshot', help: 'make a snapshot of the newest sealed state, so that the next start is quick' },
  {
    name: 'prune',
    help: 'delete old snapshots, and the log that they make unnecessary (not with --history all)',
  },
  { name: 'export', argument: 'FILE', help: 'write the newest sealed state as a geth-style genesis' },
  { name: 'import', argument: 'FILE', help: 'make a new chain from a geth-style genesis of any size' },
]

export type DbOptions = {
  command: 'verify' | 'snapshot' | 'prune' | 'export' | 'import'
  file: string
  data: string
  keepLog: boolean
}

export type DbOptionsResult =
  | { ok: true; options: DbOptions }
  | { ok: false; isHelp: boolean; message: string }

/** Reads what stands behind `leveret db`. */
export function parseDbOptions(args: readonly string[]): DbOptionsResult {
  const words: string[] = []
  let data = '.leveret'
  let keepLog = false
  for (let i = 0; i < args.length; i++) {
    const [name, inline] = args[i]!.split(/=(.*)/s) as [string, string | undefined]
    if (name === '--help' || name === '-h') return { ok: false, isHelp: true, message: dbHelpText() }
    if (name === '--data' || name === '--history') {
      const value = inline ?? args[++i]
      if (value === undefined || value === '') return refusal(`${name} needs a value.`)
      if (name === '--data') data = value
      else if (value === 'all') keepLog = true
      else if (!/^\d+$/.test(value))
        return refusal(`--history ${value}: expected a number of blocks, or all.`)
    } else if (name.startsWith('-')) return refusal(`Unknown option ${args[i]}. See db --help.`)
    else words.push(args[i]!)
  }
  const [name, file, ...rest] = words
  const command = COMMANDS.find((each) => each.name === name)
  if (command === undefined) {
    const what = name === undefined ? 'db needs a command' : `There is no command db ${name}`
    return refusal(`${what}: one of ${COMMANDS.map((each) => each.name).join(', ')}.`)
  }
  if (command.argument !== undefined && file === undefined)
    return refusal(`db ${command.name} needs a file: db ${command.name} ${command.argument}`)
  if (rest.length > 0 || (command.argument === undefined && file !== undefined))
    return refusal(`db ${command.name} takes no argument ${rest[0] ?? file}.`)
  return {
    ok: true,
    options: { command: command.name as DbOptions['command'], file: file ?? '', data, keepLog },
  }
}

function refusal(message: string): DbOptionsResult {
  return { ok: false, isHelp: false, message }
}

/** What `leveret db --help` prints. */
export function dbHelpText(): string {
  const left = ({ name, argument }: DbCommand) => `  ${name}${argument === undefined ? '' : ` ${argument}`}`
  const lines = COMMANDS.map((command) => `${left(command).padEnd(16)}${command.help}`)
  const options = [
    `${'  --data FOLDER'.padEnd(16)}  the chain's folder (default .leveret); no node may be running with it`,
    `${'  --history all'.padEnd(16)}  with prune: keep the whole log`,
  ]
  return `Looks after the data folder of a chain.\n\nUsage: npm start -- db COMMAND [--data FOLDER]\n\n${lines.join('\n')}\n\n${options.join('\n')}\n`
}

/** Carries out a command and says what came of it. Returns the exit code. */
export async function runDb(options: DbOptions): Promise<number> {
  const node = await import('../node/index.ts')
  const bar = new ProgressBar(process.stderr, () => performance.now())
  const command = {
    data: options.data,
    onProgress: (step: Parameters<ProgressBar['show']>[0]) => bar.show(step),
  }
  const say = (text: string) => {
    bar.end()
    process.stdout.write(`${text}\n`)
  }
  try {
    switch (options.command) {
      case 'verify': {
        const { checked, problems } = await node.verifyDb(command)
        for (const line of checked) say(`ok       ${line}`)
        for (const line of problems) say(`problem  ${line}`)
        say(
          problems.length === 0
            ? 'Everything is as it should be.'
            : `${problems.length} problems were found.`,
        )
        return problems.length === 0 ? 0 : 1
      }
      case 'snapshot': {
        const { blockNumber, isNew } = await node.snapshotDb(command)
        say(
          isNew
            ? `Made a snapshot of block ${blockNumber}.`
            : `There is a snapshot of block ${blockNumber} already.`,
        )
        return 0
      }
      case 'prune': {
        const { snapshotCount, segmentCount } = await node.pruneDb({ ...command, keepLog: options.keepLog })
        say(`Deleted ${snapshotCount} snapshots and ${segmentCount} segments of the log.`)
        return 0
      }
      case 'export': {
        const { blockNumber, accounts, slots } = await node.exportDb({ ...command, path: options.file })
        say(
          `Wrote the state of block ${blockNumber} to ${options.file}: ${accounts} accounts, ${slots} slots.`,
        )
        return 0
      }
      case 'import': {
        const { genesisHash } = await node.importDb({ ...command, path: options.file })
        say(`Made a chain in ${options.data} with the genesis ${genesisHash}.`)
        return 0
      }
    }
  } finally {
    bar.end()
  }
}
