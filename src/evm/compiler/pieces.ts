import { OPCODES } from '../opcodes.ts'
import type { Instructions } from './decode.ts'
import type { FlowNode } from './flowGraph.ts'
import { findLoops, reversePostorder } from './shape.ts'

/** A part of a contract that becomes one function of the module. */
export type Piece = {
  nodes: Set<number>
  /** Nodes that other pieces go to, in the order of their entry numbers. */
  entries: number[]
}

/**
 * What V8's optimising compiler takes in one function: its time grows faster than the function. In units of
 * {@link weightOf}, some 2 bytes of WebAssembly each.
 */
const PIECE_WEIGHT = 16_000
/** Loops in loops that are kept together as far as they fit: a tangle of jumps may go on like that for thousands. */
const DEEPEST_LOOP = 16

/**
 * Divides a contract into pieces. Loops stay in one piece as far as they fit: going from piece to piece carries the
 * stack through memory. The first piece starts the contract.
 */
export function divideIntoPieces(
  instructions: Instructions,
  nodes: readonly FlowNode[],
  successors: readonly (readonly number[])[],
): Piece[] {
  const { sequence, order } = reversePostorder(successors, 0)
  const weights = nodes.map((node) => weightOf(instructions, node))
  const units = divideLoops(successors, sequence, weights)
  const first = (unit: readonly number[]): number => Math.min(...unit.map((node) => order[node]!))
  units.sort((a, b) => first(a) - first(b))
  const pieces: Piece[] = []
  let room = 0
  for (const unit of units) {
    const weight = total(unit, weights)
    if (weight > room || pieces.length === 0) {
      pieces.push({ nodes: new Set(), entries: [] })
      room = PIECE_WEIGHT
    }
    room -= weight
    for (const node of unit) pieces.at(-1)!.nodes.add(node)
  }
  findEntries(pieces, successors)
  return pieces
}

function findEntries(pieces: readonly Piece[], successors: readonly (readonly number[])[]): void {
  const pieceOf = new Map<number, Piece>()
  for (const piece of pieces) for (const node of piece.nodes) pieceOf.set(node, piece)
  const entries = new Set([0])
  for (const [node, piece] of pieceOf) {
    for (const to of successors[node]!) if (pieceOf.get(to) !== piece) entries.add(to)
  }
  for (const node of entries) pieceOf.get(node)!.entries.push(node)
}

/** Nodes that should stay together: whole loops where they fit, else their headers and the loops within. */
function divideLoops(
  successors: readonly (readonly number[])[],
  nodes: readonly number[],
  weights: readonly number[],
): number[][] {
  const units: number[][] = []
  const work: { nodes: readonly number[]; headers: Set<number>; depth: number }[] = [
    { nodes, headers: new Set(), depth: 0 },
  ]
  for (let task = work.pop(); task !== undefined; task = work.pop()) {
    const { headers, depth } = task
    if (depth > DEEPEST_LOOP) {
      for (const node of task.nodes) units.push([node])
      continue
    }
    const rest = new Set(task.nodes)
    for (const loop of findLoops(successors, task.nodes, headers)) {
      for (const node of loop) rest.delete(node)
      if (total(loop, weights) <= PIECE_WEIGHT) units.push(loop)
      else work.push({ nodes: loop, headers: new Set([...headers, loop[0]!]), depth: depth + 1 })
    }
    for (const node of rest) units.push([node])
  }
  return units
}

function total(unit: readonly number[], weights: readonly number[]): number {
  return unit.reduce((sum, node) => sum + weights[node]!, 0)
}

/** A rough measure of what a node's instructions become. */
function weightOf({ ops }: Instructions, { from, to, height }: FlowNode): number {
  let weight = 20 + height * 2
  for (let at = from; at < to; at++) {
    const op = ops[at]!
    if (op >= 0x5f && op <= 0x9f) continue // PUSH, DUP, SWAP
    weight += 10 + (OPCODES[op]?.stackIn ?? 0) * 15
  }
  return weight
}
