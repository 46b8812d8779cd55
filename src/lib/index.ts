export { AssertionError, assert } from './assert.ts'
export { BoundedQueue } from './BoundedQueue.ts'
export { ByteInbox } from './ByteInbox.ts'
export { builtin } from './builtin.ts'
export { ByteReader, ByteWriter } from './byteStream.ts'
export {
  compareBytes,
  concatBytes,
  copyInto,
  copyOf,
  EMPTY_BYTES,
  equalBytes,
  fromBigInt,
  fromBigIntMinimal,
  isAllZero,
  padLeft,
  toBigInt,
  uninitializedBytes,
} from './bytes.ts'
export { type Clock, ManualClock, systemClock } from './clock.ts'
export { crc32 } from './crc32.ts'
export { firstLine } from './firstLine.ts'
export { Histogram, histogramBytes } from './Histogram.ts'
export { bytesToHex, HexError, hexToBytes, parseQuantity, quantity, tryHexToBytes } from './hex.ts'
export { JsonScanner, JsonSyntaxError } from './JsonScanner.ts'
export { LruMap } from './LruMap.ts'
export { Prng } from './prng.ts'
export { sha256, sha256OfParts } from './sha256.ts'
export { textWithin } from './textWithin.ts'
export { inTurns, nextTurn } from './turns.ts'
export { WeightedCache } from './WeightedCache.ts'
