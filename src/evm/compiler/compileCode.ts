import { assert } from '../../lib/index.ts'
import type { Fork } from '../../protocol/index.ts'
import { findColdPaths } from './coldPaths.ts'
import { decode, type Instructions } from './decode.ts'
import { type CompiledFunction, type Elsewhere, FlowEmitter, type Program } from './emitFlow.ts'
import { FrameCode, PART_PARAMETERS } from './FrameCode.ts'
import { findFacts, findResults } from './facts.ts'
import type { FlowGraph } from './flowGraph.ts'
import { type FunctionRegion, findRegions, graphsOf, type Regions, sizeOfRegions } from './functions.ts'
import { divideIntoPieces, type Piece } from './pieces.ts'
import { ANY, type Range } from './ranges.ts'
import { shapeOf } from './shape.ts'
import { staticGas } from './staticGas.ts'
import {
  importAddresses,
  importSupport,
  type SupportAddresses,
  type SupportFunctions,
} from './supportFunctions.ts'
import { I32, I64, ModuleWriter, type Signature } from './wasm/index.ts'

export type CompileOptions = {
  /** Ways that lead straight to a revert are compiled too, where the interpreter would run them. */
  coldPaths?: boolean
  /** Calls the imported `host.trace` where a block starts: (frame, offset in the code, gas, address behind the top). */
  trace?: boolean
}

export type CompileStats = {
  codeBytes: number
  wasmBytes: number
  /** Basic blocks, each in every context that reaches it. */
  nodes: number
  functions: number
  /** Jumps from which on the interpreter goes on: to places that are not known, or known too late. */
  unresolvedJumps: number
}

export type CompileOutcome =
  | {
      ok: true
      wasm: Uint8Array
      /** Native stack that one activation may take, in bytes: an upper estimate. */
      nativeStackBytes: number
      stats: CompileStats
    }
  /** The interpreter keeps running it. */
  | { ok: false; reason: string }

/** Functions that call themselves may start so high on the stack, in words; beyond, the interpreter takes over. */
const RECURSION_HEIGHT = 640
/** … and so high that all calls of themselves together take no more native stack, in bytes. */
const RECURSION_STACK_BYTES = 200_000
const WORD_BYTES = 32

/** Changes whenever the same bytecode gives another module: what was kept of an older one is void. */
export const COMPILER_VERSION = 8

/** Init code is the largest (EIP-3860). */
const CODE_BYTES_LIMIT = 49_152
/** Basic blocks in all their contexts. */
const NODE_LIMIT = 16_384
/** Instructions in all nodes: where code is not divided into functions that it calls, it can be large in the open. */
const SIZE_LIMIT = 60_000
/** WebAssembly of a module. Contracts of 24 KB give 400 KB. */
const MODULE_BYTES_LIMIT = 2 * 1024 * 1024
/** In contracts with more SLOADs each is a call: in place it takes half a kilobyte. */
const LOADS_IN_PLACE = 200
const MEMORY_MAXIMUM_PAGES = 65_536
const SLOAD = 0x54
/** A function's return address and spilled temporaries; the kernel's own functions between two frames. */
const ACTIVATION_BASE_BYTES = 256
const STACK_BASE_BYTES = 1024

/**
 * Compiles EVM bytecode to a WebAssembly module: a function of (bytecode, fork) alone; the same input gives the same
 * bytes. The module imports the engine kernel's memory and functions (`engine`), and exports `run`, which takes the
 * address of a frame and runs it from its start: see kernels/assembly/tiers.ts.
 */
