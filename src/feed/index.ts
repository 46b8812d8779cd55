export {
  type AdoptedBlock,
  adoptedBlocks,
  encodeAdoptedBlocks,
  endsOnAdopted,
  newestAfter,
} from './adoptedBlocks.ts'
export {
  BodyDecoder,
  BodyEncoder,
  BodyError,
  type BodyErrorCode,
  KernelBodyDecoder,
  NO_STATE,
  type OldAccount,
  type OldState,
} from './compact/index.ts'
export { cutLog } from './cutLog.ts'
export {
  decodeEntry,
  EntryChain,
  EntryChainError,
  type EntryChainErrorCode,
  type EntryChainStart,
  EntryMaker,
  type EntryMakerStart,
  type Evidence,
  encodeEntry,
  endsEntry,
  entryDigest,
  type FeedEntry,
  FeedEntryError,
  type FeedEntryErrorCode,
  HEAD_BYTES,
  headOf,
  type LastEntry,
  MAX_ENTRY_BYTES,
  type MadeEntry,
  nextRecord,
  provenAgainst,
  type RecordSigner,
  readHead,
  type StreamHead,
  signEntry,
  signerOf,
  signWithKey,
  type UnsignedEntry,
} from './entries/index.ts'
export {
  type EntriesOptions,
  type FeedHello,
  type FeedSource,
  FeedSourceError,
  type FeedSourceErrorCode,
  type SubmitAnswer,
} from './FeedSource.ts'
export { FolderLock, LogLockedError } from './FolderLock.ts'
export { LogOrder, LogOrderError, type LogOrderErrorCode, type LogOrderStart } from './LogOrder.ts'
export { type LogFrame, LogPrunedError, recordOf, streamFrames } from './LogStream.ts'
export { LogWriteError, LogWriter, type LogWriterOptions } from './LogWriter.ts'
export { MiniBlockIndex } from './MiniBlockIndex.ts'
export { chunkDigest, miniBlockDigest, rewindDigest } from './miniBlockDigest.ts'
export { placeAfter } from './placeAfter.ts'
export { pruneLog } from './pruneLog.ts'
export { type LogEntry, LogTail, readLog } from './readLog.ts'
export {
  decodeRecord,
  type EncodedChunk,
  encodeRecord,
  FeedError,
  type FeedErrorCode,
  MAX_PAYLOAD_BYTES,
  payloadOf,
  readFrames,
  writeEncodedChunk,
  writeRecord,
} from './recordCodec.ts'
export type {
  Chunk,
  CloseBlock,
  LogRecord,
  OpenBlock,
  Rewind,
  SealHeader,
  SealMiniBlock,
} from './records.ts'
export { LogShortError, type RecoveryReport, recoverLog } from './recoverLog.ts'
export {
  LOG_START,
  LogCorruptError,
  LogGenesisError,
  type LogPosition,
  LogVersionError,
  listSegments,
  SEGMENT_HEAD_BYTES,
  segmentPath,
} from './segment.ts'
export {
  connectFeed,
  type FeedDuplex,
  FeedSessionError,
  type FeedSessionErrorCode,
  serveFeed,
  watchFeed,
} from './session/index.ts'
export { EntryStore, EntryStoreError, type EntryStoreOptions } from './store/index.ts'
