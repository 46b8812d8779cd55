import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fromBigInt } from '../../lib/index.ts'
import { compileCode } from './compileCode.ts'
import { findLoops, reversePostorder, type Shape, shapeOf } from './shape.ts'
import { Machine, program } from './testing/index.ts'

type Graph = number[][]

/** Graphs of up to `size` nodes with at most two successors each; most have loops, many with several entries. */
const graphs = (size: number): fc.Arbitrary<Graph> =>
  fc.integer({ min: 2, max: size }).chain((count) => {
    const node = fc.nat({ max: count - 1 })
    const successors: fc.Arbitrary<number[]> = fc.oneof(
      { weight: 8, arbitrary: fc.uniqueArray(node, { minLength: 2, maxLength: 2 }) },
      { weight: 3, arbitrary: fc.tuple(node) },
      { weight: 1, arbitrary: fc.constant<number[]>([]) },
    )
    return fc.array(successors, { minLength: count, maxLength: count })
  })

/** 0 leads into the middle of the loop of 1 and 2. */
const TWO_ENTRIES: Graph = [[1, 2], [2], [1, 3], []]

function reachable(graph: Graph, without = -1): Set<number> {
  const seen = new Set<number>()
  const work = without === 0 ? [] : [0]
  for (let node = work.pop(); node !== undefined; node = work.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    work.push(...graph[node]!.filter((to) => to !== without))
  }
  return seen
}

/** A node dominates what can't be reached without it. */
function dominates(graph: Graph, above: number, node: number): boolean {
  return !reachable(graph, above).has(node)
}

/**
 * Whether a graph shrinks to one node by removing edges of nodes to themselves, and merging nodes into their only
 * predecessor: exactly then all its loops have one entry (Hecht and Ullman 1974).
 */
function isReducible(graph: Graph): boolean {
  const nodes = reachable(graph)
  const edges = new Map([...nodes].map((node) => [node, new Set(graph[node]!.filter((to) => to !== node))]))
  for (let changed = true; changed; ) {
    changed = false
    for (const node of [...edges.keys()]) {
      if (node === 0) continue
      const before = [...edges].filter(([, to]) => to.has(node)).map(([from]) => from)
      if (before.length !== 1) continue
      const into = edges.get(before[0]!)!
      into.delete(node)
      for (const to of edges.get(node)!) if (to !== before[0]) into.add(to)
      edges.delete(node)
      changed = true
    }
  }
  return edges.size === 1
}

/** Where an edge of the shape may lead in the graph that it was made of. */
function originals({ dispatchers }: Shape, to: number): number[] {
  return dispatchers.get(to) ?? [to]
}

