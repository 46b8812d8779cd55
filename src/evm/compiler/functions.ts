import { type Instructions, JUMP, JUMPDEST, PUSH0, PUSH32 } from './decode.ts'
import { buildFlowGraph, type Callable, type FlowGraph, RETURN_ADDRESS, type Word } from './flowGraph.ts'

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

export type FunctionRegion = Callable & {
  graph: FlowGraph
  /** It calls itself, directly or through others: how deep it is on the stack is checked when it starts. */
  isRecursive: boolean
  /** It may hand its frame to the interpreter: who calls it then has to write its words to the stack in memory. */
  maySwitch: boolean
}

type Limits = { nodes: number; isDefined: (op: number) => boolean }

/** How large a function must be to be shared, in instructions: tried in this order until the whole is small enough. */
const SHARED_FROM = [Number.POSITIVE_INFINITY, 100, 20]
/** Regions may have so many instructions in all, or so many times those of the code. */
const SIZE_BUDGET = 5000
const SIZE_FACTOR = 3
/** Instructions and words that are looked at for a contract in all, whatever it takes. Contracts of 24 KB take some 400,000. */
const WORK_LIMIT = 2_000_000
/** A function takes at most so many arguments: SWAP and DUP reach no deeper. */
const ARGUMENT_LIMIT = 16
/** What is looked at to find a function's return address. */
const PROBE_NODES = 300

/** Finds a division into regions that keeps the whole within bounds, with as much of it in line as they allow. */
export function findRegions(code: Instructions, limits: Limits): Regions {
  const callSites = countCallSites(code)
  const budget = Math.max(SIZE_BUDGET, code.ops.length * SIZE_FACTOR)
  const work = { left: WORK_LIMIT }
  let best: Regions | undefined
  for (const sharedFrom of SHARED_FROM) {
    const regions = new RegionFinder(code, limits, { callSites, sharedFrom, budget, work }).find()
    if (best === undefined || cutsOf(regions) < cutsOf(best)) best = regions
    if (cutsOf(regions) === 0 && sizeOfRegions(regions) <= budget) return regions
  }
  return best!
}

/** Instructions of all nodes. */
export function sizeOfRegions(regions: Regions): number {
  return graphsOf(regions).reduce((sum, { size }) => sum + size, 0)
}

function cutsOf(regions: Regions): number {
  return graphsOf(regions).reduce((sum, { cuts }) => sum + cuts, 0)
}

export function graphsOf({ root, functions }: Regions): FlowGraph[] {
  return [root, ...[...functions.values()].map(({ graph }) => graph)]
}

/**
 * How often a function is called, by its first instruction: a call is PUSH target, JUMP, and a JUMPDEST to come back to.
 * Where a compiler has joined equal calls, a block of nothing but PUSH and JUMP stands for all that push its own address.
 */
function countCallSites({ ops, pcs, constants, jumpDestinations }: Instructions): Map<number, number> {
  const references = new Map<bigint, number>()
  for (const constant of constants.values()) references.set(constant, (references.get(constant) ?? 0) + 1)
  const sites = new Map<number, number>()
  for (let at = 1; at < ops.length - 1; at++) {
    const push = ops[at - 1]!
    if (ops[at] !== JUMP || push < PUSH0 || push > PUSH32) continue
    const target = constants.get(at - 1)!
    const destination = target < 0x10000n ? jumpDestinations.get(Number(target)) : undefined
    if (destination === undefined) continue
    const isJoined = at > 1 && ops[at - 2] === JUMPDEST
    const joined = isJoined ? (references.get(BigInt(pcs[at - 2]!)) ?? 0) : 0
    const count = Math.max(joined, ops[at + 1] === JUMPDEST ? 1 : 0)
    if (count > 0) sites.set(destination, (sites.get(destination) ?? 0) + count)
  }
  return sites
}

type Search = {
  callSites: ReadonlyMap<number, number>
  sharedFrom: number
  budget: number
  work: { left: number }
}

/** Argument and result counts, as the first way through a function shows them. */
type FunctionSignature = Pick<Callable, 'argumentCount' | 'resultCount'>

class RegionFinder {
  readonly #code: Instructions
  readonly #limits: Limits
  readonly #search: Search
  readonly #signatures = new Map<number, FunctionSignature | undefined>()
  /** What looked like a function and is none: found while exploring, which then begins anew. */
  readonly #rejected = new Set<number>()
  #graphs = new Map<number, FlowGraph | undefined>()
  /** Functions that are regions: large ones, and those that call themselves. */
  #shared = new Set<number>()

  constructor(code: Instructions, limits: Limits, search: Search) {
    this.#code = code
    this.#limits = limits
    this.#search = search
  }

