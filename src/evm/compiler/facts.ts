import { MEMORY_RANGES } from '../memoryRanges.ts'
import { OPCODES } from '../opcodes.ts'
import { type Instructions, PUSH0, PUSH32 } from './decode.ts'
import { type FlowGraph, type FlowNode, RETURN_ADDRESS } from './flowGraph.ts'
import { ANY, bitsRange, constantRange, join, type Range, resultRange, widen } from './ranges.ts'

/** What holds whenever a node starts. */
export type Facts = {
  /** Of the words on the stack, from the bottom. */
  ranges: Range[]
  /** Bytes that EVM memory has at least. */
  memoryBytes: number
}

/** From this visit of a node on its ranges grow in steps, so that loops come to an end. */
const WIDEN_FROM_VISIT = 3
/** Words and instructions that are looked at before the search for facts gives up. Contracts of 24 KB take a million. */
const WORK_LIMIT = 8_000_000
/** Memory that programs reach is smaller; beyond, nothing is claimed. */
const MEMORY_CLAIM_LIMIT = 1 << 20

/** A called function, as far as its caller sees it. */
export type CalleeFacts = { argumentCount: number; results: readonly Range[] }

/** A return address is an offset in the code. */
const RETURN_ADDRESS_RANGE = bitsRange(16)

/** Computes the facts of all nodes that can be reached, by visiting them until nothing changes. */
export function findFacts(
  code: Instructions,
  { nodes }: FlowGraph,
  callees: ReadonlyMap<number, CalleeFacts>,
): Facts[] {
  const facts: (Facts | undefined)[] = new Array(nodes.length)
  const visits = new Uint32Array(nodes.length)
  const entry = Array.from({ length: nodes[0]!.height }, (_, position) =>
    entryRange(nodes[0]!, position, ANY),
  )
  facts[0] = { ranges: entry, memoryBytes: 0 }
  let work = 0
  const queue = [0]
  const isQueued = new Uint8Array(nodes.length)
  isQueued[0] = 1
  for (let head = 0; head < queue.length; head++) {
    const node = nodes[queue[head]!]!
    isQueued[node.id] = 0
    visits[node.id]!++
    work += node.height + node.to - node.from
    if (work > WORK_LIMIT) return nodes.map(weakestFacts)
    const after = runNode(code, node, facts[node.id]!, callees)
    for (const id of node.successors) {
      const merged = merge(facts[id], after, nodes[id]!, visits[id]! >= WIDEN_FROM_VISIT)
      if (merged === undefined) continue
      facts[id] = merged
      if (isQueued[id] === 0) {
        isQueued[id] = 1
        queue.push(id)
      }
    }
  }
  return facts as Facts[]
}

/** What holds of a node without looking at the others. */
function weakestFacts(node: FlowNode): Facts {
  const ranges = Array.from({ length: node.height }, (_, position) => entryRange(node, position, ANY))
  return { ranges, memoryBytes: 0 }
}

/** The successor's facts when it can also be reached with these; undefined when they say nothing new. */
function merge(before: Facts | undefined, now: Facts, node: FlowNode, grows: boolean): Facts | undefined {
  if (before === undefined) {
    const ranges = now.ranges.map((range, position) => entryRange(node, position, range))
    return { ranges, memoryBytes: now.memoryBytes }
  }
  let changed = now.memoryBytes < before.memoryBytes
  const ranges = before.ranges.map((range, position) => {
    const next = grows ? widen(range, now.ranges[position]!) : join(range, now.ranges[position]!)
    if (next.level !== range.level || next.value !== range.value) changed = true
    return next
  })
  return changed ? { ranges, memoryBytes: Math.min(before.memoryBytes, now.memoryBytes) } : undefined
}

function entryRange(node: FlowNode, position: number, range: Range): Range {
  const known = node.known.get(position)
  if (known === RETURN_ADDRESS) return RETURN_ADDRESS_RANGE
  return known === undefined ? range : constantRange(BigInt(known))
}

/** Ranges of a function's results. */
export function findResults(
  code: Instructions,
  { nodes }: FlowGraph,
  facts: readonly Facts[],
  callees: ReadonlyMap<number, CalleeFacts>,
): Range[] {
  let results: Range[] | undefined
  for (const node of nodes) {
    if (node.exit.kind !== 'return') continue
    const { ranges } = runNode(code, node, facts[node.id]!, callees)
    results = results === undefined ? ranges : results.map((range, i) => join(range, ranges[i]!))
  }
  return results ?? []
}

function runNode(
  code: Instructions,
  node: FlowNode,
  entry: Facts,
  callees: ReadonlyMap<number, CalleeFacts>,
): Facts {
  const stack = entry.ranges.slice()
  let { memoryBytes } = entry
  for (let at = node.from; at < node.to; at++) {
    const op = code.ops[at]!
    if (op >= PUSH0 && op <= PUSH32) stack.push(constantRange(code.constants.get(at)!))
    else if (op >= 0x80 && op <= 0x8f) stack.push(stack[stack.length - (op - 0x7f)]!)
    else if (op >= 0x90 && op <= 0x9f) swap(stack, op - 0x8f)
    else {
      const { stackIn, stackOut } = OPCODES[op]!
      const inputs = stack.splice(stack.length - stackIn, stackIn).reverse()
      memoryBytes = Math.max(memoryBytes, memoryReached(op, inputs))
      if (stackOut === 1) stack.push(pushedRange(code, op, at, inputs))
    }
  }
  if (node.exit.kind === 'call') {
    const { argumentCount, results } = callees.get(node.exit.callee)!
    stack.splice(stack.length - argumentCount - 1, argumentCount + 1, ...results)
  }
  return { ranges: stack, memoryBytes }
}

/** Exchanges the top with the word `depth` below it. */
export function swap<Item>(stack: Item[], depth: number): void {
  const top = stack.length - 1
  const other = stack[top - depth]!
  stack[top - depth] = stack[top]!
  stack[top] = other
}

/** Range of what an instruction pushes, where it is not a PUSH, DUP or SWAP. */
export function pushedRange(code: Instructions, op: number, at: number, inputs: readonly Range[]): Range {
  if (op === 0x58) return constantRange(BigInt(code.pcs[at]!))
  if (op === 0x38) return constantRange(BigInt(code.codeLength))
  return resultRange(op, inputs)
}

/** Bytes that memory has at least after the instruction, as far as its operands are known. */
export function memoryReached(op: number, inputs: readonly Range[]): number {
  let most = 0
  for (const [offset, length] of MEMORY_RANGES[op] ?? []) {
    const size = typeof length === 'bigint' ? length : inputs[length]!.value
    most = Math.max(most, reached(inputs[offset]!.value, size))
  }
  return most
}

function reached(offset: bigint | undefined, length: bigint | undefined): number {
  if (offset === undefined || length === undefined || length === 0n) return 0
  const end = offset + length
  return end > MEMORY_CLAIM_LIMIT ? 0 : (Number(end) + 31) & ~31
}
