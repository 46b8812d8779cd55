import { parseArgs } from 'node:util'
import type { EvmTier, ParallelStats } from '../../../src/execution/index.ts'
import { BATCHES, ParallelDuel, TIMINGS } from './ParallelDuel.ts'

export const PARALLEL_HELP = `npm run fuzz -- parallel [options]: the same random batches in serial order and executed ahead

  --count N          batches (default 1000), shared by the ways in which threads can meet, on both tiers
  --seed N           of the first state (default: a random one, printed)`

const TIERS = ['interpreter', 'compiled'] as const satisfies EvmTier[]

/** Runs the command; returns the exit code: 1 for a difference, 2 where it can't run. */
export async function parallelCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      count: { type: 'string', default: '1000' },
      seed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(PARALLEL_HELP)
    return 0
  }
  const count = Number(values.count)
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
  if (!(count >= 1) || !Number.isSafeInteger(seed)) {
    process.stderr.write('--seed and --count are whole numbers, --count one above 0.\n')
    return 2
  }
  console.log(`seed ${seed}`)
  const seeds = Math.ceil(count / (BATCHES * TIMINGS.length * TIERS.length))
  for (const timing of TIMINGS) {
    for (const evm of TIERS) {
      const duel = new ParallelDuel(timing, evm)
      try {
        for (let i = 0; i < seeds; i++) {
          duel.run(seed + i)
          // Threads start and end in the event loop.
          await new Promise((resolve) => setTimeout(resolve, 0))
        }
        console.log(describe(`${timing}, ${evm}`, seeds * BATCHES, duel.stats))
      } catch (error) {
        console.log(error instanceof Error ? error.message : error)
        return 1
      } finally {
        await duel.close()
      }
    }
  }
  console.log('no difference')
  return 0
}

function describe(name: string, batches: number, stats: ParallelStats): string {
  const { committed, conflicted, notSpeculated, unclaimed, overtaken } = stats
  return (
    `${name.padEnd(24)} ${batches} batches: ${committed} committed, ${conflicted} conflicted, ` +
    `${notSpeculated} not executed ahead, ${unclaimed + overtaken} before a thread came to them`
  )
}
