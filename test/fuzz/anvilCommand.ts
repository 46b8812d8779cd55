import { parseArgs } from 'node:util'
import { anvilInstalled, hex } from '../lib/index.ts'
import type { Action } from './actions.ts'
import { type FuzzResult, fuzz } from './fuzz.ts'

export const ANVIL_HELP = `npm run fuzz -- anvil [options]: the same random transactions to Leveret and to anvil

  --count N          transactions (default 1000)
  --seed N           of the transactions (default: a random one, printed)
  --fork             run the second half on a fork of anvil's chain, as it is then
  --left anvil       compare two anvils instead, to see that a difference is seen
  --left-fork NAME   fork of the left one (with --left anvil)`

/** Runs the command; returns the exit code: 1 for a difference, 2 where it can't run. */
export async function anvilCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string' },
      count: { type: 'string', default: '1000' },
      left: { type: 'string', default: 'leveret' },
      'left-fork': { type: 'string' },
      fork: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(ANVIL_HELP)
    return 0
  }
  if (!anvilInstalled())
    return fail(
      'anvil is not installed for this platform.\n  next: run where its binary is offered, for example on linux-x64.',
    )
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32))
  const count = Number(values.count)
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || count < 1)
    return fail('--seed and --count are whole numbers.')

  const start = performance.now()
  const result = await fuzz({
    seed,
    count,
    left: values.left === 'anvil' ? 'anvil' : 'leveret',
    forks: values.fork === true,
    ...(values['left-fork'] === undefined ? {} : { leftFork: values['left-fork'] }),
    progress: (text) => console.log(text),
  })
  return report(result, { seed, count, left: values.left, seconds: (performance.now() - start) / 1000 })
}

function report(
  { tally, difference, replay }: FuzzResult,
  { seed, count, left, seconds }: { seed: number; count: number; left: string; seconds: number },
): number {
  console.log(
    `seed ${seed}: ${tally.executed} executed (${tally.succeeded} succeeded, ${tally.reverted} reverted), ${tally.refused} refused by both, ` +
      `${tally.logs} logs, ${tally.gasUsed} gas, ${tally.outputsCompared} call outputs, ${tally.accountsCompared} accounts and ${tally.slotsCompared} slots compared in ${seconds.toFixed(1)} s`,
  )
  if (!difference) {
    console.log('no difference')
    return 0
  }
  console.log(
    `\nDIFFERENCE: ${difference.what}\n  ${left}: ${show(difference.left)}\n  anvil: ${show(difference.right)}`,
  )
  console.log(
    `  transaction: ${difference.raw}\n  again: npm run fuzz -- anvil --seed ${seed} --count ${count}`,
  )
  console.log(`\nsmallest replay found, ${replay.length} of ${count} actions:`)
  for (const action of replay) console.log(describe(action))
  return 1
}

function describe(action: Action): string {
  const { data, ...rest } = action
  const code = data
    .map((part) => (part instanceof Uint8Array ? hex(part).slice(2) : `<${JSON.stringify(part)}>`))
    .join('')
  return `${show(rest)}\n  data: 0x${code}`
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? each.toString() : each)) ?? 'nothing'
}

function fail(message: string): number {
  process.stderr.write(`${message}\n`)
  return 2
}