  find(): Regions {
    for (;;) {
      const rejectedBefore = this.#rejected.size
      this.#graphs = new Map()
      this.#shared = new Set()
      const root = this.#explore(0, [])
      if (this.#rejected.size === rejectedBefore) return { root, functions: this.#regionsOf(root) }
    }
  }

  #explore(entry: number, stack: readonly Word[]): FlowGraph {
    return buildFlowGraph(this.#code, {
      entry,
      stack,
      sizeLimit: this.#search.budget,
      nodeLimit: this.#limits.nodes,
      work: this.#search.work,
      isDefined: this.#limits.isDefined,
      callable: (instruction) => this.#sharedFunction(instruction),
    })
  }

  #sharedFunction(entry: number): Callable | undefined {
    const { callSites, sharedFrom } = this.#search
    if (sharedFrom === Number.POSITIVE_INFINITY || (callSites.get(entry) ?? 0) < 2) return undefined
    const signature = this.#signatureOf(entry)
    if (signature === undefined || this.#rejected.has(entry)) return undefined
    if (!this.#graphs.has(entry)) {
      this.#graphs.set(entry, undefined) // being explored
      const graph = this.#explore(entry, [RETURN_ADDRESS, ...new Array<Word>(signature.argumentCount)])
      this.#graphs.set(entry, graph)
      if (!isFunction(graph, signature)) this.#rejected.add(entry)
      else if (graph.size >= sharedFrom) this.#shared.add(entry)
    }
    const graph = this.#graphs.get(entry)
    if (graph === undefined) this.#shared.add(entry) // it calls itself
    return this.#shared.has(entry) ? { ...signature, maxHeight: graph?.maxHeight ?? 0 } : undefined
  }

  #signatureOf(entry: number): FunctionSignature | undefined {
    if (!this.#signatures.has(entry)) this.#signatures.set(entry, this.#probe(entry))
    return this.#signatures.get(entry)
  }

  /** Runs the function with a mark on each word that it finds on the stack, until it jumps to one of them. */
  #probe(entry: number): FunctionSignature | undefined {
    const marks = Array.from({ length: ARGUMENT_LIMIT + 1 }, (_, depth): Word => -2 - depth)
    let found: FunctionSignature | undefined
    buildFlowGraph(this.#code, {
      entry,
      stack: marks.toReversed(),
      nodeLimit: PROBE_NODES,
      sizeLimit: this.#search.budget,
      work: this.#search.work,
      isDefined: this.#limits.isDefined,
      callable: () => undefined,
      onMark: (mark, height) => {
        const argumentCount = -2 - mark
        found ??= { argumentCount, resultCount: height - (ARGUMENT_LIMIT - argumentCount) }
      },
    })
    return found !== undefined && found.resultCount >= 0 ? found : undefined
  }

  /** The functions that a graph calls, with those that they call, callees first where they do not call each other. */
  #regionsOf(root: FlowGraph): Map<number, FunctionRegion> {
    const callees = new Map<number, Set<number>>()
    const visit = (graph: FlowGraph): Set<number> => {
      const called = calledBy(graph)
      for (const entry of called) {
        if (callees.has(entry)) continue
        callees.set(entry, new Set())
        const below = visit(this.#graphs.get(entry)!)
        callees.delete(entry) // back behind those that it calls
        callees.set(entry, below)
      }
      return called
    }
    visit(root)
    const reach = new Map([...callees.keys()].map((entry) => [entry, reachableFrom(entry, callees)]))
    const leaves = (entry: number): boolean =>
      reach.get(entry)!.has(entry) || leavesToInterpreter(this.#graphs.get(entry)!)
    const regions = [...callees.keys()].map((entry): [number, FunctionRegion] => {
      const graph = this.#graphs.get(entry)!
      const isRecursive = reach.get(entry)!.has(entry)
      return [
        entry,
        {
          ...this.#signatureOf(entry)!,
          maxHeight: graph.maxHeight,
          graph,
          isRecursive,
          maySwitch: leaves(entry) || [...reach.get(entry)!].some(leaves),
        },
      ]
    })
    return new Map(regions)
  }
}

function calledBy({ nodes }: FlowGraph): Set<number> {
  const called = new Set<number>()
  for (const { exit } of nodes) if (exit.kind === 'call') called.add(exit.callee)
  return called
}

function reachableFrom(entry: number, callees: ReadonlyMap<number, ReadonlySet<number>>): Set<number> {
  const reached = new Set<number>()
  const work = [...callees.get(entry)!]
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    if (reached.has(next)) continue
    reached.add(next)
    work.push(...callees.get(next)!)
  }
  return reached
}

export function leavesToInterpreter({ nodes }: FlowGraph): boolean {
  return nodes.some(({ exit }) => exit.kind === 'unresolved' || exit.kind === 'cut')
}

/** Whether all ways through a graph return as the signature says, and none reaches below the return address. */
function isFunction({ nodes }: FlowGraph, { resultCount }: FunctionSignature): boolean {
  return nodes.every(({ exit }) => {
    if (exit.kind === 'fault') return exit.fault === 'InvalidOpcode'
    return exit.kind !== 'return' || exit.resultCount === resultCount
  })
}
