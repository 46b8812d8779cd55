import { OPCODES } from '../opcodes.ts'
import { type Instructions, JUMP, JUMPDEST, JUMPI, PUSH0, PUSH32, STOP } from './decode.ts'

/**
 * The control flow of a contract, or of one of its functions, with every jump resolved whose target is a constant on
 * the stack.
 *
 * A node is a basic block in one context: the stack's height and the constants on it that could be jump targets. A
 * function that is called from three places is three nodes, each with its own return address, so that returning is a
 * jump to a known place, and every stack item has a known position. Functions that are shared (functions.ts) have a
 * graph of their own instead, with heights from their return address on.
 */
export type FlowGraph = {
  nodes: FlowNode[]
  /** Jumps whose target is not known: they leave compiled code. */
  unresolvedJumps: number
  /** Nodes that were not explored: they too leave compiled code. */
  cuts: number
  /** Instructions of all nodes. */
  size: number
  /** Most words on the stack, with those of called functions. */
  maxHeight: number
}

/** A function that has a graph of its own. */
export type Callable = {
  argumentCount: number
  resultCount: number
  /** Most words on the stack from its return address on; 0 where that is checked when it runs. */
  maxHeight: number
}

/** What a function's return address is called in its graph: not a number that a program can have. */
export const RETURN_ADDRESS = -1

/** How a node ends. */
export type Exit =
  /** Goes on with the only successor: a jump, or falling through. `isJump`: a JUMP stands at its end. */
  | { kind: 'next'; isJump: boolean }
  /** JUMPI with a known target: successors [taken, not taken]; taken is undefined where the target is no JUMPDEST. */
  | { kind: 'branch'; taken: number | undefined; notTaken: number }
  /** JUMP to a shared function, which comes back to the successor; the return address is at `position`, its arguments above. */
  | { kind: 'call'; callee: number; position: number }
  /** JUMP to the function's own return address. */
  | { kind: 'return'; resultCount: number }
  /** JUMP, or JUMPI, to a place that is not known: the interpreter takes over in front of it. */
  | { kind: 'unresolved' }
  /** JUMP to what is no JUMPDEST. */
  | { kind: 'invalidJump' }
  /** The instruction at `to` can't run here. */
  | { kind: 'fault'; fault: 'StackUnderflow' | 'StackOverflow' | 'InvalidOpcode' }
  /** STOP, RETURN, REVERT, SELFDESTRUCT: the last instruction ends the frame. */
  | { kind: 'end' }
  /** The graph has grown too large here: the interpreter takes over at the node's start. */
  | { kind: 'cut' }

export type FlowNode = {
  id: number
  /** First instruction, and the one behind the last. */
  from: number
  to: number
  /** Words on the stack at its start. */
  height: number
  /** The words among them that are known, by position from the bottom. */
  known: ReadonlyMap<number, number>
  exit: Exit
  successors: number[]
  predecessors: number[]
}

const STACK_LIMIT = 1024
const MOST_WORD = 0xffffffffn
const ENDINGS = new Set([STOP, 0xf3, 0xfd, 0xff])
/** A return address that is on the stack three times belongs to a function that calls itself: contexts would not end. */
const RECURSION_LIMIT = 2
/** A block that is reached in more contexts, or at more heights, is left to the interpreter: a loop that leaves a word behind each round has no end of them. */
const CONTEXT_LIMIT = 1024
const HEIGHT_LIMIT = 96
/** Words on the stack at the starts of all nodes: deep stacks in many contexts would take too long. */
const WORD_LIMIT = 300_000
/** Longer blocks are several nodes in a row, so that a function of the module need not hold a whole one. */
const LONGEST_BLOCK = 256
/** From this length on solc and vyper push jump targets with two bytes; a one-byte constant is then a number. */
const TWO_BYTE_TARGETS_FROM = 256

/** A word on the stack: a constant below 2^32, which may be a jump target; a mark below zero; or anything. */
export type Word = number | undefined

export type Exploration = {
  /** First instruction, and what is on the stack there. */
  entry: number
  stack: readonly Word[]
  /** Beyond so many nodes, nodes are cut; beyond so many instructions in them too. */
  nodeLimit: number
  sizeLimit: number
  /** What all explorations of a contract may still look at, in instructions and words; counted down. */
  work: { left: number }
  isDefined: (op: number) => boolean
  /** The shared function that starts at an instruction. */
  callable: (instruction: number) => Callable | undefined
  /** Told where a jump goes to a word that was marked with a negative number, with the height of the stack then. */
  onMark?: (mark: number, height: number) => void
}

