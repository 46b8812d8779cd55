import { type Instructions, JUMP, JUMPDEST, PUSH0, PUSH32 } from './decode.ts'
import {
  buildFlowGraph,
  type Callable,
  type Exploration,
  type FlowGraph,
  RETURN_ADDRESS,
  type Word,
} from './flowGraph.ts'

/**
 * A contract's control flow in regions: what runs from its start, and the functions that it calls. Where a function is
 * small, or called once, it is a part of who calls it; else it is a region of its own, which becomes a function of the
 * module. In a region of a function, position 0 of the stack is the return address and the arguments follow.
 */
export type Regions = {
  root: FlowGraph
  /** By first instruction; callees come before those who call them. */
  functions: Map<number, FunctionRegion>
}

export type FunctionRegion = Callable & { graph: FlowGraph }

type Limits = { nodes: number; isDefined: (op: number) => boolean }

/** How large a function must be to be shared, in instructions: tried in this order until the whole is small enough. */
const SHARED_FROM = [Number.POSITIVE_INFINITY, 300, 80, 30, 10]
/** Regions may have so many instructions in all, or so many times those of the code. */
const SIZE_BUDGET = 5000
const SIZE_FACTOR = 3
/** A function takes at most so many arguments: SWAP and DUP reach no deeper. */
const ARGUMENT_LIMIT = 16
/** What is looked at to find a function's return address. */
const PROBE_NODES = 300

/** Finds a division into regions that keeps the whole within bounds, with as much of it in line as they allow. */
export function findRegions(code: Instructions, limits: Limits): Regions {
  const callSites = countCallSites(code)
  const budget = Math.max(SIZE_BUDGET, code.ops.length * SIZE_FACTOR)
  let best: Regions | undefined
  for (const sharedFrom of SHARED_FROM) {
    const regions = new RegionFinder(code, limits, { callSites, sharedFrom, budget }).find()
    if (best === undefined || sizeOfRegions(regions) < sizeOfRegions(best)) best = regions
    if (sizeOfRegions(regions) <= budget) return regions
  }
  return best!
}

/** Instructions of all nodes. */
export function sizeOfRegions({ root, functions }: Regions): number {
  let size = root.size
  for (const { graph } of functions.values()) size += graph.size
  return size
}

/** How often a function is called, by its first instruction: a call is PUSH target, JUMP, and a JUMPDEST to come back to. */
function countCallSites({ ops, constants, jumpDestinations }: Instructions): Map<number, number> {
  const sites = new Map<number, number>()
  for (let at = 1; at < ops.length - 1; at++) {
    const push = ops[at - 1]!
    if (ops[at] !== JUMP || ops[at + 1] !== JUMPDEST || push < PUSH0 || push > PUSH32) continue
    const target = constants.get(at - 1)!
    const destination = target < 0x10000n ? jumpDestinations.get(Number(target)) : undefined
    if (destination !== undefined) sites.set(destination, (sites.get(destination) ?? 0) + 1)
  }
  return sites
}

class RegionFinder {
  readonly #code: Instructions
  readonly #limits: Limits
  readonly #callSites: ReadonlyMap<number, number>
  readonly #sharedFrom: number
  readonly #budget: number
  /** Undefined while it is looked at, and for what is no function that can be shared. */
  readonly #regions = new Map<number, FunctionRegion | undefined>()
  readonly #shared = new Map<number, FunctionRegion>()

  constructor(
    code: Instructions,
    limits: Limits,
    {
      callSites,
      sharedFrom,
      budget,
    }: { callSites: ReadonlyMap<number, number>; sharedFrom: number; budget: number },
  ) {
    this.#code = code
    this.#limits = limits
    this.#callSites = callSites
    this.#sharedFrom = sharedFrom
    this.#budget = budget
  }

  find(): Regions {
    const root = this.#explore({ entry: 0, stack: [], sizeLimit: this.#budget * 2 })
    return { root, functions: this.#usedBy(root) }
  }

  #explore(of: Pick<Exploration, 'entry' | 'stack' | 'sizeLimit'>): FlowGraph {
    return buildFlowGraph(this.#code, {
      ...of,
      nodeLimit: this.#limits.nodes,
      isDefined: this.#limits.isDefined,
      callable: (instruction) => this.#sharedFunction(instruction),
    })
  }

  /** The functions that a graph calls, with those that they call, callees first. */
  #usedBy(root: FlowGraph): Map<number, FunctionRegion> {
    const used = new Map<number, FunctionRegion>()
    const visit = ({ nodes }: FlowGraph): void => {
      for (const { exit } of nodes) {
        if (exit.kind !== 'call' || used.has(exit.callee)) continue
        const region = this.#shared.get(exit.callee)!
        visit(region.graph)
        used.set(exit.callee, region)
      }
    }
    visit(root)
    return used
  }

  #sharedFunction(instruction: number): FunctionRegion | undefined {
    if (this.#sharedFrom === Number.POSITIVE_INFINITY || (this.#callSites.get(instruction) ?? 0) < 2)
      return undefined
    if (!this.#regions.has(instruction)) {
      this.#regions.set(instruction, undefined) // a function that calls itself is not shared
      const region = this.#functionAt(instruction)
      this.#regions.set(instruction, region)
      if (region !== undefined && region.graph.size >= this.#sharedFrom) this.#shared.set(instruction, region)
    }
    return this.#shared.get(instruction)
  }

  #functionAt(entry: number): FunctionRegion | undefined {
    const argumentCount = this.#probeArguments(entry)
    if (argumentCount === undefined) return undefined
    const stack: Word[] = [RETURN_ADDRESS, ...new Array<Word>(argumentCount)]
    const graph = this.#explore({ entry, stack, sizeLimit: this.#budget })
    const resultCount = resultsOf(graph)
    return resultCount === undefined
      ? undefined
      : { argumentCount, resultCount, maxHeight: graph.maxHeight, graph }
  }

  /** Runs the function with a mark on each word that it finds on the stack, until it jumps to one of them. */
  #probeArguments(entry: number): number | undefined {
    const marks = Array.from({ length: ARGUMENT_LIMIT + 1 }, (_, depth): Word => -2n - BigInt(depth))
    let found: bigint | undefined
    buildFlowGraph(this.#code, {
      entry,
      stack: marks.toReversed(),
      nodeLimit: PROBE_NODES,
      sizeLimit: this.#budget,
      isDefined: this.#limits.isDefined,
      callable: (instruction) => (instruction === entry ? undefined : this.#sharedFunction(instruction)),
      onSymbol: (symbol) => {
        found ??= symbol
      },
    })
    return found === undefined ? undefined : Number(-2n - found)
  }
}

/** How many results the function leaves in place of its return address; undefined where its graph is not a function's. */
function resultsOf({ nodes }: FlowGraph): number | undefined {
  let results: number | undefined
  for (const { exit } of nodes) {
    if (exit.kind === 'unresolved' || exit.kind === 'cut') return undefined
    if (exit.kind === 'fault' && exit.fault !== 'InvalidOpcode') return undefined
    if (exit.kind !== 'return') continue
    if (results !== undefined && results !== exit.resultCount) return undefined
    results = exit.resultCount
  }
  return results
}
