import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { OPCODES } from '../opcodes.ts'
import { decode } from './decode.ts'
import { buildFlowGraph, type FlowGraph, type FlowNode, stackEffect } from './flowGraph.ts'
import { staticGas } from './staticGas.ts'
import { offsetOf, program } from './testing/index.ts'

const OSAKA = staticGas('Osaka')
/** What a graph of contexts without end must stay below. */
const MANY = 2000

/** `at`: the nodes that start at a label. */
type Graph = FlowGraph & { pcs: Uint32Array; at: (label: string) => FlowNode[] }

function graphOf(text: string, limits: { nodes?: number; size?: number } = {}): Graph {
  const code = decode(program(text))
  const graph = buildFlowGraph(code, {
    entry: 0,
    stack: [],
    work: { left: 1_000_000 },
    nodeLimit: limits.nodes ?? 16_384,
    sizeLimit: limits.size ?? 60_000,
    isDefined: (op) => OSAKA[op] !== -1,
    callable: () => undefined,
  })
  const at = (label: string): FlowNode[] =>
    graph.nodes.filter((node) => code.pcs[node.from] === offsetOf(text, label))
  return { ...graph, pcs: code.pcs, at }
}

const exits = ({ nodes }: FlowGraph) => nodes.map(({ exit }) => exit.kind)

describe('flow graphs', () => {
  it('have a node for each block, with edges in both directions', () => {
    const graph = graphOf('PUSH0 CALLDATALOAD @yes JUMPI PUSH 1 POP STOP yes: PUSH 2 POP STOP')
    assert.deepEqual(exits(graph), ['branch', 'end', 'end'])
    const { exit, successors } = graph.nodes[0]!
    assert.ok(exit.kind === 'branch' && exit.taken !== undefined)
    assert.deepEqual(successors, [exit.taken, exit.notTaken])
    assert.deepEqual(graph.at('yes'), [graph.nodes[exit.taken]])
    assert.equal(graph.pcs[graph.nodes[exit.notTaken]!.from], 6)
    for (const { id, successors } of graph.nodes) {
      for (const to of successors) assert.ok(graph.nodes[to]!.predecessors.includes(id))
    }
    assert.deepEqual([graph.unresolvedJumps, graph.cuts], [0, 0])
  })

  it('have a loop as one node that leads to itself', () => {
    const graph = graphOf('PUSH0 loop: PUSH 1 ADD DUP1 CALLVALUE GT @loop JUMPI STOP')
    const [loop, ...others] = graph.at('loop')
    assert.deepEqual(others, [])
    assert.deepEqual(loop!.predecessors, [0, loop!.id])
    assert.equal(loop!.height, 1)
  })

  it('have a function called from two places in two contexts, each returning to its own', () => {
    const graph = graphOf(
      '@one @double JUMP one: @two @double JUMP two: STOP double: CALLVALUE DUP1 ADD POP JUMP',
    )
    const double = graph.at('double')
    const back = [graph.at('one')[0]!, graph.at('two')[0]!]
    assert.deepEqual(
      double.flatMap(({ successors }) => successors),
      back.map(({ id }) => id),
    )
    assert.equal(graph.unresolvedJumps, 0)
    // The return address is known, at the bottom of the stack.
    assert.deepEqual(
      double.map(({ known }) => [...known]),
      back.map(({ from }) => [[0, graph.pcs[from]]]),
    )
  })

  it('share a context where the constants on the stack are no jump targets', () => {
    const graph = graphOf('CALLVALUE @b JUMPI PUSH 3 @end JUMP b: PUSH 4 @end JUMP end: POP STOP')
    const end = graph.at('end')
    assert.equal(end.length, 1)
    assert.equal(end[0]!.predecessors.length, 2)
    assert.equal(end[0]!.known.size, 0)
  })

  it('part where the stack has another height', () => {
    const graph = graphOf('CALLVALUE @b JUMPI PUSH0 PUSH0 @end JUMP b: PUSH0 @end JUMP end: POP STOP')
    assert.deepEqual(
      graph
        .at('end')
        .map(({ height }) => height)
        .toSorted(),
      [1, 2],
    )
  })
})

describe('the jumps of a flow graph', () => {
  it('are unresolved where their target is computed or read', () => {
    for (const text of [
      'CALLVALUE JUMP',
      'PC PUSH 3 ADD JUMP',
      'PUSH 1 PUSH0 SLOAD JUMPI',
      'PUSH0 MLOAD JUMP',
    ]) {
      const graph = graphOf(text)
      const { exit, to, from } = graph.nodes[0]!
      assert.deepEqual([exit.kind, graph.unresolvedJumps, graph.nodes.length], ['unresolved', 1, 1], text)
      // The interpreter takes over in front of the jump.
      assert.equal(to - from, program(text).length - [...text.matchAll(/PUSH \d/g)].length - 1, text)
    }
  })

  it('are resolved through a mask, as function pointers have it', () => {
    const graph = graphOf('PUSH 0xffff PUSH4 0x0000000b AND JUMP INVALID JUMPDEST STOP')
    assert.equal(graph.unresolvedJumps, 0)
    assert.deepEqual(exits(graph), ['next', 'end'])
  })

  it('are invalid where the target is no JUMPDEST', () => {
    for (const target of ['1', '0xff', '0xffffffff', '0xfffffffff']) {
      assert.deepEqual(exits(graphOf(`PUSH ${target} JUMP`)), [
        BigInt(target) > 0xffffffffn ? 'unresolved' : 'invalidJump',
      ])
    }
    const graph = graphOf('CALLVALUE PUSH 1 JUMPI STOP')
    assert.deepEqual(graph.nodes[0]!.exit, { kind: 'branch', taken: undefined, notTaken: 1 })
    assert.deepEqual(graph.nodes[0]!.successors, [1])
    // Within the data of a PUSH.
    assert.deepEqual(exits(graphOf('PUSH 4 JUMP PUSH1 0x5b')), ['invalidJump'])
  })
})

