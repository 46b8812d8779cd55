import { ENDING, RUN_ON } from '../../kernels/index.ts'
import { assert } from '../../lib/index.ts'
import type { Instructions } from './decode.ts'
import { isNotZero } from './emitComparison.ts'
import { emitInstructions, type State } from './emitNode.ts'
import { ENTRY_PARAMETER, type FrameCode } from './FrameCode.ts'
import type { CalleeFacts, Facts } from './facts.ts'
import type { FlowGraph, FlowNode } from './flowGraph.ts'
import { pushFlag } from './limbs.ts'
import { isWithin, limbsOf } from './ranges.ts'
import type { Shape } from './shape.ts'
import type { Value } from './Value.ts'
import type { Label } from './wasm/index.ts'
import { I32, Op } from './wasm/index.ts'

/** A function of the module that runs a shared function of the contract. */
export type CompiledFunction = CalleeFacts & { index: number; maySwitch: boolean }

/** All that is known of a region of a contract when its code is generated. */
export type Program = {
  instructions: Instructions
  /** Static gas by opcode. */
  gas: Int32Array
  graph: FlowGraph
  /** Shared functions, by first instruction. */
  functions: ReadonlyMap<number, CompiledFunction>
  facts: readonly Facts[]
  /** Nodes that are left to the interpreter, with the words that they read. */
  cold: ReadonlyMap<number, number>
  /** Function to call where a node starts: (frame, offset in the code, gas left, address behind the stack's top). */
  trace: number | undefined
  /** Of a function that calls itself: the global with the bytes of stack from which on it does not start. */
  heightLimit: number | undefined
}

/** A node in another piece: the function to call there, and the number of the entry. */
export type Elsewhere = { function: number; entry: number }

/** Where generation goes on in line; without a state, from the slots. */
type Next = { id: number; state: State | undefined } | undefined

/**
 * Emits the nodes of one function, as the shape of their graph says. A node with one predecessor stands in line behind
 * it and takes over what is known of the stack; where ways meet, the stack is in slots (locals).
 */
export class FlowEmitter {
  readonly #code: FrameCode
  readonly #program: Program
  readonly #shape: Shape
  /** Entries of other pieces, by node. */
  readonly #elsewhere: ReadonlyMap<number, Elsewhere>
  readonly #labels = new Map<number, Label>()
  readonly #dispatch: number

  constructor(
    code: FrameCode,
    program: Program,
    shape: Shape,
    elsewhere: ReadonlyMap<number, Elsewhere> = new Map(),
  ) {
    this.#code = code
    this.#program = program
    this.#shape = shape
    this.#elsewhere = elsewhere
    this.#dispatch = code.body.local(I32)
  }

