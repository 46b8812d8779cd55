/** A sealed block, told from those of the same number that were given up. */
export type SealedPlace = {
  /** Number of the mini-block that the newest rewind before it in the log is; 0: there is none. */
  branch: bigint
  blockNumber: bigint
}

/** Whether a place is behind another in the log. */
export function isPlaceBehind(a: SealedPlace, b: SealedPlace): boolean {
  return a.branch === b.branch ? a.blockNumber > b.blockNumber : a.branch > b.branch
}
