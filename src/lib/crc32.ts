import { builtin } from './builtin.ts'

/** CRC-32 as zlib computes it (RFC 1952, section 8), unsigned: Node's own, in a browser JavaScript's. */
export const crc32: (bytes: Uint8Array) => number = builtin('node:zlib')?.crc32 ?? crc32InJavaScript

/** The slow twin of Node's. */
export function crc32InJavaScript(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

/** Of each byte, by the polynomial 0x04c11db7, reflected. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1
  return crc
})
