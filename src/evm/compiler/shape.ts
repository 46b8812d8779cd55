import { assert } from '../../lib/index.ts'

/**
 * A control-flow graph as WebAssembly can express it: with loops that are entered at one place only.
 *
 * Where a loop has several entries, a dispatcher is put in front of them: who wants to go to one of them says its
 * number and goes to the dispatcher. Everything else follows from the tree of dominators: Norman Ramsey, Beyond
 * Relooper (ICFP 2022).
 */
export type Shape = {
  /** The graph with dispatchers; they are numbered behind the nodes. */
  successors: number[][]
  /** Entries of each dispatcher, by its number. */
  dispatchers: Map<number, number[]>
  /** The dispatcher that leads to a node, for nodes that have one. */
  dispatcherOf: Map<number, number>
  /** Nodes with an edge back to them. */
  isLoopHeader: Uint8Array
  /** Nodes with more than one edge to them, not counting those back. */
  isMerge: Uint8Array
  /** Merge nodes by the node that dominates them immediately, in reverse postorder. */
  mergeChildren: number[][]
  /** Reverse postorder numbers; -1 for what can't be reached. */
  order: Int32Array
}

/** The shape of what can be reached from `root`. */
export function shapeOf(graph: readonly (readonly number[])[], root: number): Shape {
  const reducer = new Reducer(graph, root)
  const { successors, dispatchers, dispatcherOf } = reducer
  const { order, sequence } = reversePostorder(successors, root)
  const predecessors = predecessorsOf(successors, sequence)
  const dominator = dominatorsOf(sequence, order, predecessors)
  const isLoopHeader = new Uint8Array(successors.length)
  const isMerge = new Uint8Array(successors.length)
  const mergeChildren: number[][] = successors.map(() => [])
  for (const node of sequence) {
    let forward = 0
    for (const from of predecessors[node]!) {
      if (order[from]! < order[node]!) forward++
      else {
        assert(dominates(dominator, order, node, from), 'a loop is entered at its header only')
        isLoopHeader[node] = 1
      }
    }
    if (forward < 2) continue
    isMerge[node] = 1
    mergeChildren[dominator[node]!]!.push(node)
  }
  return { successors, dispatchers, dispatcherOf, isLoopHeader, isMerge, mergeChildren, order }
}

/** Finds loops, loops within loops and so on, and puts dispatchers in front of those with several entries. */
class Reducer {
  readonly successors: number[][]
  readonly dispatchers = new Map<number, number[]>()
  readonly dispatcherOf = new Map<number, number>()

  constructor(graph: readonly (readonly number[])[], root: number) {
    this.successors = graph.map((targets) => targets.slice())
    const { sequence } = reversePostorder(this.successors, root)
    const predecessors = predecessorsOf(this.successors, sequence)
    predecessors[root]!.push(-1)
    const work: { nodes: number[]; headers: Set<number> }[] = [{ nodes: sequence, headers: new Set() }]
    for (let task = work.pop(); task !== undefined; task = work.pop()) {
      for (const loop of findLoops(this.successors, task.nodes, task.headers)) {
        const members = new Set(loop)
        const entries = loop.filter((node) => predecessors[node]!.some((from) => !members.has(from)))
        if (entries.length > 1) this.#dispatch(entries)
        work.push({ nodes: loop, headers: new Set([...task.headers, ...entries]) })
      }
    }
  }

  #dispatch(entries: number[]): void {
    const dispatcher = this.successors.push(entries) - 1
    this.dispatchers.set(dispatcher, entries)
    for (const entry of entries) this.dispatcherOf.set(entry, dispatcher)
    const redirected = new Set(entries)
    for (const [from, targets] of this.successors.entries()) {
      if (from === dispatcher || !targets.some((to) => redirected.has(to))) continue
      this.successors[from] = targets.map((to) => (redirected.has(to) ? dispatcher : to))
    }
  }
}