describe('shapeOf', () => {
  it('gives every loop one entry', () => {
    assert.ok(!isReducible(TWO_ENTRIES), 'the oracle tells')
    fc.assert(
      fc.property(graphs(12), (graph) => {
        assert.ok(isReducible(shapeOf(graph, 0).successors))
      }),
      { numRuns: 500 },
    )
  })

  it('puts no dispatcher where none is needed', () => {
    let needed = 0
    fc.assert(
      fc.property(graphs(8), (graph) => {
        const { dispatchers } = shapeOf(graph, 0)
        assert.equal(dispatchers.size === 0, isReducible(graph))
        if (dispatchers.size > 0) needed++
      }),
      { numRuns: 500, seed: 1 },
    )
    assert.ok(needed > 30, `only ${needed} graphs needed one`)
  })

  it('leaves all edges as they are, but for the dispatchers on their way', () => {
    fc.assert(
      fc.property(graphs(12), (graph) => {
        const shape = shapeOf(graph, 0)
        for (const node of reachable(graph)) {
          const after = shape.successors[node]!
          assert.equal(after.length, graph[node]!.length)
          for (const [i, to] of graph[node]!.entries()) {
            assert.equal(after[i], shape.dispatcherOf.get(to) ?? to)
            assert.ok(originals(shape, after[i]!).includes(to))
          }
        }
      }),
    )
  })

  it('lets each dispatcher lead to all its entries, and nothing else to them', () => {
    fc.assert(
      fc.property(graphs(12), (graph) => {
        const { dispatchers, dispatcherOf, successors } = shapeOf(graph, 0)
        for (const [dispatcher, entries] of dispatchers) {
          assert.ok(dispatcher >= graph.length && entries.length > 1)
          assert.deepEqual(successors[dispatcher], entries)
          for (const entry of entries) {
            assert.equal(dispatcherOf.get(entry), dispatcher)
            const before = successors.flatMap((to, from) => (to.includes(entry) ? [from] : []))
            assert.deepEqual(before, [dispatcher])
          }
        }
      }),
    )
  })

  it('marks loop headers and merges, and puts each merge below the node that dominates it last', () => {
    fc.assert(
      fc.property(graphs(10), (graph) => {
        const { successors, isLoopHeader, isMerge, mergeChildren, order } = shapeOf(graph, 0)
        const nodes = reachable(successors)
        for (const node of nodes) {
          // An edge each: both ways of a branch may lead to one dispatcher.
          const from = [...nodes].flatMap((each) =>
            successors[each]!.filter((to) => to === node).map(() => each),
          )
          const back = from.filter((each) => dominates(successors, node, each))
          assert.equal(isLoopHeader[node], back.length > 0 ? 1 : 0)
          assert.equal(isMerge[node], from.length - back.length > 1 ? 1 : 0)
          if (isMerge[node] === 0) continue
          const above = [...nodes].filter((each) => each !== node && dominates(successors, each, node))
          const last = above.find((each) => above.every((other) => dominates(successors, other, each)))
          assert.ok(mergeChildren[last!]!.includes(node))
        }
        for (const [node, number] of order.entries()) assert.equal(number >= 0, nodes.has(node))
      }),
    )
  })

  it('says nothing of what can not be reached', () => {
    const { order, isMerge } = shapeOf([[1], [], [1, 3], [1]], 0)
    assert.deepEqual([...order], [0, 1, -1, -1])
    assert.deepEqual([...isMerge], [0, 0, 0, 0])
  })

  it('handles loops of several entries within one another', () => {
    // 1 and 2 are the entries of the outer loop, 3 and 4 those of one within.
    const nested: Graph = [[1, 2], [3, 4], [1, 4], [4, 2], [3, 5], [1]]
    const { dispatchers, successors } = shapeOf(nested, 0)
    assert.deepEqual(
      [...dispatchers.values()].map((entries) => entries.toSorted()),
      [
        [1, 2],
        [3, 4],
      ],
    )
    assert.ok(isReducible(successors))
  })
})

describe('findLoops', () => {
  it('finds the largest sets of nodes that reach each other, without edges to the headers', () => {
    fc.assert(
      fc.property(graphs(9), fc.uniqueArray(fc.nat({ max: 8 }), { maxLength: 2 }), (graph, headers) => {
        const nodes = [...reachable(graph)]
        const cut = graph.map((targets) => targets.filter((to) => !headers.includes(to)))
        const reach = (from: number): Set<number> => {
          const seen = new Set<number>()
          const work = [...cut[from]!]
          for (let node = work.pop(); node !== undefined; node = work.pop()) {
            if (!seen.has(node)) work.push(...cut[node]!)
            seen.add(node)
          }
          return seen
        }
        const reaches = new Map(nodes.map((node) => [node, reach(node)]))
        const sorted = (loops: number[][]): string[] => loops.map((loop) => loop.toSorted().join()).toSorted()
        const expected = nodes.flatMap((node) => {
          if (!reaches.get(node)!.has(node)) return []
          const loop = nodes.filter((other) => reaches.get(node)!.has(other) && reaches.get(other)!.has(node))
          return Math.min(...loop) === node ? [loop] : []
        })
        assert.deepEqual(sorted(findLoops(graph, nodes, new Set(headers))), sorted(expected))
      }),
      { numRuns: 300 },
    )
  })
})

describe('reversePostorder', () => {
  it('numbers every node before its successors, but for edges back', () => {
    fc.assert(
      fc.property(graphs(12), (graph) => {
        const { order, sequence } = reversePostorder(graph, 0)
        assert.deepEqual(new Set(sequence), reachable(graph))
        for (const from of sequence) {
          for (const to of graph[from]!) {
            const isBack = order[to]! <= order[from]!
            // Whoever goes back to a node can be reached from it.
            if (isBack) assert.ok(to === from || reachableFrom(graph, to).has(from))
          }
        }
      }),
    )
  })
})

