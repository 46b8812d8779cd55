import { OPCODES } from '../opcodes.ts'
import type { Instructions } from './decode.ts'
import { type FlowGraph, type FlowNode, stackEffect } from './flowGraph.ts'

const REVERT = 0xfd
/** Longer ways to a revert are compiled as all others. */
const LONGEST = 4

/**
 * Nodes from which every way leads straight to a revert or a halt, with the number of words of the stack that they
 * read. Programs go there once in a while and then end, but such ways make up a large part of what solc writes: the
 * interpreter runs them.
 */
export function findColdPaths(code: Instructions, { nodes }: FlowGraph): Map<number, number> {
  const cold = new Map<number, number>()
  for (const node of nodes) {
    const reads = readsUntilRevert(code, nodes, node)
    if (reads !== undefined) cold.set(node.id, reads)
  }
  return cold
}

function readsUntilRevert(
  code: Instructions,
  nodes: readonly FlowNode[],
  start: FlowNode,
): number | undefined {
  let reads = 0
  let height = 0 // relative to the start's
  let node = start
  for (let step = 0; step < LONGEST; step++) {
    for (let at = node.from; at < node.to; at++) {
      const op = code.ops[at]!
      reads = Math.max(reads, stackEffect(op).needs - height)
      height += OPCODES[op]!.stackOut - OPCODES[op]!.stackIn
    }
    const { exit } = node
    if (exit.kind === 'fault' || exit.kind === 'invalidJump') return reads
    if (exit.kind === 'end') return code.ops[node.to - 1] === REVERT ? reads : undefined
    if (exit.kind !== 'next') return undefined
    node = nodes[node.successors[0]!]!
  }
  return undefined
}
