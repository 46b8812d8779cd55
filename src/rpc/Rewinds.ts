/**
 * Going back to an earlier state of the chain, for developers. Each promise resolves once the chain is there, for every
 * later read.
 */
export interface Rewinds {
  /** Remembers the state as it is; gives an id, which counts up from 0. @throws DevError when there are too many. */
  snapshot(): Promise<bigint>
  /**
   * Goes back to a snapshot, which is used up then, with all that were taken after it. False: there is none of this id.
   *
   * @throws DevError when what has changed since is not kept.
   */
  revert(id: bigint): Promise<boolean>
  /** Gives up the newest blocks. @throws DevError when there are not so many, or what they have changed is not kept. */
  rollback(depth: bigint): Promise<void>
  /** Goes back to the genesis; snapshots are forgotten. @throws DevError when its state is not kept any more. */
  reset(): Promise<void>
  /** Number of the newest block that can be given up. */
  readonly height: bigint
}