/** Explores all that can be reached from the entry. */
export function buildFlowGraph(code: Instructions, exploration: Exploration): FlowGraph {
  const wide = new Explorer(code, exploration, code.codeLength >= TWO_BYTE_TARGETS_FROM).run()
  if (wide.unresolvedJumps === 0) return wide
  const narrow = new Explorer(code, exploration, false).run()
  const [jumpsOfWide, jumpsOfNarrow] = [placesUnresolved(wide), placesUnresolved(narrow)]
  if (jumpsOfNarrow !== jumpsOfWide) return jumpsOfNarrow < jumpsOfWide ? narrow : wide
  return narrow.size > wide.size ? narrow : wide // what ends early has few jumps
}

/** Jumps in the code that are not resolved, in whatever contexts. */
function placesUnresolved({ nodes }: FlowGraph): number {
  return new Set(nodes.filter(({ exit }) => exit.kind === 'unresolved').map(({ to }) => to)).size
}

class Explorer {
  readonly #code: Instructions
  readonly #exploration: Exploration
  readonly #wideTargets: boolean
  readonly #nodes: FlowNode[] = []
  readonly #byKey = new Map<string, FlowNode>()
  readonly #queue: { node: FlowNode; stack: Word[] }[] = []
  #unresolvedJumps = 0
  #size = 0
  #words = 0
  #cuts = 0
  readonly #reached = new Map<number, { times: number; heights: Set<number> }>()
  #maxHeight = 0

  constructor(code: Instructions, exploration: Exploration, wideTargets: boolean) {
    this.#code = code
    this.#exploration = exploration
    this.#wideTargets = wideTargets
  }

  run(): FlowGraph {
    this.#reach(this.#exploration.entry, this.#exploration.stack)
    for (let next = 0; next < this.#queue.length; next++) {
      const { node, stack } = this.#queue[next]!
      this.#explore(node, stack)
      this.#size += node.to - node.from
      this.#exploration.work.left -= node.to - node.from
    }
    for (const { id, successors } of this.#nodes) {
      for (const successor of successors) this.#nodes[successor]!.predecessors.push(id)
    }
    return {
      nodes: this.#nodes,
      unresolvedJumps: this.#unresolvedJumps,
      cuts: this.#cuts,
      size: this.#size,
      maxHeight: this.#maxHeight,
    }
  }

  /** Number of the node for the block at an instruction, in the context that the stack gives. */
  #reach(from: number, stack: readonly Word[]): number {
    let key = `${from}|${stack.length}`
    const known = new Map<number, number>()
    const entry: Word[] = new Array(stack.length)
    for (let position = 0; position < stack.length; position++) {
      const word = stack[position]
      if (word === undefined || !this.#couldBeTarget(word)) continue
      key += `|${position}:${word}`
      known.set(position, word)
      entry[position] = word
    }
    const before = this.#byKey.get(key)
    if (before !== undefined) return before.id
    const { nodeLimit, sizeLimit } = this.#exploration
    this.#words += stack.length
    this.#exploration.work.left -= stack.length
    const isFull =
      this.#nodes.length >= nodeLimit ||
      this.#size >= sizeLimit ||
      this.#words > WORD_LIMIT ||
      this.#exploration.work.left < 0
    const isCut = isFull || this.#isReachedTooOften(from, stack.length) || isRecursive(known)
    if (isCut) this.#cuts++
    const node: FlowNode = {
      id: this.#nodes.length,
      from,
      to: from,
      height: stack.length,
      known,
      exit: { kind: 'cut' },
      successors: [],
      predecessors: [],
    }
    this.#nodes.push(node)
    this.#byKey.set(key, node)
    if (!isCut) this.#queue.push({ node, stack: entry })
    return node.id
  }

