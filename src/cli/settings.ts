import { readFileSync } from 'node:fs'
import type { Flag } from './Flag.ts'
import { FEED_KEY_VARIABLE } from './feedFlags.ts'
import { nameHint } from './nameHint.ts'
import { defaultOptions, FLAGS, type Options, type OptionsResult, parseOptions } from './options.ts'

/** Before the name of an option in the environment: `--block-ms` is LEVERET_BLOCK_MS. */
const PREFIX = 'LEVERET_'

/** Options that only the command line has. */
const ONLY_ARGUMENTS = ['help', 'version']

export const ENVIRONMENT_FLAGS: readonly Flag<Options>[] = FLAGS.filter(
  ({ name }) => !ONLY_ARGUMENTS.includes(name),
)
/** A file that names another would be two to read. */
export const FILE_FLAGS: readonly Flag<Options>[] = ENVIRONMENT_FLAGS.filter(({ name }) => name !== 'config')

/**
 * Options from all places where they may stand. The command line goes before the environment, that before the file which
 * one of them names, and that before the defaults. What isn't known is refused wherever it stands.
 */
export async function readSettings(
  args: readonly string[],
  environment: Record<string, string | undefined>,
): Promise<OptionsResult> {
  const first = parseOptions(args)
  if (!first.ok || first.options.help || first.options.version) return first
  const options = defaultOptions()
  const path = first.options.config ?? (environment[variableOf('config')] || undefined)
  const wrong =
    (path === undefined ? undefined : await applyFile(options, path)) ??
    applyEnvironment(options, environment)
  return wrong === undefined ? parseOptions(args, options) : { ok: false, message: wrong }
}

/** As the environment has it. */
export function variableOf(name: string): string {
  return PREFIX + name.toUpperCase().replaceAll('-', '_')
}

/** Gives what is wrong with it. */
function applyEnvironment(
  options: Options,
  environment: Record<string, string | undefined>,
): string | undefined {
  const variables = ENVIRONMENT_FLAGS.map(({ name }) => variableOf(name))
  for (const [variable, text] of Object.entries(environment)) {
    // An empty one is how a variable of a container's template says nothing.
    if (!variable.startsWith(PREFIX) || text === undefined || text === '') continue
    if (variable === FEED_KEY_VARIABLE) {
      options.feed.key = text
      continue
    }
    const flag = ENVIRONMENT_FLAGS[variables.indexOf(variable)]
    if (flag === undefined)
      return `Unknown variable ${variable} in the environment. ${variableHint(variable)}`
    const wrong = flag.value === undefined ? applySwitch(options, flag, text) : flag.take(options, text)
    if (wrong !== undefined) return `${variable}=${text}: ${wrong}`
  }
  return undefined
}

/** Gives what is wrong with it. */
async function applyFile(options: Options, path: string): Promise<string | undefined> {
  let table: Record<string, unknown>
  try {
    // Loaded only by who has a file: the others start sooner.
    const { parse } = await import('smol-toml')
    table = parse(readFileSync(path, 'utf8'))
  } catch (error) {
    return `The configuration file can't be read: ${(error as Error).message.trim()}\n  file: ${path}`
  }
  const names = FILE_FLAGS.map(({ name }) => name)
  for (const [name, value] of Object.entries(table)) {
    const flag = FILE_FLAGS[names.indexOf(name)]
    if (flag === undefined) return `Unknown option ${name} in ${path}. ${nameHint(name, names)}`
    const wrong = applyValue(options, flag, value)
    if (wrong !== undefined) return `${name} in ${path}: ${wrong}`
  }
  return undefined
}

function applyValue(options: Options, flag: Flag<Options>, value: unknown): string | undefined {
  const isList = Array.isArray(value) && value.every((entry) => typeof entry === 'string')
  // An empty list means what `none` does on the command line.
  const text = isList ? value.join(',') || 'none' : String(value)
  if (flag.value === undefined)
    return typeof value === 'boolean' ? applySwitch(options, flag, text) : 'expected true or false.'
  const isPlain = ['string', 'number', 'bigint'].includes(typeof value) || (isList && flag.value === 'LIST')
  return isPlain && text !== '' ? flag.take(options, text) : `expected a value for ${flag.value}.`
}

function applySwitch(options: Options, flag: Flag<Options>, text: string): string | undefined {
  if (text === 'true' || text === '1') return flag.take(options, '')
  return text === 'false' || text === '0' ? undefined : 'expected true or false.'
}

/** The prefix would make every variable near to every other. */
function variableHint(variable: string): string {
  const typed = variable.slice(PREFIX.length).toLowerCase().replaceAll('_', '-')
  const names = ENVIRONMENT_FLAGS.map(({ name }) => name)
  return nameHint(typed, names, variableOf)
}
