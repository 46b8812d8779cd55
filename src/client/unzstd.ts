import { Decompress } from 'fzstd'
import { concatBytes } from '../lib/index.ts'

/** Decompresses zstd (RFC 8878) in JavaScript. Throws for what is none, and for more than `maxBytes` of output. */
export function unzstd(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const parts: Uint8Array[] = []
  let length = 0
  const stream = new Decompress((part) => {
    length += part.length
    if (length > maxBytes) throw new RangeError(`more than ${maxBytes} bytes`)
    parts.push(part)
  })
  stream.push(bytes, true)
  return concatBytes(...parts)
}
