/** What a node is, and how far it is behind what it follows. */
export type NodeStatus = {
  /**
   * `sequencer`: it makes the chain. `replica`: it takes in what the sequencer's signed entries say. `fullNode`: it executes
   * that again, and stops where it comes to something else.
   */
  role: 'sequencer' | 'replica' | 'fullNode'
  /** Undefined of a sequencer, and until a follower has begun. */
  following: FollowingStatus | undefined
}

/** A node that gives entries of the chain. */
export type FollowedSource = {
  /** Its URL. */
  name: string
  /** `waiting`: it is asked again in a moment. `setAside`: it gave what can't be right, and is asked again after a minute. */
  state: 'following' | 'idle' | 'waiting' | 'setAside'
  /** Why it was left last. */
  code: string | undefined
  reason: string | undefined
}

export type FollowingStatus = {
  /** Name of the one that is followed; undefined: none is. */
  source: string | undefined
  sources: readonly FollowedSource[]
  /** Address of the sequencer, 20 bytes, and its term. */
  signer: Uint8Array
  epoch: bigint
  /** Mini-blocks that are known to be there and are not shown here. */
  lagMiniBlocks: bigint
  /** Age of the newest one here as long as there are newer ones; else how long after its sealing it was taken in. */
  lagMs: number
  /** Entries and their bytes since the start. */
  entries: number
  bytes: number
  bytesPerSecond: number
  /** Those of the entries that came from peers of the open network. */
  peerEntries: number
  /** How often the sequencer was caught since the start: two entries for one place, or one that execution refutes. */
  lies: number
}

/** A follower that is no further behind counts as being at the head, ms. */
export const HEAD_LAG_LIMIT_MS = 5000

/** Age of the newest mini-block here where newer ones are known; else 0. */
export function behindMs({ lagMiniBlocks, lagMs }: FollowingStatus): number {
  return lagMiniBlocks > 0n ? lagMs : 0
}