/** Strongly connected components with a cycle, among `nodes`, when edges to `headers` are left out (Tarjan 1972). */
export function findLoops(
  successors: readonly (readonly number[])[],
  nodes: readonly number[],
  headers: ReadonlySet<number>,
): number[][] {
  const members = new Set(nodes)
  const index = new Map<number, number>()
  const low = new Map<number, number>()
  const open: number[] = []
  const isOpen = new Set<number>()
  const path: { node: number; next: number }[] = []
  const loops: number[][] = []
  const isInside = (to: number): boolean => members.has(to) && !headers.has(to)
  const enter = (node: number): void => {
    index.set(node, index.size)
    low.set(node, index.get(node)!)
    open.push(node)
    isOpen.add(node)
    path.push({ node, next: 0 })
  }
  const close = (node: number): void => {
    const component = open.splice(open.lastIndexOf(node))
    for (const member of component) isOpen.delete(member)
    if (component.length > 1 || (isInside(node) && successors[node]!.includes(node))) loops.push(component)
  }
  for (const start of nodes) {
    if (!index.has(start)) enter(start)
    while (path.length > 0) {
      const step = path.at(-1)!
      const to = successors[step.node]![step.next++]
      if (to === undefined) {
        path.pop()
        if (low.get(step.node) === index.get(step.node)) close(step.node)
        const parent = path.at(-1)
        if (parent) low.set(parent.node, Math.min(low.get(parent.node)!, low.get(step.node)!))
      } else if (isInside(to)) {
        if (!index.has(to)) enter(to)
        else if (isOpen.has(to)) low.set(step.node, Math.min(low.get(step.node)!, index.get(to)!))
      }
    }
  }
  return loops
}

export function reversePostorder(
  successors: readonly (readonly number[])[],
  root: number,
): { order: Int32Array; sequence: number[] } {
  const order = new Int32Array(successors.length).fill(-1)
  const isSeen = new Uint8Array(successors.length)
  const postorder: number[] = []
  const path = [{ node: root, next: 0 }]
  isSeen[root] = 1
  while (path.length > 0) {
    const step = path.at(-1)!
    const to = successors[step.node]![step.next++]
    if (to === undefined) {
      postorder.push(step.node)
      path.pop()
    } else if (isSeen[to] === 0) {
      isSeen[to] = 1
      path.push({ node: to, next: 0 })
    }
  }
  const sequence = postorder.reverse()
  for (const [number, node] of sequence.entries()) order[node] = number
  return { order, sequence }
}

function predecessorsOf(successors: readonly (readonly number[])[], nodes: readonly number[]): number[][] {
  const predecessors: number[][] = successors.map(() => [])
  for (const from of nodes) for (const to of successors[from]!) predecessors[to]!.push(from)
  return predecessors
}

/** Immediate dominators: Cooper, Harvey, Kennedy, A Simple, Fast Dominance Algorithm (2001). */
function dominatorsOf(
  sequence: readonly number[],
  order: Int32Array,
  predecessors: readonly (readonly number[])[],
): Int32Array {
  const dominator = new Int32Array(order.length).fill(-1)
  dominator[sequence[0]!] = sequence[0]!
  for (let changed = true; changed; ) {
    changed = false
    for (const node of sequence.slice(1)) {
      let common = -1
      for (const from of predecessors[node]!) {
        if (dominator[from] === -1) continue
        common = common === -1 ? from : intersect(dominator, order, common, from)
      }
      if (dominator[node] !== common) {
        dominator[node] = common
        changed = true
      }
    }
  }
  return dominator
}

function intersect(dominator: Int32Array, order: Int32Array, a: number, b: number): number {
  let left = a
  let right = b
  while (left !== right) {
    while (order[left]! > order[right]!) left = dominator[left]!
    while (order[right]! > order[left]!) right = dominator[right]!
  }
  return left
}

function dominates(dominator: Int32Array, order: Int32Array, above: number, node: number): boolean {
  let at = node
  while (order[at]! > order[above]!) at = dominator[at]!
  return at === above
}