function reachableFrom(graph: Graph, start: number): Set<number> {
  const seen = new Set<number>()
  const work = [start]
  for (let node = work.pop(); node !== undefined; node = work.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    work.push(...graph[node]!)
  }
  return seen
}

// ------------------------------------------------------------------------------------------------------ as programs

/** Blocks that are visited at most. */
const STEPS = 40

/**
 * A walk through a graph as an EVM program. Each block writes its number into memory, and goes where the next byte of
 * the call data says. Two words below the number of steps are changed and exchanged on the way.
 */
function walkProgram(graph: Graph, padding: number): Uint8Array {
  const blocks = graph.map((targets, node) => {
    const [first, second] = targets
    const change =
      node % 3 === 0 ? 'SWAP1 SWAP2 SWAP1' : `SWAP2 PUSH ${node} ADD ${'PUSH 3 MUL '.repeat(padding)} SWAP2`
    const branch =
      first === undefined
        ? '@end JUMP'
        : second === undefined
          ? `@b${first} JUMP`
          : `DUP1 CALLDATALOAD PUSH 248 SHR PUSH 1 AND @b${first} JUMPI @b${second} JUMP`
    return `b${node}: DUP1 PUSH ${STEPS} EQ @end JUMPI PUSH ${node} DUP2 MSTORE8 ${change} PUSH 1 ADD ${branch}`
  })
  const end = 'end: POP PUSH 64 MSTORE PUSH 96 MSTORE PUSH 128 PUSH0 RETURN'
  return program(`PUSH 1000 PUSH 2000 PUSH0 @b0 JUMP ${blocks.join(' ')} ${end}`)
}

/** The same walk, over the graph itself. Returns what the program does. */
function walk(graph: Graph, padding: number, data: Uint8Array): string {
  const log = new Uint8Array(64)
  const factor = 3n ** BigInt(padding)
  let [x, y] = [1000n, 2000n]
  let node: number | undefined = 0
  for (let step = 0; step < STEPS && node !== undefined; ) {
    log[step++] = node
    if (node % 3 === 0) [x, y] = [y, x]
    else x = BigInt.asUintN(256, (x + BigInt(node)) * factor)
    const [first, second]: number[] = graph[node]!
    node = second === undefined || (data[step] ?? 0) % 2 === 1 ? first : second
  }
  return `0x${Buffer.concat([log, fromBigInt(y, 32), fromBigInt(x, 32)]).toString('hex')}`
}

describe('random graphs', () => {
  const interpreted = new Machine()
  const compiled = new Machine({})
  const choices = fc.uint8Array({ minLength: 48, maxLength: 48 })

  function check(graph: Graph, padding: number, datas: Uint8Array[]): void {
    const code = walkProgram(graph, padding)
    for (const data of datas) {
      const expected = walk(graph, padding, data)
      const slow = interpreted.run(code, { data })
      const fast = compiled.run(code, { data })
      assert.deepEqual([slow.output, fast.output], [expected, expected])
      assert.deepEqual([fast.gasUsed, fast.compiledGas], [slow.gasUsed, slow.gasUsed])
    }
  }

  it('run compiled as one walks through them', () => {
    fc.assert(
      fc.property(graphs(14), fc.array(choices, { minLength: 3, maxLength: 3 }), (graph, datas) =>
        check(graph, 0, datas),
      ),
      { numRuns: 120 },
    )
  })

  it('run the same when they are divided into pieces', () => {
    const divided = (graph: Graph) => {
      const outcome = compileCode(walkProgram(graph, 60), 'Osaka')
      return outcome.ok ? outcome.stats.functions : 0
    }
    let most = 0
    fc.assert(
      fc.property(graphs(14), fc.array(choices, { minLength: 2, maxLength: 2 }), (graph, datas) => {
        most = Math.max(most, divided(graph))
        check(graph, 60, datas)
      }),
      { numRuns: 60 },
    )
    assert.ok(most >= 3, `at most ${most} functions`)
  })
})