  /**
   * Starts one piece of several: goes to the entry whose number is the second parameter, with its stack from memory.
   * In the shape, `root` stands in front of the entries.
   */
  emitEntries(root: number, entries: readonly number[]): void {
    const { body } = this.#code
    const merges = this.#shape.mergeChildren[root]!.slice().sort(
      (a, b) => this.#shape.order[b]! - this.#shape.order[a]!,
    )
    for (const merge of merges) this.#labels.set(merge, body.block())
    const labels = entries.map(() => body.block()).reverse()
    body.get(ENTRY_PARAMETER)
    body.branchTable(labels)
    for (const entry of entries) {
      body.end()
      if (entry === 0) this.#checkHeight()
      this.#reloadSlots(entry)
      const next = this.#goTo(entry, root, this.#slotState(this.#program.graph.nodes[entry]!))
      if (next !== undefined) this.emitTree(next.id, next.state)
    }
    for (const merge of merges.reverse()) {
      body.end()
      this.emitTree(merge, undefined)
    }
  }

  /** Where a function starts too high on the stack, the interpreter takes over: its words are in memory already. */
  #checkHeight(): void {
    const { heightLimit, graph, instructions } = this.#program
    if (heightLimit === undefined) return
    const code = this.#code
    code.body.get(code.stack)
    code.pushStackStart()
    code.body.global(heightLimit)
    code.body.op(Op.i32Add)
    code.body.op(Op.i32GtU)
    code.body.if()
    code.leaveToInterpreter(instructions.pcs[graph.nodes[0]!.from]!, graph.nodes[0]!.height)
    code.body.end()
  }

  #reloadSlots(id: number): void {
    for (const [position, range] of this.#program.facts[id]!.ranges.entries()) {
      if (range.value !== undefined) continue
      const value = this.#code.reload(position, range)
      for (let limb = 0; limb < limbsOf(range); limb++) {
        this.#code.limb(value, limb)
        this.#code.body.set(this.#code.slot(position, limb))
      }
    }
  }

  /** Goes to another piece, with the stack in memory. */
  #leaveToPiece({ function: index, entry }: Elsewhere, id: number, { stack }: State): void {
    this.#code.endRow()
    for (const [position, range] of this.#program.facts[id]!.ranges.entries()) {
      assert(isWithin(stack[position]!.range, range), 'a value is within the range that the piece expects')
      if (range.value === undefined) this.#code.spill(stack[position]!, position)
    }
    this.#code.saveGas()
    this.#code.body.get(this.#code.frame)
    this.#code.body.get(this.#code.stack)
    this.#code.body.i32(entry)
    this.#code.body.returnCall(index)
  }

  /** A node, and all that it dominates. */
  emitTree(start: number, entry: State | undefined): void {
    const { isLoopHeader, mergeChildren, order } = this.#shape
    const { body } = this.#code
    let next: Next = { id: start, state: entry }
    while (next !== undefined && isLoopHeader[next.id] === 0 && mergeChildren[next.id]!.length === 0) {
      next = this.#emitNode(next.id, next.state)
    }
    if (next === undefined) return
    const { id, state } = next
    const merges = mergeChildren[id]!.slice().sort((a, b) => order[b]! - order[a]!)
    if (isLoopHeader[id] === 1) this.#labels.set(id, body.loop())
    for (const merge of merges) this.#labels.set(merge, body.block())
    const inside = this.#emitNode(id, state)
    if (inside !== undefined) this.emitTree(inside.id, inside.state)
    for (const merge of merges.reverse()) {
      body.end()
      this.emitTree(merge, undefined)
    }
    if (isLoopHeader[id] === 1) body.end()
  }

  #emitNode(id: number, given: State | undefined): Next {
    const node = this.#program.graph.nodes[id]
    if (node === undefined) return this.#emitDispatcher(id)
    const state = given ?? this.#slotState(node)
    if (this.#program.trace !== undefined) this.#emitTrace(node)
    const jumps = endsWithJump(node)
    const to = jumps ? node.to - 1 : node.to
    emitInstructions(this.#code, this.#program, { from: node.from, to }, state)
    if (jumps) this.#code.charge(this.#program.gas[this.#program.instructions.ops[to]!]!)
    return this.#emitExit(node, state)
  }

  #emitExit(node: FlowNode, state: State): Next {
    const code = this.#code
    const { exit } = node
    switch (exit.kind) {
      case 'next':
        if (exit.isJump) state.stack.pop()
        return this.#goTo(node.successors[0]!, node.id, state)
      case 'branch':
        return this.#emitBranch(node, exit, state)
      case 'call':
        this.#emitCall(this.#program.functions.get(exit.callee)!, state)
        return this.#goTo(node.successors[0]!, node.id, state)
      case 'return':
        this.#emitReturn(state)
        return undefined
      case 'end':
        code.endRow()
        return undefined
      case 'invalidJump':
        code.endRow()
        code.leave(ENDING.invalidJump)
        return undefined
      case 'fault':
        code.endRow()
        code.leave(FAULT_ENDINGS[exit.fault])
        return undefined
      case 'unresolved':
      case 'cut':
        this.#leaveToInterpreter(node.to, state.stack, state.stack.length)
        return undefined
    }
  }

  /** Saves the frame, with the upper `count` words of the stack, for the interpreter to go on at an instruction. */
  #leaveToInterpreter(at: number, stack: readonly Value[], count: number): void {
    const code = this.#code
    code.endRow()
    for (let position = stack.length - count; position < stack.length; position++) {
      code.spill(stack[position]!, position)
    }
    code.leaveToInterpreter(this.#program.instructions.pcs[at]!, stack.length)
  }

  // --------------------------------------------------------------------------------------------------- functions

  /** Calls a shared function: return address and arguments go to the stack in memory, the results come from there. */
  #emitCall({ argumentCount, results, index, maySwitch }: CompiledFunction, { stack }: State): void {
    const code = this.#code
    stack.pop()
    const position = stack.length - argumentCount - 1
    code.endRow()
    for (const [i, word] of stack.splice(position).entries()) code.spill(word, position + i)
    code.saveGas()
    code.body.get(code.frame)
    code.positionAddress(position)
    code.body.i32(0)
    code.body.call(index)
    code.returnUnlessRunOn(() => {
      if (maySwitch) for (const [below, word] of stack.entries()) code.spill(word, below)
    })
    code.reloadRegisters()
    for (const [i, range] of results.entries()) stack.push(code.reload(position + i, range))
  }

  /** Back to the caller, with the results on the stack in memory. */
  #emitReturn({ stack }: State): void {
    const code = this.#code
    stack.pop()
    code.endRow()
    for (const [position, value] of stack.entries()) code.spill(value, position)
    code.saveGas()
    code.leave(RUN_ON)
  }

  // ---------------------------------------------------------------------------------------------------- branches

  #emitBranch(node: FlowNode, exit: Extract<FlowNode['exit'], { kind: 'branch' }>, state: State): Next {
    const code = this.#code
    state.stack.pop()
    const condition = state.stack.pop()!
    const { value } = condition.range
    if (exit.taken === exit.notTaken || value === 0n) return this.#goTo(exit.notTaken, node.id, state)
    if (value !== undefined) {
      if (exit.taken !== undefined) return this.#goTo(exit.taken, node.id, state)
      code.endRow()
      code.leave(ENDING.invalidJump)
      return undefined
    }
    const flag = isNotZero(code, condition)
    code.endRow()
    const aside = this.#chooseAside(node, exit)
    pushFlag(code, flag)
    if (aside !== exit.taken) code.body.op(Op.i32Eqz)
    if (aside === undefined) {
      code.leaveIf(ENDING.invalidJump)
      return this.#goTo(exit.notTaken, node.id, state)
    }
    const label = this.#labelWithoutMoves(aside, node.id, state)
    if (label !== undefined) code.body.branchIf(label)
    else {
      code.body.if()
      const inside = this.#goTo(aside, node.id, { ...state, stack: state.stack.slice() })
      if (inside !== undefined) this.emitTree(inside.id, inside.state)
      code.endRow()
      code.body.end()
    }
    return this.#goTo(aside === exit.taken ? exit.notTaken : exit.taken!, node.id, state)
  }

  /** Of two ways, the one that stands aside in an if: what leaves here anyway, else the taken one. */
  #chooseAside(node: FlowNode, exit: Extract<FlowNode['exit'], { kind: 'branch' }>): number | undefined {
    const { taken, notTaken } = exit
    if (taken === undefined) return undefined
    const isShort = (id: number): boolean =>
      this.#program.cold.has(id) || this.#isElsewhere(this.#targetOf(id), node.id)
    return !isShort(taken) && isShort(notTaken) ? notTaken : taken
  }

  /** Whether a branch leads to the node: it does not stand in line. */
  #isElsewhere(id: number, from: number): boolean {
    const { isMerge, isLoopHeader, order } = this.#shape
    return isMerge[id] === 1 || (isLoopHeader[id] === 1 && order[id]! <= order[from]!)
  }

  /** Where an edge to a node leads: to its dispatcher, if it has one. */
  #targetOf(id: number): number {
    return this.#shape.dispatcherOf.get(id) ?? id
  }

  /** The label of a node that a branch leads to, where the slots already are as it wants them. */
  #labelWithoutMoves(id: number, from: number, state: State): Label | undefined {
    if (this.#program.cold.has(id) || this.#elsewhere.has(id) || this.#shape.dispatcherOf.has(id))
      return undefined
    if (!this.#isElsewhere(id, from) || this.#movesTo(id, state).length > 0) return undefined
    return this.#labels.get(id)
  }

  // ------------------------------------------------------------------------------------------------------- edges

  #goTo(id: number, from: number, state: State): Next {
    const reads = this.#program.cold.get(id)
    if (reads !== undefined) {
      this.#leaveToInterpreter(this.#program.graph.nodes[id]!.from, state.stack, reads)
      return undefined
    }
    const elsewhere = this.#elsewhere.get(id)
    if (elsewhere !== undefined) {
      this.#leaveToPiece(elsewhere, id, state)
      return undefined
    }
    const dispatcher = this.#shape.dispatcherOf.get(id)
    const target = this.#targetOf(id)
    const isElsewhere = this.#isElsewhere(target, from)
    if (!isElsewhere && dispatcher === undefined && this.#shape.isLoopHeader[id] === 0) return { id, state }
    this.#code.endRow()
    this.#fillSlots(id, state)
    if (dispatcher !== undefined) {
      this.#code.body.i32(this.#shape.dispatchers.get(dispatcher)!.indexOf(id))
      this.#code.body.set(this.#dispatch)
    }
    if (!isElsewhere) return { id: target, state: undefined }
    this.#code.body.branch(this.#labels.get(target)!)
    return undefined
  }

  /** Slots that have to be set before a node is entered, with the limbs that go there. */
  #movesTo(id: number, { stack }: State): { value: Value; limb: number; slot: number }[] {
    const { ranges } = this.#program.facts[id]!
    assert(ranges.length === stack.length, 'the stack has the height that the node expects')
    const moves: { value: Value; limb: number; slot: number }[] = []
    for (const [position, range] of ranges.entries()) {
      const value = stack[position]!
      assert(isWithin(value.range, range), 'a value is within the range that the node expects')
      if (range.value !== undefined) continue
      for (let limb = 0; limb < limbsOf(range); limb++) {
        const slot = this.#code.slot(position, limb)
        if (value.flag !== undefined || value.limbs[limb] !== slot) moves.push({ value, limb, slot })
      }
    }
    return moves
  }

  /** All at once: a slot may be read by one move and written by another. */
  #fillSlots(id: number, state: State): void {
    const moves = this.#movesTo(id, state)
    this.#code.body.noteOperands(moves.length)
    for (const { value, limb } of moves) this.#code.limb(value, limb)
    for (const { slot } of moves.reverse()) this.#code.body.set(slot)
  }

  #slotState({ id }: FlowNode): State {
    const { ranges, memoryBytes } = this.#program.facts[id]!
    return { stack: ranges.map((range, position) => this.#code.slotValue(position, range)), memoryBytes }
  }

  #emitDispatcher(id: number): Next {
    const { body } = this.#code
    const entries = this.#shape.dispatchers.get(id)!
    const labels = entries.map(() => body.block()).reverse()
    body.get(this.#dispatch)
    body.branchTable(labels)
    for (const entry of entries) {
      body.end()
      if (this.#isElsewhere(entry, id)) body.branch(this.#labels.get(entry)!)
      else this.emitTree(entry, undefined)
    }
    return undefined
  }

  #emitTrace(node: FlowNode): void {
    const { body, frame, gas } = this.#code
    this.#code.endRow()
    body.get(frame)
    body.i32(this.#program.instructions.pcs[node.from]!)
    body.get(gas)
    this.#code.positionAddress(node.height)
    body.call(this.#program.trace!)
  }
}

function endsWithJump({ exit }: FlowNode): boolean {
  if (exit.kind === 'next') return exit.isJump
  return (
    exit.kind === 'branch' || exit.kind === 'invalidJump' || exit.kind === 'call' || exit.kind === 'return'
  )
}

const FAULT_ENDINGS = {
  StackUnderflow: ENDING.stackUnderflow,
  StackOverflow: ENDING.stackOverflow,
  InvalidOpcode: ENDING.invalidOpcode,
} as const
