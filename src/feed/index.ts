export { LogLockedError } from './FolderLock.ts'
export { LogOrder, LogOrderError, type LogOrderErrorCode, type LogOrderStart } from './LogOrder.ts'
export { LogWriteError, LogWriter, type LogWriterOptions } from './LogWriter.ts'
export { chunkDigest, miniBlockDigest } from './miniBlockDigest.ts'
export { LOG_START, type LogEntry, readLog } from './readLog.ts'
export {
  decodeRecord,
  encodeRecord,
  FeedError,
  type FeedErrorCode,
  MAX_PAYLOAD_BYTES,
  payloadOf,
} from './recordCodec.ts'
export type {
  Chunk,
  CloseBlock,
  ExecutedTransaction,
  LogRecord,
  OpenBlock,
  SealHeader,
  SealMiniBlock,
} from './records.ts'
export { type RecoveryReport, recoverLog } from './recoverLog.ts'
export {
  LogCorruptError,
  LogGenesisError,
  type LogPosition,
  LogVersionError,
  segmentPath,
} from './segment.ts'