export function compileCode(code: Uint8Array, fork: Fork, options: CompileOptions = {}): CompileOutcome {
  if (code.length > CODE_BYTES_LIMIT)
    return { ok: false, reason: `it is longer than ${CODE_BYTES_LIMIT} bytes` }
  const instructions = decode(code)
  const gas = staticGas(fork)
  const regions = findRegions(instructions, { nodes: NODE_LIMIT, isDefined: (op) => gas[op] !== -1 })
  const size = sizeOfRegions(regions)
  if (size > SIZE_LIMIT) return { ok: false, reason: `its ways are ${size} instructions long` }
  const compiler = new ModuleCompiler(instructions, gas, options)
  const { wasm, nativeStackBytes, functionCount } = compiler.compile(regions)
  if (wasm.length > MODULE_BYTES_LIMIT) return { ok: false, reason: `its module has ${wasm.length} bytes` }
  const graphs = graphsOf(regions)
  return {
    ok: true,
    wasm,
    nativeStackBytes,
    stats: {
      codeBytes: code.length,
      wasmBytes: wasm.length,
      nodes: graphs.reduce((sum, { nodes }) => sum + nodes.length, 0),
      functions: functionCount,
      unresolvedJumps: graphs.reduce((sum, graph) => sum + graph.unresolvedJumps + graph.cuts, 0),
    },
  }
}

/** A region on its way to functions of the module. */
type Draft = {
  program: Program
  successors: readonly (readonly number[])[]
  pieces: readonly Piece[]
  /** Index of its first function. */
  index: number
  /** Of a shared function. */
  region: FunctionRegion | undefined
}

/** Compiles the regions of a contract to functions of a module. */
class ModuleCompiler {
  readonly #module = new ModuleWriter()
  readonly #support: SupportFunctions
  readonly #addresses: SupportAddresses
  readonly #trace: number | undefined
  readonly #instructions: Instructions
  readonly #gas: Int32Array
  readonly #options: CompileOptions
  #readsSlotsInPlace = true
  readonly #functions = new Map<number, CompiledFunction>()
  /** Native stack of a call of each, with all below it. */
  readonly #stackBytes = new Map<number, number>()

  constructor(instructions: Instructions, gas: Int32Array, options: CompileOptions) {
    this.#support = importSupport(this.#module)
    if (options.trace) {
      const signature: Signature = { parameters: [I32, I32, I64, I32], results: [] }
      this.#trace = this.#module.importFunction('host', 'trace', signature)
    }
    this.#addresses = importAddresses(this.#module)
    this.#instructions = instructions
    this.#gas = gas
    this.#options = options
  }

