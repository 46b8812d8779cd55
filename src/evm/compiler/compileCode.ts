import type { Fork } from '../../protocol/index.ts'
import { findColdPaths } from './coldPaths.ts'
import { decode } from './decode.ts'
import { type Elsewhere, FlowEmitter, type Program } from './emitFlow.ts'
import { FrameCode } from './FrameCode.ts'
import { findFacts } from './facts.ts'
import { buildFlowGraph } from './flowGraph.ts'
import { divideIntoPieces, type Piece } from './pieces.ts'
import { shapeOf } from './shape.ts'
import { staticGas } from './staticGas.ts'
import { importSupport, type SupportFunctions } from './supportFunctions.ts'
import { FunctionBody } from './wasm/FunctionBody.ts'
import { I32, I64 } from './wasm/instructions.ts'
import { ModuleWriter } from './wasm/ModuleWriter.ts'

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
/** Functions of a module: some 30 KB of WebAssembly each. */
const PIECE_LIMIT = 128
const MEMORY_MAXIMUM_PAGES = 65_536
const BYTES_PER_LOCAL = 8
/** Return addresses, spilled registers, and the kernel's own functions between two activations. */
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
  const graph = buildFlowGraph(instructions, { nodes: NODE_LIMIT, isDefined: (op) => gas[op] !== -1 })
  const cold = options.coldPaths ? new Map<number, number>() : findColdPaths(instructions, graph)
  cold.delete(0)
  const module = new ModuleWriter()
  const support = importSupport(module)
  const cells = module.importGlobal('engine', 'cells')
  const traced = options.trace
    ? module.importFunction('host', 'trace', { parameters: [I32, I32, I64, I32], results: [] })
    : undefined
  const program: Program = {
    instructions,
    gas,
    graph,
    facts: findFacts(instructions, graph),
    cold,
    trace: traced,
  }
  const warm = graph.nodes.map(({ id, successors }) =>
    cold.has(id) ? [] : successors.filter((to) => !cold.has(to)),
  )
  const pieces = divideIntoPieces(instructions, graph.nodes, warm)
  if (pieces.length > PIECE_LIMIT) return { ok: false, reason: `it would be ${pieces.length} functions` }
  const { run, localCount } = new PieceCompiler(module, { support, cells }, program, warm).compile(pieces)
  module.exportFunction('run', run)
  const wasm = module.encode(MEMORY_MAXIMUM_PAGES)
  return {
    ok: true,
    wasm,
    nativeStackBytes: STACK_BASE_BYTES + localCount * BYTES_PER_LOCAL,
    stats: {
      codeBytes: code.length,
      wasmBytes: wasm.length,
      nodes: graph.nodes.length,
      functions: pieces.length,
      unresolvedJumps: graph.unresolvedJumps,
    },
  }
}

/** Compiles the pieces of a program to functions of a module. */
class PieceCompiler {
  readonly #module: ModuleWriter
  readonly #imports: { support: SupportFunctions; cells: number }
  readonly #program: Program
  readonly #graph: readonly (readonly number[])[]

  constructor(
    module: ModuleWriter,
    imports: { support: SupportFunctions; cells: number },
    program: Program,
    graph: readonly (readonly number[])[],
  ) {
    this.#module = module
    this.#imports = imports
    this.#program = program
    this.#graph = graph
  }

  /** Returns the function that runs a frame from its start, and how many locals the largest function has. */
  compile(pieces: readonly Piece[]): { run: number; localCount: number } {
    if (pieces.length === 1) {
      const { index, localCount } = this.#add([I32], (frame) => {
        new FlowEmitter(frame, this.#program, shapeOf(this.#graph, 0)).emitTree(0, undefined)
      })
      return { run: index, localCount }
    }
    const first = this.#module.nextFunction
    const entries = new Map<number, Elsewhere>()
    for (const [i, piece] of pieces.entries()) {
      for (const [entry, node] of piece.entries.entries()) entries.set(node, { function: first + i, entry })
    }
    const localCounts = pieces.map((piece) => this.#addPiece(piece, entries))
    const start = new FunctionBody([I32])
    start.get(0)
    start.i32(entries.get(0)!.entry)
    start.returnCall(entries.get(0)!.function)
    const run = this.#module.addFunction({ parameters: [I32], results: [I32] }, start.encode().code)
    return { run, localCount: Math.max(...localCounts) }
  }

  #addPiece({ nodes, entries }: Piece, allEntries: ReadonlyMap<number, Elsewhere>): number {
    const elsewhere = new Map([...allEntries].filter(([node]) => !nodes.has(node)))
    const root = this.#graph.length
    const inside = this.#graph.map((targets, node) =>
      nodes.has(node) ? targets.filter((to) => nodes.has(to)) : [],
    )
    const { localCount } = this.#add([I32, I32], (frame) => {
      const shape = shapeOf([...inside, entries.slice()], root)
      new FlowEmitter(frame, this.#program, shape, elsewhere).emitEntries(root, entries)
    })
    return localCount
  }

  #add(parameters: (typeof I32)[], write: (frame: FrameCode) => void): { index: number; localCount: number } {
    const frame = new FrameCode(this.#imports.support, this.#imports.cells, parameters)
    frame.run(() => write(frame))
    const { code, localCount } = frame.body.encode()
    return { index: this.#module.addFunction({ parameters, results: [I32] }, code), localCount }
  }
}
