import { nextTurn } from '../../lib/index.ts'
import { ExecutionError, type ViewBlock } from '../../rpc/index.ts'
import { StateTrie, WitnessNodes, witnessTargets } from '../../trie/index.ts'
import { JobQueue } from '../JobQueue.ts'
import type { BlockReplay } from './BlockReplay.ts'
import type { NodesOf } from './BlockWitnesses.ts'

/** Accounts and slots that a block may change: the sealer has their nodes together in a quarter of a second. */
const TARGET_LIMIT = 10_000

/**
 * State roots between the transactions of a block: it is executed once more, and what each transaction changes is applied
 * to a part of the trie before it.
 */
export class IntermediateRoots {
  readonly #replay: BlockReplay
  readonly #nodesOf: NodesOf
  readonly #blockByNumber: (number: bigint) => ViewBlock | undefined
  readonly #queue = new JobQueue('intermediate roots')

  /** @param nodesOf - see BlockWitnesses. */
  constructor(
    replay: BlockReplay,
    {
      nodesOf,
      blockByNumber,
    }: { nodesOf: NodesOf; blockByNumber: (number: bigint) => ViewBlock | undefined },
  ) {
    this.#replay = replay
    this.#nodesOf = nodesOf
    this.#blockByNumber = blockByNumber
  }

  /**
   * After each transaction of a block whose parent is sealed. Undefined when the state before is not kept, or only without
   * its trie.
   *
   * @throws ExecutionError for a block that changes too much, or too many requests.
   */
  make(number: bigint): Promise<Uint8Array[] | undefined> {
    return this.#queue.run(() => this.#make(number))
  }

  async #make(number: bigint): Promise<Uint8Array[] | undefined> {
    const parent = this.#blockByNumber(number - 1n)
    const block = this.#blockByNumber(number)
    if (parent === undefined || block === undefined) return undefined
    const { length } = block.transactions
    const replayed = await this.#replay.diffs(number, block.transactions.slice(0, length), 1)
    if (replayed === undefined) return undefined
    const { written, changed } = replayed
    const targets = [...written, ...changed].flatMap(witnessTargets)
    const size = targets.reduce((sum, { keys }) => sum + 1 + keys.length, 0)
    if (size > TARGET_LIMIT)
      throw new ExecutionError(
        `the block changes ${size} accounts and slots, too many for its roots (limit ${TARGET_LIMIT})`,
      )
    const nodes = await this.#nodesOf(number - 1n, targets)
    if (nodes === undefined) return undefined
    let trie = StateTrie.fromWitness(parent.stateRoot, new WitnessNodes(nodes))
    for (const diff of written) trie = trie.apply(diff)
    const roots: Uint8Array[] = []
    for (const diff of changed.slice(0, length)) {
      trie = trie.apply(diff)
      roots.push(trie.root())
      await nextTurn()
    }
    return roots
  }
}
