import type { FollowerStatus } from '../../replica/index.ts'
import type { FollowingStatus } from '../../rpc/index.ts'

type Followed = { status: FollowerStatus; shown: bigint; bytesPerSecond: number; lies: number }

/**
 * How far a follower is behind, as far as it knows: the newest mini-block of which it has heard, and the age of its own as
 * long as there is a newer one; else how long that one took from its sealing until it was taken in.
 *
 * @param followed.shown - the newest mini-block that the node shows.
 */
export function followingStatus(
  { status, shown, bytesPerSecond, lies }: Followed,
  nowMs: number = Date.now(),
): FollowingStatus {
  const { newestKnown, timestampUs, takenUs } = status
  const lagMiniBlocks = newestKnown > shown ? newestKnown - shown : 0n
  const tookMs = Math.max(0, Number(takenUs - timestampUs) / 1000)
  return {
    source: status.source,
    sources: status.sources,
    ...{ signer: status.signer, epoch: status.epoch },
    lagMiniBlocks,
    lagMs: lagMiniBlocks > 0n ? Math.max(0, nowMs - Number(timestampUs) / 1000) : tookMs,
    ...{ entries: status.entries, bytes: status.bytes, bytesPerSecond, lies },
    peerEntries: status.peerEntries,
  }
}
