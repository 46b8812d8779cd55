import { assert, builtin } from '../../lib/index.ts'

/**
 * Decompresses a zstd frame (RFC 8878).
 *
 * @param maxBytes - more than so many bytes of output are refused by throwing, as everything is that is no such frame.
 */
type Unzstd = (bytes: Uint8Array, maxBytes: number) => Uint8Array

const MAX_PIECE_BYTES = 1024 * 1024

const zlib = builtin('node:zlib')
let provided: Unzstd | undefined

/** Node's own; in a browser what was provided. */
export const unzstd: Unzstd = (bytes, maxBytes) => {
  if (zlib !== undefined) {
    // In one piece where it is not too large: pieces of Node's own size take twice as long.
    const chunkSize = Math.min(maxBytes + 1, MAX_PIECE_BYTES)
    return zlib.zstdDecompressSync(bytes, {
      maxOutputLength: maxBytes,
      chunkSize: Math.max(chunkSize, zlib.constants.Z_MIN_CHUNK),
    })
  }
  assert(provided !== undefined, 'who runs in a browser provides zstd')
  return provided(bytes, maxBytes)
}

/** Browsers have no zstd for scripts: who runs there brings it. */
export function provideUnzstd(implementation: Unzstd): void {
  provided = implementation
}
