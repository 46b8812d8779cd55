export {
  EntryChain,
  EntryChainError,
  type EntryChainErrorCode,
  type EntryChainStart,
  type LastEntry,
} from './EntryChain.ts'
export { HEAD_BYTES, headOf, readHead, type StreamHead } from './EntryHead.ts'
export { EntryMaker, type EntryMakerStart, endsEntry, type MadeEntry } from './EntryMaker.ts'
export { type Evidence, provenAgainst } from './Evidence.ts'
export {
  decodeEntry,
  ENTRY_HEAD_BYTES,
  encodeEntry,
  entryDigest,
  type FeedEntry,
  FeedEntryError,
  type FeedEntryErrorCode,
  MAX_ENTRY_BYTES,
  nextRecord,
  type UnsignedEntry,
} from './FeedEntry.ts'
export { type RecordSigner, signEntry, signedHash, signerOf, signWithKey } from './signatures.ts'
