import { OPCODES } from '../../../src/evm/index.ts'
import { Prng } from '../../../src/lib/index.ts'
import { type AnvilDifference, AnvilPeer } from './AnvilPeer.ts'
import type { FuzzCase } from './FuzzCase.ts'
import { generateCase } from './generate.ts'
import type { Outcome } from './Outcome.ts'
import { Profile } from './Profile.ts'
import { shrink } from './shrink.ts'
import type { Difference, TierDuel } from './TierDuel.ts'

export type EvmFuzzOptions = {
  seed: number
  /** Number of the first program. */
  first?: number
  /** Asked before each program whether to go on. */
  more: (programs: number) => boolean
  /** Take turns. */
  duels: readonly TierDuel[]
  /** One program in so many is profiled on @ethereumjs/evm. */
  profileEvery: number
  /** Where given, one program in `every` runs on anvil too, if it can. */
  anvil?: { peer: AnvilPeer; every: number }
  /** Go on after a difference; those that look like an earlier one are only counted. */
  keepGoing?: boolean
  maxTries?: number
  /** Called after each program. */
  progress?: (tally: EvmTally) => void
  /** Called for each difference that looks like none before. */
  found?: (found: FoundDifference) => void
}

export type FoundDifference = {
  /** Number of the program: seed and number make it again. */
  program: number
  fuzzCase: FuzzCase
  difference: Difference | AnvilDifference
  names: TierDuel['names']
}

export type EvmTally = {
  programs: number
  runs: number
  /** Runs with plenty of gas, one a program, by their ending. */
  firstEndings: Map<string, number>
  /** All runs by their ending. */
  endings: Map<string, number>
  gasUsed: bigint
  /** The program whose codes took longest to compile. */
  slowestCompile: { program: number; ms: number }
  /** Programs that anvil ran too. */
  onAnvil: number
  differences: number
}

export type EvmFuzzResult = { tally: EvmTally; found: FoundDifference[]; profile: Profile }

/** Runs generated programs on two engines until told to stop, or until they differ. */
export async function evmFuzz(options: EvmFuzzOptions): Promise<EvmFuzzResult> {
  const tally = emptyTally()
  const profile = new Profile()
  const found = new Map<string, FoundDifference>()
  for (let program = options.first ?? 0; options.more(tally.programs); program++) {
    const fuzzCase = generateCase(options.seed, program)
    const smallest = await tryProgram(options, program, fuzzCase, tally)
    if (smallest) {
      tally.differences++
      const kind = kindOf(smallest)
      if (!found.has(kind)) {
        found.set(kind, smallest)
        options.found?.(smallest)
      }
      if (!options.keepGoing) break
    } else if (program % options.profileEvery === 0) await profile.add(fuzzCase)
    options.progress?.(tally)
  }
  return { tally, found: [...found.values()], profile }
}

/** One program on both engines, and on anvil if it is its turn; a difference is made smaller. */
async function tryProgram(
  { seed, duels, anvil, maxTries }: EvmFuzzOptions,
  program: number,
  fuzzCase: FuzzCase,
  tally: EvmTally,
): Promise<FoundDifference | undefined> {
  const random = new Prng(seed ^ Math.imul(program, 0x85ebca6b))
  const duel = duels[program % duels.length]!
  const { names } = duel
  const before = duel.right.compileMs
  const { difference, outcomes } = duel.compare(fuzzCase, random)
  const ms = duel.right.compileMs - before
  if (ms > tally.slowestCompile.ms) tally.slowestCompile = { program, ms }
  count(tally, outcomes)
  if (difference) {
    const recheck = (changed: FuzzCase) => duel.recheck(changed, difference)
    return { program, names, ...(await shrink({ fuzzCase, difference }, recheck, maxTries)) }
  }
  if (!anvil || program % anvil.every !== 0 || !AnvilPeer.takes(fuzzCase)) return undefined
  tally.onAnvil++
  const parted = await anvil.peer.compare(fuzzCase, random)
  if (!parted) return undefined
  const recheck = (changed: FuzzCase) => anvil.peer.recheck(changed, parted)
  return { program, names, ...(await shrink({ fuzzCase, difference: parted }, recheck, maxTries)) }
}

function emptyTally(): EvmTally {
  return {
    programs: 0,
    runs: 0,
    firstEndings: new Map(),
    endings: new Map(),
    gasUsed: 0n,
    slowestCompile: { program: 0, ms: 0 },
    onAnvil: 0,
    differences: 0,
  }
}

function count(tally: EvmTally, outcomes: readonly Outcome[]): void {
  tally.programs++
  for (const [index, { ending, gasUsed }] of outcomes.entries()) {
    tally.runs++
    tally.gasUsed += gasUsed
    const kind = ending.startsWith('invalid') ? 'invalid' : ending
    increment(tally.endings, kind)
    if (index === 0) increment(tally.firstEndings, kind)
  }
}

function increment(counts: Map<string, number>, kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1)
}

/** Differences with the same field and the same instructions left are taken for the same. */
function kindOf({ fuzzCase, difference }: FoundDifference): string {
  const codes = new Set<number>()
  for (const { items } of fuzzCase.contracts) {
    for (const item of items) if (item.kind === 'op' && !isPushOrMove(item.code)) codes.add(item.code)
  }
  const names = [...codes].sort((a, b) => a - b).map((code) => OPCODES[code]?.name ?? code)
  return ['field' in difference ? difference.field : `anvil ${difference.what.split(' ')[0]}`, ...names].join(
    ' ',
  )
}

function isPushOrMove(code: number): boolean {
  return code >= 0x5f && code <= 0x9f
}
