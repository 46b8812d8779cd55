export { BadEntryError } from './BadEntryError.ts'
export {
  EntryFollower,
  type EntrySink,
  type FollowedChain,
  type FollowedEntry,
  type FollowedState,
} from './EntryFollower.ts'
export { Follower, type FollowerStatus } from './Follower.ts'
export type { EntriesAhead } from './Foresight.ts'
export { RefutedError } from './RefutedError.ts'
export type { NamedSource, SourceStatus } from './SourceList.ts'