  compile(regions: Regions): {
    wasm: Uint8Array
    nativeStackBytes: number
    functionCount: number
  } {
    const { root, functions } = regions
    this.#readsSlotsInPlace = countLoads(this.#instructions, regions) <= LOADS_IN_PLACE
    for (const [entry, { argumentCount, resultCount, maySwitch }] of functions) {
      const results = new Array<Range>(resultCount).fill(ANY) // until its region has been looked at
      this.#functions.set(entry, { argumentCount, results, index: 0, maySwitch })
    }
    let next = this.#module.nextFunction
    const drafts: [number | undefined, Draft][] = []
    for (const [entry, region] of functions) {
      const draft = this.#draft(region.graph, next, region)
      const results = findResults(this.#instructions, region.graph, draft.program.facts, this.#functions)
      this.#functions.set(entry, { ...this.#functions.get(entry)!, results, index: next })
      next += draft.pieces.length
      drafts.push([entry, draft])
    }
    drafts.push([undefined, this.#draft(root, next, undefined)])
    let nativeStackBytes = 0
    for (const [entry, draft] of drafts) {
      nativeStackBytes = this.#stackOf(draft, this.#addRegion(draft))
      if (entry !== undefined) this.#stackBytes.set(entry, nativeStackBytes)
    }
    return {
      wasm: this.#module.encode(MEMORY_MAXIMUM_PAGES),
      nativeStackBytes: STACK_BASE_BYTES + nativeStackBytes,
      functionCount: this.#module.functionCount,
    }
  }

  #draft(graph: FlowGraph, index: number, region: FunctionRegion | undefined): Draft {
    const cold = this.#options.coldPaths
      ? new Map<number, number>()
      : findColdPaths(this.#instructions, graph)
    cold.delete(0)
    const successors = graph.nodes.map(({ id, successors: all }) =>
      cold.has(id) ? [] : all.filter((to) => !cold.has(to)),
    )
    const program: Program = {
      instructions: this.#instructions,
      gas: this.#gas,
      graph,
      functions: this.#functions,
      facts: findFacts(this.#instructions, graph, this.#functions),
      cold,
      trace: this.#trace,
      heightLimit: region?.isRecursive ? this.#module.addConstant() : undefined,
    }
    const pieces = divideIntoPieces(this.#instructions, graph.nodes, successors)
    return { program, successors, pieces, index, region }
  }

  /** Returns the native stack that its largest function takes. */
  #addRegion({ program, successors, pieces, index, region }: Draft): number {
    if (region === undefined && pieces.length === 1) {
      const own = this.#addFunction(false, (frame) => {
        new FlowEmitter(frame, program, shapeOf(successors, 0)).emitTree(0, undefined)
      })
      this.#module.exportFunction('run', index)
      return own
    }
    const entries = new Map<number, Elsewhere>()
    for (const [i, piece] of pieces.entries()) {
      for (const [entry, node] of piece.entries.entries()) entries.set(node, { function: index + i, entry })
    }
    const start = entries.get(0)!
    assert(start.entry === 0 && start.function === index, 'a region starts with its first function')
    const each = pieces.map((piece) => this.#addPiece(program, successors, piece, entries))
    if (region === undefined) {
      const run = this.#module.nextFunction
      this.#addFunction(false, (frame) => {
        frame.body.get(frame.frame)
        frame.body.get(frame.stack)
        frame.body.i32(0)
        frame.body.returnCall(index)
      })
      this.#module.exportFunction('run', run)
    }
    return Math.max(...each)
  }

  #addPiece(
    program: Program,
    successors: readonly (readonly number[])[],
    { nodes, entries }: Piece,
    allEntries: ReadonlyMap<number, Elsewhere>,
  ): number {
    const elsewhere = new Map([...allEntries].filter(([node]) => !nodes.has(node)))
    const root = successors.length
    const inside = successors.map((targets, node) =>
      nodes.has(node) ? targets.filter((to) => nodes.has(to)) : [],
    )
    return this.#addFunction(true, (frame) => {
      const shape = shapeOf([...inside, entries.slice()], root)
      new FlowEmitter(frame, program, shape, elsewhere).emitEntries(root, entries)
    })
  }

  /** Returns the native stack that it takes. */
  #addFunction(isPart: boolean, write: (frame: FrameCode) => void): number {
    const frame = new FrameCode(this.#support, this.#addresses, {
      isPart,
      readsSlotsInPlace: this.#readsSlotsInPlace,
    })
    frame.run(() => write(frame))
    const { code, stackBytes } = frame.body.encode()
    this.#module.addFunction({ parameters: isPart ? PART_PARAMETERS : [I32], results: [I32] }, code)
    return ACTIVATION_BASE_BYTES + stackBytes
  }

  /** Native stack that a region takes: its own, and the deepest chain of functions below it. */
  #stackOf({ program: { graph, heightLimit } }: Draft, own: number): number {
    let below = 0
    let growth = RECURSION_HEIGHT // words that a call to itself adds, at least
    for (const { exit } of graph.nodes) {
      if (exit.kind !== 'call') continue
      const callee = this.#stackBytes.get(exit.callee)
      if (callee === undefined) growth = Math.min(growth, Math.max(1, exit.position))
      else below = Math.max(below, callee)
    }
    if (heightLimit === undefined) return own + below
    const levels = Math.min(Math.ceil(RECURSION_HEIGHT / growth), Math.ceil(RECURSION_STACK_BYTES / own))
    this.#module.setConstant(heightLimit, Math.min(RECURSION_HEIGHT, levels * growth) * WORD_BYTES)
    return own * levels + below
  }
}

function countLoads({ ops }: Instructions, regions: Regions): number {
  let count = 0
  for (const { nodes } of graphsOf(regions)) {
    for (const { from, to } of nodes) for (let at = from; at < to; at++) if (ops[at] === SLOAD) count++
  }
  return count
}
