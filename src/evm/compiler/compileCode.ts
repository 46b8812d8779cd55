import { assert } from '../../lib/index.ts'
import type { Fork } from '../../protocol/index.ts'
import { findColdPaths } from './coldPaths.ts'
import { decode, type Instructions } from './decode.ts'
import { type CompiledFunction, type Elsewhere, FlowEmitter, type Program } from './emitFlow.ts'
import { FrameCode, PART_PARAMETERS } from './FrameCode.ts'
import { findFacts, findResults } from './facts.ts'
import type { FlowGraph } from './flowGraph.ts'
import { findRegions, type Regions, sizeOfRegions } from './functions.ts'
import { divideIntoPieces, type Piece } from './pieces.ts'
import { shapeOf } from './shape.ts'
import { staticGas } from './staticGas.ts'
import { importSupport, type SupportFunctions } from './supportFunctions.ts'
import { I32, I64, ModuleWriter, type Signature } from './wasm/index.ts'

export type CompileOptions = {
  /** Ways that lead straight to a revert are compiled too, where the interpreter would run them. */
  coldPaths?: boolean
  /** Calls the imported function `host.trace` where a block starts: (frame, offset in the code, gas, stack height). */
  trace?: boolean
}

export type CompileStats = {
  codeBytes: number
  wasmBytes: number
  /** Basic blocks, each in every context that reaches it. */
  nodes: number
  functions: number
  /** Jumps from which on the interpreter goes on. */
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

/** Changes whenever the same bytecode gives another module: what was kept of an older one is void. */
export const COMPILER_VERSION = 1

/** Init code is the largest (EIP-3860). */
const CODE_BYTES_LIMIT = 49_152
/** Basic blocks in all their contexts. */
const NODE_LIMIT = 16_384
/** Instructions in all nodes: where code is not divided into functions that it calls, it can be large in the open. */
const SIZE_LIMIT = 60_000
const MEMORY_MAXIMUM_PAGES = 65_536
const BYTES_PER_LOCAL = 8
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
  const graphs = [regions.root, ...[...regions.functions.values()].map(({ graph }) => graph)]
  return {
    ok: true,
    wasm,
    nativeStackBytes,
    stats: {
      codeBytes: code.length,
      wasmBytes: wasm.length,
      nodes: graphs.reduce((sum, { nodes }) => sum + nodes.length, 0),
      functions: functionCount,
      unresolvedJumps: regions.root.unresolvedJumps,
    },
  }
}

type Pieces = { index: number; nativeStackBytes: number }

/** Compiles the regions of a contract to functions of a module. */
class ModuleCompiler {
  readonly #module = new ModuleWriter()
  readonly #support: SupportFunctions
  readonly #cells: number
  readonly #trace: number | undefined
  readonly #instructions: Instructions
  readonly #gas: Int32Array
  readonly #options: CompileOptions
  readonly #functions = new Map<number, CompiledFunction & { nativeStackBytes: number }>()

  constructor(instructions: Instructions, gas: Int32Array, options: CompileOptions) {
    this.#support = importSupport(this.#module)
    if (options.trace) {
      const signature: Signature = { parameters: [I32, I32, I64, I32], results: [] }
      this.#trace = this.#module.importFunction('host', 'trace', signature)
    }
    this.#cells = this.#module.importGlobal('engine', 'cells')
    this.#instructions = instructions
    this.#gas = gas
    this.#options = options
  }

