/**
 * What more threads would give: a simulation of how an engine and its speculators share a batch
 * (kernels/assembly/speculation.ts), from what one transaction costs in each of its steps.
 */

/** Times of one transaction, any unit. */
export type StepCosts = {
  /** Executed by the engine. */
  execute: number
  /** Executed ahead, and handed over. */
  speculate: number
  /** Validated and committed. */
  commit: number
}

export type ModelBatch = {
  count: number
  /** Number of the last transaction before that writes what this one reads; -1: none of the batch does. */
  dependsOn: readonly number[]
}

/** Transactions that a speculator claims at once, and that are left to the engine: see the kernel's GROUP and LEAD. */
const GROUP = 8
const LEAD = 8

type Speculation = { start: number; end: number; worker: number; group: number }

/** Time that the batch takes with so many threads, the engine's included. */
export function modelBatch({ count, dependsOn }: ModelBatch, costs: StepCosts, threads: number): number {
  const workers = Array.from({ length: threads - 1 }, () => 0) // when each is free
  const taken = new Map<number, Speculation>()
  const finished: number[] = []
  const held: boolean[] = []
  let now = 0
  let next = 0
  for (let i = 0; i < count; i++) {
    next = claim({ until: now, position: i, next, count, workers, taken, speculate: costs.speculate })
    const speculation = taken.get(i)
    if (speculation?.group === i) leaveRest(speculation, now, { workers, taken })
    if (!taken.has(i)) {
      now += costs.execute
      held[i] = false
    } else {
      now = Math.max(now, speculation!.end)
      held[i] = holds(speculation!, dependsOn[i] ?? -1, { finished, held, taken })
      now += held[i] ? costs.commit : costs.commit / 2 + costs.execute
    }
    finished[i] = now
  }
  return now
}

/** Lets speculators claim groups up to a moment. Returns the first transaction that is not claimed. */
function claim(state: {
  until: number
  position: number
  next: number
  count: number
  workers: number[]
  taken: Map<number, Speculation>
  speculate: number
}): number {
  const { until, position, count, workers, taken, speculate } = state
  let { next } = state
  for (;;) {
    const worker = workers.indexOf(Math.min(...workers))
    const free = workers[worker]
    if (free === undefined || free > until) return next
    const first = Math.max(next, position + LEAD)
    if (first >= count) return next
    let at = Math.max(free, 0)
    for (let i = first; i < Math.min(first + GROUP, count); i++) {
      taken.set(i, { start: at, end: at + speculate, worker, group: first })
      at += speculate
    }
    workers[worker] = at
    next = first + GROUP
  }
}

/** The engine has come to a group: what is not begun of it is the engine's, and its speculator goes on. */
function leaveRest(
  { group, worker }: Speculation,
  now: number,
  { workers, taken }: { workers: number[]; taken: Map<number, Speculation> },
): void {
  for (let i = group; i < group + GROUP; i++) {
    const speculation = taken.get(i)
    if (speculation === undefined || speculation.start <= now) continue
    taken.delete(i)
    workers[worker] = Math.min(workers[worker]!, speculation.start)
  }
}

/** Whether what it read is still so: what it depends on was committed before, or was executed by the same one just now. */
function holds(
  speculation: Speculation,
  dependency: number,
  { finished, held, taken }: { finished: number[]; held: boolean[]; taken: Map<number, Speculation> },
): boolean {
  if (dependency < 0 || finished[dependency]! <= speculation.start) return true
  const before = taken.get(dependency)
  return before?.group === speculation.group && held[dependency] === true
}
