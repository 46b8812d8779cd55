import type { BlockHistory, ReverseDiff } from '../../history/index.ts'
import { assert, equalBytes, nextTurn } from '../../lib/index.ts'
import { DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES, joinStateDiff } from '../../protocol/index.ts'
import { ExecutionError, type ViewBlock, type ViewProof } from '../../rpc/index.ts'
import { piecesOf, StateTrie, WitnessNodes, withoutDeleted, witnessTargets } from '../../trie/index.ts'
import { JobQueue } from '../JobQueue.ts'
import type { NodesOf } from './BlockWitnesses.ts'
import { changesBetween } from './changesBetween.ts'

/** Accounts and slots that may have changed since: the sealer has their nodes together in a quarter of a second. */
const CHANGE_LIMIT = 10_000
/** Nodes that are hashed, and entries that are applied, in one turn. */
const NODES_PER_TURN = 2_000
const ENTRIES_PER_TURN = 64

/** `sealedNumber`: of the newest sealed block, whose trie is kept. */
type Chain = { sealedNumber(): bigint; blockByNumber(number: bigint): ViewBlock | undefined }

/**
 * Proofs at blocks that the sealer's trie no longer has. All that has changed since is taken back in a part of the newest
 * trie that holds just what that needs; the root says whether it is right. In turns, and never more than so much.
 *
 * Oracle: the root in the block's header.
 */
export class OldProofs {
  readonly #history: BlockHistory
  readonly #chain: Chain
  readonly #nodesOf: NodesOf
  readonly #queue = new JobQueue('proofs of old blocks')

  constructor(history: BlockHistory, chain: Chain, nodesOf: NodesOf) {
    this.#history = history
    this.#chain = chain
    this.#nodesOf = nodesOf
  }

  /**
   * Of a sealed block whose state is kept. Undefined when it no longer is.
   *
   * @throws ExecutionError when too much has changed since, or too many wait.
   */
  make(number: bigint, address: Uint8Array, keys: Uint8Array[]): Promise<ViewProof | undefined> {
    return this.#queue.run(async () => {
      const trie = await this.#trieAt(number, address, keys)
      return trie?.proof(address, keys)
    })
  }

  async #trieAt(number: bigint, address: Uint8Array, keys: Uint8Array[]): Promise<StateTrie | undefined> {
    const newest = this.#chain.sealedNumber()
    const before = await this.#changesSince(number, newest)
    if (before === undefined) return undefined
    const diffs = diffsOf(before)
    const targets = [{ address, keys }, ...diffs.flatMap((diff) => witnessTargets(diff))]
    const nodes = await this.#nodesOf(newest, targets)
    const block = this.#chain.blockByNumber(number)
    if (nodes === undefined || block === undefined) return undefined
    const known = new WitnessNodes()
    for (let at = 0; at < nodes.length; at += NODES_PER_TURN) {
      known.add(nodes.slice(at, at + NODES_PER_TURN))
      await nextTurn()
    }
    let trie = StateTrie.fromWitness(this.#chain.blockByNumber(newest)!.stateRoot, known)
    for (const diff of diffs) {
      trie = trie.apply(diff)
      // Hashes what is new, so that the last turn has not all of it to do.
      trie.root()
      await nextTurn()
    }
    assert(
      equalBytes(trie.root(), block.stateRoot),
      `the state of block ${number} has the root of its header`,
    )
    return trie
  }

  /** What stood after a block where later ones, up to `newest`, have changed something. */
  async #changesSince(number: bigint, newest: bigint): Promise<ReverseDiff | undefined> {
    const check = (count: number): void => {
      if (count > CHANGE_LIMIT)
        throw new ExecutionError(
          `a proof at block ${number} is not made: more than ${CHANGE_LIMIT} accounts and slots have changed since`,
        )
    }
    return await changesBetween(this.#history, { from: number, to: newest, check })
  }
}

/** Encoded StateDiffs, to be applied one after another: accounts first, then the slots of those that exist. */
function diffsOf({ entries }: ReverseDiff): Uint8Array[] {
  const { accounts } = entries
  const slots = withoutDeleted(entries)
  // Without codes: a trie has their hashes only.
  return [
    ...Array.from(piecesOf(accounts, DIFF_ACCOUNT_BYTES, ENTRIES_PER_TURN), (piece) =>
      joinStateDiff({ accounts: piece }),
    ),
    ...Array.from(piecesOf(slots, DIFF_SLOT_BYTES, ENTRIES_PER_TURN), (piece) =>
      joinStateDiff({ slots: piece }),
    ),
  ]
}
