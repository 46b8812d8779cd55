import { parseArgs } from 'node:util'
import { anvilInstalled } from '../../lib/index.ts'
import { AnvilPeer } from './AnvilPeer.ts'
import { type EvmFuzzOptions, type EvmTally, evmFuzz } from './evmFuzz.ts'
import { describeOutcome } from './Outcome.ts'
import { type ReplayOptions, readReplay } from './replay.ts'
import { describeDifference, describeProfile, describeRuns, describeTally, describeTiers } from './report.ts'
import { shrink } from './shrink.ts'
import { interpreter, tierDuels, tracedDuel } from './tiers.ts'

export const EVM_HELP = `npm run fuzz -- evm [options]: the same random programs on the interpreter and compiled

  --minutes N        how long (default 1)
  --count N          programs instead of minutes
  --seed N           of the programs (default: a random one, printed)
  --first N          number of the first program (default 0): with --count 1 one program of a report again
  --anvil N          one program in N on anvil too, as a transaction: results, logs, changes of the state
  --keep-going       count differences and go on; those that look alike are printed once

  --program HEX      run this code instead (again: further contracts), with what a report prints:
                     --calldata HEX --value N --gas N --gas-limit N --mode call|transaction|blobTransaction
                     --fork NAME --storage contract:key=value --creates --parent-hash-pending`

const PROGRESS_MS = 10_000
/** One program in so many is counted on a slow machine, for opcodes and length. */
const PROFILE_EVERY = 25

/** Runs the command; returns the exit code: 1 for a difference, 2 where it can't run. */
export async function evmCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '1' },
      count: { type: 'string' },
      seed: { type: 'string' },
      first: { type: 'string', default: '0' },
      anvil: { type: 'string' },
      'keep-going': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      program: { type: 'string', multiple: true },
      calldata: { type: 'string' },
      value: { type: 'string' },
      gas: { type: 'string' },
      'gas-limit': { type: 'string' },
      mode: { type: 'string' },
      fork: { type: 'string' },
      storage: { type: 'string', multiple: true },
      creates: { type: 'boolean' },
      'parent-hash-pending': { type: 'boolean' },
    },
  })
  if (values.help) {
    console.log(EVM_HELP)
    return 0
  }
  if (values.program !== undefined) return await replay(values)
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32))
  const [first, minutes] = [Number(values.first), Number(values.minutes)]
  const count = values.count === undefined ? Number.POSITIVE_INFINITY : Number(values.count)
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(first) || !(count >= 1) || !(minutes > 0)) {
    process.stderr.write('--seed, --first and --count are whole numbers, --minutes is one above 0.\n')
    return 2
  }
  const anvilEvery = values.anvil === undefined ? undefined : Number(values.anvil)
  if (
    anvilEvery !== undefined &&
    !(anvilInstalled() && Number.isSafeInteger(anvilEvery) && anvilEvery >= 1)
  ) {
    process.stderr.write(
      '--anvil is a whole number above 0, and needs anvil, which npm brings on linux-x64 for example.\n',
    )
    return 2
  }
  const endMs = values.count === undefined ? minutes * 60_000 : Number.POSITIVE_INFINITY
  return await run({ seed, first, count, endMs, anvilEvery, keepGoing: values['keep-going'] })
}

type RunOptions = {
  seed: number
  first: number
  count: number
  endMs: number
  anvilEvery: number | undefined
  keepGoing: boolean
}

async function run(options: RunOptions): Promise<number> {
  const { anvilEvery } = options
  if (anvilEvery === undefined) return await runWith(options, {})
  const peer = await AnvilPeer.start(interpreter())
  try {
    return await runWith(options, { anvil: { peer, every: anvilEvery } })
  } finally {
    await peer.stop()
  }
}

async function runWith(options: RunOptions, anvil: Pick<EvmFuzzOptions, 'anvil'>): Promise<number> {
  const start = performance.now()
  const elapsed = () => performance.now() - start
  const { seed } = options
  let next = PROGRESS_MS
  const progress = (tally: EvmTally): void => {
    if (elapsed() < next) return
    next = elapsed() + PROGRESS_MS
    console.log(describeTally(tally, elapsed() / 1000))
  }
  console.log(`seed ${seed}`)
  const duels = [...tierDuels(), await tracedDuel()]
  const { tally, profile } = await evmFuzz({
    ...anvil,
    seed,
    first: options.first,
    more: (programs) => programs < options.count && elapsed() < options.endMs,
    duels,
    profileEvery: PROFILE_EVERY,
    keepGoing: options.keepGoing,
    progress,
    found: (found) => console.log(describeDifference(found, seed)),
  })
  console.log(`seed ${seed}: ${describeTally(tally, elapsed() / 1000)}`)
  console.log(`${describeRuns(tally)}\n${describeTiers(duels)}\n${describeProfile(profile)}`)
  console.log(tally.differences === 0 ? 'no difference' : `${tally.differences} programs differ`)
  return tally.differences === 0 ? 0 : 1
}

/** One given program: compared at its gas limit, and made smaller if the tiers differ. */
async function replay(options: ReplayOptions): Promise<number> {
  const { fuzzCase, run } = readReplay(options)!
  for (const duel of [...tierDuels(), await tracedDuel()]) {
    const { difference, outcomes } = duel.compareRun(fuzzCase, run)
    if (difference === undefined) {
      console.log(`no difference: ${duel.names.right}\n${outcomes.map(describeOutcome).join('\n')}`)
      continue
    }
    const smallest = await shrink({ fuzzCase, difference }, (changed) => duel.recheck(changed, difference))
    console.log(describeDifference({ program: 0, names: duel.names, ...smallest }, undefined))
    return 1
  }
  return 0
}
