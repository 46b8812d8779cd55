import type { Prng } from '../../../src/lib/index.ts'
import { type CaseRunner, minimumGas } from './CaseRunner.ts'
import { type FuzzCase, sizeOfCase } from './FuzzCase.ts'
import {
  differingField,
  HALT,
  isCrash,
  NEEDS_PARENT_HASH,
  OUT_OF_GAS,
  type Outcome,
  type Run,
} from './Outcome.ts'
import { firstStrayBlock, type Trace } from './Trace.ts'

/** Where two engines disagreed about a case. */
export type Difference = { run: Run; field: keyof Outcome; left: Outcome; right: Outcome }

/** What all runs of one case gave. */
export type Comparison = { difference: Difference | undefined; outcomes: Outcome[] }

/** A program that needs no more gas than this beyond the intrinsic may be run at every limit. */
const EVERY_LIMIT_GAS = 1500n
/** … if it is short. */
const EVERY_LIMIT_ITEMS = 80
const RANDOM_LIMITS = 6
/** Limits that the shrinker tries where the difference needs gas to run out. */
const SCANNED_LIMITS = 150n

/** Runs cases on two engines and compares what they give. */
export class TierDuel {
  readonly left: CaseRunner
  readonly right: CaseRunner
  readonly names: { left: string; right: string }
  #case: FuzzCase | undefined
  readonly #traces: { left: Trace; right: Trace } | undefined

  /** `traces`: of the interpreter's instructions on the left, and of the blocks of compiled code on the right. */
  constructor(
    left: CaseRunner,
    right: CaseRunner,
    names: { left: string; right: string },
    traces?: { left: Trace; right: Trace },
  ) {
    this.left = left
    this.right = right
    this.names = names
    this.#traces = traces
  }

  /** With plenty of gas, as a transaction, then with less gas in many ways. */
  compare(fuzzCase: FuzzCase, random: Prng): Comparison {
    this.#load(fuzzCase)
    const outcomes: Outcome[] = []
    const first = this.#run({ mode: 'call', gas: fuzzCase.gas }, outcomes)
    if (first) return { difference: first, outcomes }
    const mode = random.nextInt(4) === 0 ? 'blobTransaction' : 'transaction'
    const most = this.#gasWanted(fuzzCase, outcomes[0]!)
    for (const run of [{ mode, gas: fuzzCase.gas } as const, ...limits(fuzzCase, most, random)]) {
      const difference = this.#run(run, outcomes)
      if (difference) return { difference, outcomes }
    }
    return { difference: undefined, outcomes }
  }

  /** One run alone. */
  compareRun(fuzzCase: FuzzCase, run: Run): Comparison {
    this.#load(fuzzCase)
    const outcomes: Outcome[] = []
    return { difference: this.#run(run, outcomes), outcomes }
  }

  /** Whether the engines still differ in the same field: at the same limit, or at another one if that was small. */
  recheck(fuzzCase: FuzzCase, { run, field }: Difference): Difference | undefined {
    this.#load(fuzzCase)
    const same = this.#run(run, [])
    if (same?.field === field) return same
    if (run.gas >= fuzzCase.gas) return undefined
    const least = minimumGas(fuzzCase)
    const most = this.#gasWanted(fuzzCase, this.left.run({ mode: 'call', gas: fuzzCase.gas }))
    const step = most - least > SCANNED_LIMITS ? (most - least) / SCANNED_LIMITS : 1n
    const limits = [most, most - 1n, most + 1n]
    for (let gas = least; gas < most - 1n; gas += step) limits.push(gas)
    for (const gas of limits) {
      const difference = this.#run({ mode: run.mode, gas }, [])
      if (difference?.field === field) return difference
    }
    return undefined
  }

  /** Gas with which the program does what it does with plenty. A halt takes all gas: there it has to be searched for. */
  #gasWanted(fuzzCase: FuzzCase, plenty: Outcome): bigint {
    if (!plenty.ending.startsWith(HALT)) return plenty.gasUsed + plenty.gasRefunded
    if (plenty.ending === OUT_OF_GAS) return fuzzCase.gas
    let [least, most] = [minimumGas(fuzzCase), fuzzCase.gas]
    while (least < most) {
      const middle = (least + most) / 2n
      if (this.left.run({ mode: 'call', gas: middle }).ending === plenty.ending) most = middle
      else least = middle + 1n
    }
    return most
  }

  #load(fuzzCase: FuzzCase): void {
    this.#case = fuzzCase
    this.left.load(fuzzCase)
    this.right.load(fuzzCase)
  }

  #run(run: Run, outcomes: Outcome[]): Difference | undefined {
    for (const trace of Object.values(this.#traces ?? {})) trace.steps = []
    let left = this.left.run(run)
    const right = this.right.run(run)
    outcomes.push(left)
    if (left.ending === NEEDS_PARENT_HASH) left = this.#withParentHash(run, left, right)
    else right.strayBlock = this.#strayBlock()
    // No program may bring an engine down, not even both.
    const field = differingField(left, right) ?? (isCrash(left) ? 'ending' : undefined)
    return field === undefined ? undefined : { run, field, left, right }
  }

  /**
   * Compiled code takes the gas of a row of instructions at its start, and may halt there before it asks for the parent's
   * hash. With the hash it halts too: what is executed in the end must be the same.
   */
  #withParentHash(run: Run, left: Outcome, right: Outcome): Outcome {
    if (right.ending === NEEDS_PARENT_HASH) return left
    const fuzzCase = this.#case!
    this.#load({ ...fuzzCase, parentHashPending: false })
    const known = this.left.run(run)
    this.#load(fuzzCase)
    return known
  }

  #strayBlock(): string {
    if (this.#traces === undefined) return ''
    const { left, right } = this.#traces
    const stray = firstStrayBlock(left.steps, right.steps)
    return stray === undefined ? '' : `pc ${stray.pc}, ${stray.gas} gas, ${stray.height} words`
  }
}

/** Gas limits below what the program wants: all of them for a share of the short ones, else some. */
function* limits(fuzzCase: FuzzCase, most: bigint, random: Prng): Generator<Run> {
  const least = minimumGas(fuzzCase)
  if (most <= least) return
  if (
    most - least <= EVERY_LIMIT_GAS &&
    sizeOfCase(fuzzCase) <= EVERY_LIMIT_ITEMS &&
    random.nextInt(3) !== 0
  ) {
    for (let gas = least; gas <= most; gas++) yield { mode: 'call', gas }
    return
  }
  for (let i = 0; i < RANDOM_LIMITS; i++) {
    const gas = least + (random.nextBigInt(40) % (most - least))
    yield { mode: i === 0 ? 'transaction' : 'call', gas }
  }
  for (const gas of [most - 1n, most + 1n]) yield { mode: 'call', gas }
}