describe('the blocks of a flow graph', () => {
  it('end in a fault where an instruction can not run, by the stack that it finds', () => {
    const faultOf = (text: string) => {
      const { exit, to } = graphOf(text).nodes.at(-1)!
      return exit.kind === 'fault' ? [exit.fault, to] : exit.kind
    }
    assert.deepEqual(faultOf('PUSH0 ADD'), ['StackUnderflow', 1])
    assert.deepEqual(faultOf('PUSH0 SWAP1'), ['StackUnderflow', 1])
    assert.deepEqual(faultOf('PUSH0 DUP2'), ['StackUnderflow', 1])
    assert.deepEqual(faultOf('JUMP'), ['StackUnderflow', 0])
    assert.deepEqual(faultOf('PUSH0 INVALID'), ['InvalidOpcode', 1])
    assert.deepEqual(faultOf('0x0c'), ['InvalidOpcode', 0])
    assert.equal(faultOf('PUSH0 '.repeat(1024)), 'end')
    assert.equal(faultOf('PUSH0 '.repeat(1025))[0], 'StackOverflow')
    assert.equal(faultOf(`${'PUSH0 '.repeat(1024)} DUP1`)[0], 'StackOverflow')
    assert.equal(faultOf(`${'PUSH0 '.repeat(1024)} SWAP1 ADD`), 'end')
  })

  it('are split where they are long, and fall through where a target begins', () => {
    const graph = graphOf('PUSH0 POP '.repeat(1000))
    assert.ok(graph.nodes.length > 4 && graph.nodes.every(({ from, to }) => to - from <= 256))
    assert.equal(graph.size, 2001)
    const falling = graphOf('PUSH0 @next POP next: STOP')
    assert.deepEqual(falling.nodes[0]!.exit, { kind: 'next', isJump: false })
  })

  it('tell the greatest height of the stack', () => {
    assert.equal(graphOf('PUSH0 PUSH0 PUSH0 POP POP STOP').maxHeight, 3)
  })
})

describe('graphs without end', () => {
  it('are cut for a loop that leaves a word behind in each round', () => {
    const graph = graphOf('PUSH0 loop: CALLER CALLVALUE @loop JUMPI STOP')
    assert.ok(graph.cuts > 0 && graph.nodes.length < MANY, `${graph.nodes.length} nodes`)
    assert.ok(graph.at('loop').length > 10, 'some rounds are compiled')
  })

  it('are cut for a loop that takes a word away in each round', () => {
    const graph = graphOf(`${'PUSH0 '.repeat(300)} loop: POP CALLVALUE @loop JUMPI STOP`)
    assert.ok(graph.cuts > 0 && graph.nodes.length < MANY, `${graph.nodes.length} nodes`)
  })

  it('are cut for a function that calls itself, and leaves its return address behind', () => {
    const graph = graphOf('f: @back CALLVALUE @f JUMPI STOP back: JUMP')
    assert.ok(graph.cuts > 0 && graph.nodes.length < 20, `${graph.nodes.length} nodes`)
  })

  it('are cut where each round has another combination of targets on the stack', () => {
    // Each of the targets may lie at each of the positions.
    const swaps = Array.from({ length: 14 }, (_, i) => `CALLVALUE @s${i} JUMPI SWAP${i + 1} s${i}:`).join(' ')
    const graph = graphOf(
      `${Array.from({ length: 15 }, (_, i) => `@s${i % 14}`).join(' ')} s: ${swaps} @s JUMP`,
    )
    assert.ok(graph.cuts > 0, 'it is cut')
    // Each node that is explored has two successors at most.
    assert.ok(graph.nodes.length <= 2 * 16_384 + 1, `${graph.nodes.length} nodes`)
  })

  it('keep the bounds that they are given', () => {
    const long = Array.from({ length: 200 }, (_, i) => `CALLVALUE @t${i} JUMPI PUSH0 POP t${i}:`).join(' ')
    const whole = graphOf(long)
    assert.equal(whole.cuts, 0)
    const few = graphOf(long, { nodes: 50 })
    assert.ok(few.cuts > 0 && few.nodes.length <= 52, `${few.nodes.length} nodes`)
    const small = graphOf(long, { size: 100 })
    assert.ok(small.cuts > 0 && small.size < 120, `${small.size} instructions`)
    for (const { exit, successors, from, to } of few.nodes) {
      if (exit.kind === 'cut') assert.deepEqual([successors, to], [[], from])
    }
  })
})

describe('stackEffect', () => {
  it('says what DUP and SWAP need, where the table of opcodes does not', () => {
    for (let n = 1; n <= 16; n++) {
      assert.deepEqual(stackEffect(0x7f + n), { needs: n, grows: 1 })
      assert.deepEqual(stackEffect(0x8f + n), { needs: n + 1, grows: 0 })
    }
    for (const op of OPCODES) {
      if (op === undefined) continue
      const { needs, grows } = stackEffect(op.code)
      assert.deepEqual([needs, grows], [op.stackIn, op.stackOut - op.stackIn], op.name)
    }
  })
})