  #isReachedTooOften(from: number, height: number): boolean {
    let reached = this.#reached.get(from)
    if (reached === undefined) {
      reached = { times: 0, heights: new Set() }
      this.#reached.set(from, reached)
    }
    reached.heights.add(height)
    return ++reached.times > CONTEXT_LIMIT || reached.heights.size > HEIGHT_LIMIT
  }

  #couldBeTarget(word: number): boolean {
    if (word < 0) return true
    return !(this.#wideTargets && word < 0x60) && this.#code.jumpDestinations.has(word)
  }

  #explore(node: FlowNode, stack: Word[]): void {
    const { ops } = this.#code
    let at = node.from
    for (; ; at++) {
      const op = ops[at]!
      const isJump = op === JUMP || op === JUMPI
      // Never in front of a jump: with the push of its target it is one step of the interpreter's.
      const isFull = at - node.from >= LONGEST_BLOCK && !isJump
      const isNext = (op === JUMPDEST && this.#code.isTarget[at] === 1) || isFull
      if (isNext && at !== node.from) break
      const fault = this.#faultOf(op, stack.length)
      if (fault !== undefined) {
        node.to = at
        node.exit = { kind: 'fault', fault }
        return
      }
      if (isJump) {
        this.#exploreJump(node, stack, at)
        return
      }
      if (ENDINGS.has(op)) {
        node.to = at + 1
        node.exit = { kind: 'end' }
        return
      }
      this.#step(op, at, stack)
      if (stack.length > this.#maxHeight) this.#maxHeight = stack.length
    }
    node.to = at
    node.exit = { kind: 'next', isJump: false }
    node.successors = [this.#reach(at, stack)]
  }

  #exploreJump(node: FlowNode, stack: Word[], at: number): void {
    const target = stack.pop()
    const isConditional = this.#code.ops[at] === JUMPI
    if (isConditional) stack.pop()
    if (target === RETURN_ADDRESS && !isConditional) {
      node.to = at + 1
      node.exit = { kind: 'return', resultCount: stack.length }
      return
    }
    if (target === undefined || target < 0) {
      if (target !== undefined) this.#exploration.onMark?.(target, stack.length)
      node.to = at
      node.exit = { kind: 'unresolved' }
      this.#unresolvedJumps++
      return
    }
    node.to = at + 1
    const destination = this.#code.jumpDestinations.get(target)
    if (!isConditional) {
      if (destination !== undefined && this.#exploreCall(node, stack, destination)) return
      node.exit = destination === undefined ? { kind: 'invalidJump' } : { kind: 'next', isJump: true }
      if (destination !== undefined) node.successors = [this.#reach(destination, stack)]
      return
    }
    const notTaken = this.#reach(at + 1, stack)
    const taken = destination === undefined ? undefined : this.#reach(destination, stack)
    node.exit = { kind: 'branch', taken, notTaken }
    node.successors = taken === undefined || taken === notTaken ? [notTaken] : [taken, notTaken]
  }

  /** A jump to a shared function with a known return address below its arguments: goes on behind the call. */
  #exploreCall(node: FlowNode, stack: Word[], destination: number): boolean {
    const callable = this.#exploration.callable(destination)
    if (callable === undefined) return false
    const position = stack.length - callable.argumentCount - 1
    const address = stack[position]
    if (address === undefined || address < 0 || position + callable.maxHeight > STACK_LIMIT) return false
    const back = this.#code.jumpDestinations.get(address)
    if (back === undefined) return false
    this.#maxHeight = Math.max(this.#maxHeight, position + callable.maxHeight)
    const after: Word[] = stack.slice(0, position)
    for (let i = 0; i < callable.resultCount; i++) after.push(undefined)
    node.exit = { kind: 'call', callee: destination, position }
    node.successors = [this.#reach(back, after)]
    return true
  }

  #faultOf(op: number, height: number): 'StackUnderflow' | 'StackOverflow' | 'InvalidOpcode' | undefined {
    const opcode = OPCODES[op]
    if (opcode === undefined || !this.#exploration.isDefined(op)) return 'InvalidOpcode'
    const { needs, grows } = stackEffect(op)
    if (height < needs) return 'StackUnderflow'
    return height + grows > STACK_LIMIT ? 'StackOverflow' : undefined
  }

  #step(op: number, at: number, stack: Word[]): void {
    if (op >= PUSH0 && op <= PUSH32) {
      const constant = this.#code.constants.get(at)!
      stack.push(constant > MOST_WORD || (this.#wideTargets && op === 0x60) ? undefined : Number(constant))
    } else if (op >= 0x80 && op <= 0x8f) stack.push(stack[stack.length - (op - 0x7f)])
    else if (op >= 0x90 && op <= 0x9f) {
      const other = stack.length - 1 - (op - 0x8f)
      const top = stack[stack.length - 1]
      stack[stack.length - 1] = stack[other]
      stack[other] = top
    } else {
      const { stackIn, stackOut } = OPCODES[op]!
      const inputs = stackIn === 0 ? [] : stack.splice(stack.length - stackIn, stackIn)
      // Function pointers of Solidity are masked before they are jumped to.
      const [a, b] = inputs
      const masked = op === 0x16 && a !== undefined && b !== undefined && a >= 0 && b >= 0
      for (let i = 0; i < stackOut; i++) stack.push(masked ? (a & b) >>> 0 : undefined)
    }
  }
}

function isRecursive(known: ReadonlyMap<number, number>): boolean {
  if (known.size <= RECURSION_LIMIT) return false
  const times = new Map<number, number>()
  for (const target of known.values()) {
    if (target < 0) continue // a mark is an argument, which may be there many times
    const count = (times.get(target) ?? 0) + 1
    if (count > RECURSION_LIMIT) return true
    times.set(target, count)
  }
  return false
}

/** Words that an instruction needs on the stack, and how many more it leaves. */
export function stackEffect(op: number): { needs: number; grows: number } {
  if (op >= 0x80 && op <= 0x8f) return { needs: op - 0x7f, grows: 1 }
  if (op >= 0x90 && op <= 0x9f) return { needs: op - 0x8e, grows: 0 }
  const { stackIn, stackOut } = OPCODES[op]!
  return { needs: stackIn, grows: stackOut - stackIn }
}
