/** fib(10^8) in a loop, in Solidity and in C: how far from a compiler of another language this is. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Engine, type EvmTier } from '../../src/execution/index.ts'
import { bytesToHex } from '../../src/lib/index.ts'
import type { BenchContext } from '../harness.ts'
import { prepareWorkload } from './executeWorkload.ts'
import { fibWorkload } from './ownWorkloads.ts'
import { WorkloadError } from './WorkloadError.ts'

const SOURCE = resolve(import.meta.dirname, '../native/fib.c')
const COUNT = 100_000_000
/** A call keeps the machine code that it began with, so that short calls come first. */
const WARM_UP_COUNT = 1_000_000
const WARM_UP_MS = 1_000
const CASE = 'fib(10^8)'

/** Times each tier (once, after short calls) and, where there is a C compiler, C's 64-bit and 256-bit loops. */
export function benchFib8(context: BenchContext, tiers: readonly EvmTier[]): void {
  const ms = new Map<EvmTier, number>()
  let result: string | undefined
  for (const tier of tiers) {
    const run = timeFib(tier)
    if (result !== undefined && run.result !== result) throw new WorkloadError(CASE, result, run.result)
    result = run.result
    ms.set(tier, run.ms)
    context.report({
      case: CASE,
      metric: 'time',
      value: run.ms / 1000,
      unit: 's',
      engine: tier,
      checksum: result,
    })
  }
  const native = timeNative(context)
  for (const { bits, seconds, result: theirs } of native) {
    if (result !== undefined && !result.endsWith(theirs)) throw new WorkloadError(CASE, theirs, result)
    const engine = `C, ${bits} bits`
    context.report({ case: CASE, metric: 'time', value: seconds, unit: 's', engine })
    for (const [tier, tierMs] of ms) {
      const value = tierMs / 1000 / seconds
      context.report({ case: CASE, metric: `time / ${engine}`, value, unit: '×', engine: tier })
    }
  }
}

function timeFib(tier: EvmTier): { ms: number; result: string } {
  const engine = new Engine({ evm: tier })
  const workload = fibWorkload(COUNT)
  const call = prepareWorkload(engine, workload)
  const { calldata: short } = fibWorkload(WARM_UP_COUNT)
  const begin = performance.now()
  while (performance.now() - begin < WARM_UP_MS) call(short)
  const start = performance.now()
  const { status, output, error } = call()
  const ms = performance.now() - start
  if (status !== 'success') throw new WorkloadError(CASE, 'success', `${status} ${error ?? ''}`)
  return { ms, result: bytesToHex(output).slice(2) }
}

type NativeRun = { bits: 64 | 256; seconds: number; result: string }

/** Fastest of three runs each; none without a compiler. */
function timeNative({ note }: BenchContext): NativeRun[] {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-fib-'))
  try {
    const program = join(folder, 'fib')
    try {
      execFileSync(process.env.CC ?? 'cc', ['-O2', '-o', program, SOURCE], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
    } catch (error) {
      note(
        `${CASE} in C is left out, no C compiler that takes it: ${(error as Error).message.split('\n')[0]}`,
      )
      return []
    }
    return ([64, 256] as const).map((bits) => {
      const runs = Array.from({ length: 3 }, () => {
        const [seconds, result] = execFileSync(program, [String(bits), String(COUNT)], {
          encoding: 'utf8',
        }).split(/\s/)
        return { bits, seconds: Number(seconds), result: result!.slice(-bits / 4) }
      })
      return runs.toSorted((a, b) => a.seconds - b.seconds)[0]!
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
