/**
 * `npm run fuzz -- anvil [--seed S] [--count N]`: the same random transactions to Leveret and to anvil; exit 1 at the
 * first difference, with the seed and the smallest replay found.
 *
 * `--left anvil --left-fork prague` compares two anvils instead: shows that the fuzz sees a difference.
 */
import { parseArgs } from 'node:util'
import { anvilInstalled, hex } from '../lib/index.ts'
import type { Action } from './actions.ts'
import { type FuzzResult, fuzz } from './fuzz.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string' },
    count: { type: 'string', default: '1000' },
    left: { type: 'string', default: 'leveret' },
    'left-fork': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(`npm run fuzz -- anvil [options]: the same random transactions to Leveret and to anvil

  --count N          transactions (default 1000)
  --seed N           of the transactions (default: a random one, printed)
  --left anvil       compare two anvils instead, to see that a difference is seen
  --left-fork NAME   fork of the left one (with --left anvil)`)
  process.exit()
}

const peer = positionals[0] ?? 'anvil'
if (peer !== 'anvil') fail(`There is no peer ${peer}.\n  next: npm run fuzz -- anvil [--seed S] [--count N]`)
if (!anvilInstalled())
  fail(
    'anvil is not installed for this platform.\n  next: run where its binary is offered, for example on linux-x64.',
  )
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32))
const count = Number(values.count)
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || count < 1)
  fail('--seed and --count are whole numbers.')

const start = performance.now()
const result = await fuzz({
  seed,
  count,
  left: values.left === 'anvil' ? 'anvil' : 'leveret',
  ...(values['left-fork'] === undefined ? {} : { leftFork: values['left-fork'] }),
  progress: (text) => console.log(text),
})
report(result)

function report({ tally, difference, replay }: FuzzResult): void {
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(
    `seed ${seed}: ${tally.executed} executed (${tally.succeeded} succeeded, ${tally.reverted} reverted), ${tally.refused} refused by both, ` +
      `${tally.logs} logs, ${tally.gasUsed} gas, ${tally.outputsCompared} call outputs, ${tally.accountsCompared} accounts and ${tally.slotsCompared} slots compared in ${seconds} s`,
  )
  if (!difference) {
    console.log('no difference')
    return
  }
  console.log(
    `\nDIFFERENCE: ${difference.what}\n  ${values.left}: ${show(difference.left)}\n  anvil: ${show(difference.right)}`,
  )
  console.log(
    `  transaction: ${difference.raw}\n  again: npm run fuzz -- anvil --seed ${seed} --count ${count}`,
  )
  console.log(`\nsmallest replay found, ${replay.length} of ${count} actions:`)
  for (const action of replay) console.log(describe(action))
  process.exitCode = 1
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

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}
