/** What a fuzz run prints. */

import { OPCODES } from '../../../src/evm/index.ts'
import { bytesToHex } from '../../../src/lib/index.ts'
import type { EvmTally, FoundDifference } from './evmFuzz.ts'
import { codesOf } from './FuzzCase.ts'
import { disassemble } from './items.ts'
import { describeOutcome, type Run } from './Outcome.ts'
import type { Profile } from './Profile.ts'
import { replayOptions } from './replay.ts'
import type { TierDuel } from './TierDuel.ts'

const LONG_PROGRAM_STEPS = 50

export function describeTally(tally: EvmTally, seconds: number): string {
  const differences = tally.differences === 0 ? '' : `, ${tally.differences} DIFFER`
  return `${tally.programs} programs, ${(tally.programs / seconds).toFixed(0)}/s${differences}: ${list(tally.firstEndings)}`
}

/** The same for all runs, those that gas ran short in too. */
export function describeRuns({ runs, endings, gasUsed, onAnvil, slowestCompile }: EvmTally): string {
  const peer = onAnvil === 0 ? '' : `, ${onAnvil} programs on anvil too`
  const slowest = `slowest to compile: program ${slowestCompile.program}, ${slowestCompile.ms.toFixed(0)} ms`
  return `${runs} runs, ${gasUsed} gas${peer}: ${list(endings)}\n${slowest}`
}

/** How much of what succeeded ran compiled. */
export function describeTiers(duels: readonly TierDuel[]): string {
  return duels
    .map(({ names, right: { tierGas } }) => {
      const total = Number(tierGas.interpreted + tierGas.compiled)
      const share = (Number(tierGas.compiled) / Math.max(1, total)) * 100
      return `${names.right}: ${share.toFixed(1)} % of the gas of successful calls`
    })
    .join('\n')
}

function list(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([ending, count]) => `${ending} ${count}`)
    .join(', ')
}

/** Which opcodes were executed, and how long the programs were, in the sample that was profiled. */
export function describeProfile(profile: Profile): string {
  const { steps } = profile
  if (steps.length === 0) return 'no program was profiled'
  const missing = profile.missing(OPCODES)
  const median = [...steps].sort((a, b) => a - b)[steps.length >> 1]
  const share = (profile.shareBeyond(LONG_PROGRAM_STEPS) * 100).toFixed(0)
  const failed = profile.failures.length
  const failures =
    failed === 0 ? [] : [`${failed} not profiled to their end, the first: ${profile.failures[0]}`]
  return [
    `of ${steps.length} profiled programs ${share} % executed more than ${LONG_PROGRAM_STEPS} instructions, the median ${median}`,
    `opcodes executed: ${profile.opcodes.size}; never: ${missing.length === 0 ? 'none' : missing.join(' ')}`,
    ...failures,
  ].join('\n')
}

/** A difference with everything that repeats it. */
export function describeDifference(
  { program, fuzzCase, difference, names }: FoundDifference,
  seed: number | undefined,
): string {
  const onAnvil = 'what' in difference
  const run: Run = onAnvil ? { mode: 'transaction', gas: difference.gas } : difference.run
  const lines = [onAnvil ? `DIFFERENCE from anvil: ${difference.what}` : `DIFFERENCE in ${difference.field}`]
  if (seed !== undefined) lines.push(`  seed ${seed}, program ${program}`)
  lines.push(`  ${run.mode} with ${run.gas} gas, ${fuzzCase.fork}`)
  if (onAnvil) lines.push(`  engine: ${difference.engine}`, `  anvil: ${difference.anvil}`)
  else {
    lines.push(`  ${names.left}:`, describeOutcome(difference.left))
    lines.push(`  ${names.right}:`, describeOutcome(difference.right))
  }
  for (const [index, code] of codesOf(fuzzCase).entries()) {
    lines.push(`  ${index === 0 && fuzzCase.creates ? 'init code' : `code ${index}`}: ${bytesToHex(code)}`)
    lines.push(disassemble(code))
  }
  lines.push(`  again: npm run fuzz -- evm ${replayOptions(fuzzCase, run)}`)
  return lines.join('\n')
}
