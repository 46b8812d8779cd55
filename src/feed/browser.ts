/**
 * A second door of this room, for who follows the stream in a browser: nothing behind it imports a module of Node's, as
 * the log's files behind index.ts do.
 */
export { newestAfter } from './adoptedBlocks.ts'
export { BodyDecoder, BodyError, NO_STATE, provideUnzstd, type RecordOutline } from './compact/index.ts'

export {
  decodeEntry,
  EntryChain,
  EntryChainError,
  type FeedEntry,
  FeedEntryError,
  signedHash,
} from './entries/index.ts'
export { type FeedHello, type FeedSource, FeedSourceError } from './FeedSource.ts'
export type { Chunk, CloseBlock, OpenBlock, Rewind, SealHeader, SealMiniBlock } from './records.ts'
export { CREDIT_BYTES, connectFeed, type FeedDuplex, watchFeed } from './session/index.ts'
