import type { ViewBlock } from '../../rpc/index.ts'
import { StateTrie, WitnessNodes, type WitnessTarget, witnessTargets } from '../../trie/index.ts'
import type { NodesOf } from '../past/index.ts'

const UNKNOWN_ROOT: Uint8Array = new Uint8Array(32)

/**
 * Roots of the states that simulated blocks lead to. The trie's owner gives the nodes that a step touches. On a block that
 * is not sealed yet no root is known: it is zero.
 */
export class SimulatedRoots {
  readonly #base: ViewBlock
  readonly #witness: NodesOf
  readonly #nodes = new WitnessNodes()
  readonly #targets: WitnessTarget[] = []
  #trie: StateTrie | undefined

  constructor(base: ViewBlock, witness: NodesOf) {
    this.#base = base
    this.#witness = witness
    if (base.hash !== undefined) this.#trie = StateTrie.fromWitness(base.stateRoot, this.#nodes)
  }

  /** After these encoded diffs, and those of the calls before. */
  async after(diffs: readonly Uint8Array[]): Promise<Uint8Array> {
    if (this.#trie === undefined) return UNKNOWN_ROOT
    // Together with those before: what they delete is joined with what only all of them show.
    for (const diff of diffs) this.#targets.push(...witnessTargets(diff))
    const nodes = await this.#witness(this.#base.number, this.#targets)
    if (nodes === undefined) {
      this.#trie = undefined
      return UNKNOWN_ROOT
    }
    this.#nodes.add(nodes)
    for (const diff of diffs) this.#trie = this.#trie.apply(diff)
    return this.#trie.root()
  }
}