  compile({ root, functions }: Regions): {
    wasm: Uint8Array
    nativeStackBytes: number
    functionCount: number
  } {
    for (const [entry, { graph, argumentCount }] of functions) {
      const program = this.#programOf(graph)
      const results = findResults(this.#instructions, graph, program.facts, this.#functions)
      this.#functions.set(entry, { argumentCount, results, ...this.#addRegion(program, true) })
    }
    const { index, nativeStackBytes } = this.#addRegion(this.#programOf(root), false)
    this.#module.exportFunction('run', index)
    return {
      wasm: this.#module.encode(MEMORY_MAXIMUM_PAGES),
      nativeStackBytes: STACK_BASE_BYTES + nativeStackBytes,
      functionCount: this.#module.functionCount,
    }
  }

  #programOf(graph: FlowGraph): Program {
    const cold = this.#options.coldPaths
      ? new Map<number, number>()
      : findColdPaths(this.#instructions, graph)
    cold.delete(0)
    return {
      instructions: this.#instructions,
      gas: this.#gas,
      graph,
      functions: this.#functions,
      facts: findFacts(this.#instructions, graph, this.#functions),
      cold,
      trace: this.#trace,
    }
  }

  /** Returns the function that runs the region from its start. */
  #addRegion(program: Program, isFunction: boolean): Pieces {
    const { nodes } = program.graph
    const successors = nodes.map(({ id, successors: all }) =>
      program.cold.has(id) ? [] : all.filter((to) => !program.cold.has(to)),
    )
    const pieces = divideIntoPieces(this.#instructions, nodes, successors)
    const below = this.#stackOfCallees(program)
    if (pieces.length > 1) return this.#addPieces(program, successors, pieces, { isFunction, below })
    const { index, localCount } = this.#addFunction(isFunction, (frame) => {
      const shape = shapeOf(isFunction ? [...successors, [0]] : successors, isFunction ? nodes.length : 0)
      const flow = new FlowEmitter(frame, program, shape)
      if (isFunction) flow.emitEntries(nodes.length, [0])
      else flow.emitTree(0, undefined)
    })
    return { index, nativeStackBytes: activationBytes(localCount) + below }
  }

  #addPieces(
    program: Program,
    successors: readonly (readonly number[])[],
    pieces: readonly Piece[],
    { isFunction, below }: { isFunction: boolean; below: number },
  ): Pieces {
    const first = this.#module.nextFunction
    const entries = new Map<number, Elsewhere>()
    for (const [i, piece] of pieces.entries()) {
      for (const [entry, node] of piece.entries.entries()) entries.set(node, { function: first + i, entry })
    }
    const localCounts = pieces.map((piece) => this.#addPiece(program, successors, piece, entries))
    const nativeStackBytes = activationBytes(Math.max(...localCounts)) + below
    const start = entries.get(0)!
    assert(start.entry === 0, 'a region starts at the first entry of a piece')
    if (isFunction) return { index: start.function, nativeStackBytes }
    const { index } = this.#addFunction(false, (frame) => {
      frame.body.get(frame.frame)
      frame.body.get(frame.stack)
      frame.body.i32(0)
      frame.body.returnCall(start.function)
    })
    return { index, nativeStackBytes }
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
    const { localCount } = this.#addFunction(true, (frame) => {
      const shape = shapeOf([...inside, entries.slice()], root)
      new FlowEmitter(frame, program, shape, elsewhere).emitEntries(root, entries)
    })
    return localCount
  }

  #addFunction(isPart: boolean, write: (frame: FrameCode) => void): { index: number; localCount: number } {
    const frame = new FrameCode(this.#support, this.#cells, isPart)
    frame.run(() => write(frame))
    const { code, localCount } = frame.body.encode()
    const signature: Signature = { parameters: isPart ? PART_PARAMETERS : [I32], results: [I32] }
    return { index: this.#module.addFunction(signature, code), localCount }
  }

  /** Native stack of the deepest chain of shared functions that a region calls. */
  #stackOfCallees({ graph: { nodes } }: Program): number {
    let most = 0
    for (const { exit } of nodes) {
      if (exit.kind === 'call') most = Math.max(most, this.#functions.get(exit.callee)!.nativeStackBytes)
    }
    return most
  }
}

function activationBytes(localCount: number): number {
  return ACTIVATION_BASE_BYTES + localCount * BYTES_PER_LOCAL
}
