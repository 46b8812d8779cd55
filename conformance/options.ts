import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { defaultPacks, type Pack, packsAt } from './packs.ts'

export type Options = {
  packs: Pack[]
  /** Suites (pack names) or kinds to run; empty: all. */
  suites: string[]
  /** Only tests whose `path::name` matches. */
  filter: RegExp | undefined
  tier: Tier
  /** Tests of execution run twice on one engine: the second time with what the first has compiled. */
  hot: boolean
  /** Engines have a cold store, and move every slot out to it between transactions. */
  cold: boolean
  /** 2: a second engine executes every transaction ahead. */
  threads: 1 | 2
  /** A sample of every suite. */
  quick: boolean
  jobs: number
  /** Name the tests instead of running them. */
  list: boolean
  /** Name every test with its outcome. */
  verbose: boolean
}

/**
 * How bytecode is run. Every test must pass on each. `compiled`: every code is compiled before it first runs, init code
 * too; what the compiler refuses is interpreted, and counted.
 */
export type Tier = (typeof TIERS)[number]

export const TIERS = ['interpreter', 'compiled'] as const

export const HELP = `npm run conformance -- [options]

  --pack PATH      a .tar.zst pack, a folder of packs, or a folder of test JSON; repeatable
                   (default: the packs of ../shared/conformance, else the tests in conformance/fixtures)
  --suite NAME     only this suite (the pack's name) or kind of test; repeatable
  --filter REGEX   only tests whose "path::name" matches
  --tier NAME      how bytecode is run: ${TIERS.join(', ')} (default: interpreter)
  --hot            state and blockchain tests twice on one engine, the second time with the modules
                   of the first; for --tier compiled
  --cold           engines move every slot out to a cold store between transactions
  --threads N      2: a second engine executes every transaction ahead, and what comes of it is
                   committed where it holds, as threads do it; 1: none (default)
  --quick          a sample of every suite
  --jobs N         worker threads (default: one a core)
  --list           name the tests, run none
  --verbose        name every test with its outcome
`

/**
 * Reads the command line. Undefined when help was asked for.
 *
 * @throws UsageError for values that make no sense; PackError for a named pack that isn't there.
 */
export function parseOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      pack: { type: 'string', multiple: true },
      suite: { type: 'string', multiple: true },
      filter: { type: 'string' },
      tier: { type: 'string' },
      hot: { type: 'boolean' },
      cold: { type: 'boolean' },
      threads: { type: 'string' },
      quick: { type: 'boolean' },
      jobs: { type: 'string' },
      list: { type: 'boolean' },
      verbose: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return undefined
  const tier = parseTier(values.tier ?? 'interpreter')
  if (values.hot && tier !== 'compiled')
    throw new UsageError(`--hot says nothing with tier ${tier}.`, 'add --tier compiled, or leave --hot out')
  return {
    packs: values.pack === undefined ? defaultPacks() : values.pack.flatMap(packsAt),
    suites: values.suite ?? [],
    filter: values.filter === undefined ? undefined : parseFilter(values.filter),
    tier,
    hot: values.hot === true,
    cold: values.cold === true,
    threads: parseThreads(values.threads ?? '1'),
    quick: values.quick === true,
    jobs: values.jobs === undefined ? availableParallelism() : parseJobs(values.jobs),
    list: values.list === true,
    verbose: values.verbose === true,
  }
}

function parseTier(text: string): Tier {
  const tier = TIERS.find((known) => known === text)
  if (tier === undefined)
    throw new UsageError(`There is no tier ${text}.`, `choose one of ${TIERS.join(', ')}`)
  return tier
}

function parseThreads(text: string): 1 | 2 {
  if (text === '1' || text === '2') return text === '1' ? 1 : 2
  throw new UsageError(`--threads ${text} is not a number of threads.`, 'give 1 or 2')
}

function parseJobs(text: string): number {
  const jobs = Number(text)
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 256) return jobs
  throw new UsageError(`--jobs ${text} is not a number of threads.`, 'give a whole number from 1 to 256')
}

function parseFilter(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (error) {
    throw new UsageError(
      `--filter ${text} is not a regular expression (${String(error)}).`,
      'quote it for the shell',
    )
  }
}

/** The command line asks for something that there isn't. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  constructor(what: string, next: string) {
    super(`${what}\n  next: ${next}.`)
  }
}
