import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** A geth-style genesis: its text, or a file, which may be of any size. */
export type GenesisSource = { text: string } | { path: string }

const CHUNK_BYTES = 4 * 1024 * 1024

/** The bytes of a genesis in pieces; `onProgress` hears how many are read, of how many. */
export function* genesisChunks(source: GenesisSource, onProgress?: Progress): Generator<Uint8Array, void> {
  if ('text' in source) {
    yield Buffer.from(source.text)
    return
  }
  const file = openSync(source.path, 'r')
  try {
    const total = fstatSync(file).size
    for (let done = 0; ; ) {
      const chunk = Buffer.alloc(CHUNK_BYTES)
      const count = readSync(file, chunk, 0, CHUNK_BYTES, done)
      if (count === 0) return
      done += count
      yield chunk.subarray(0, count)
      onProgress?.({ what: 'reading the genesis', done, total })
    }
  } finally {
    closeSync(file)
  }
}

/** How far a long work has come; `done` and `total` in any unit. */
export type Progress = (step: { what: string; done: number; total: number }) => void

/** SHA-256 of a genesis as it was given, in hexadecimal: tells the same file without reading what is in it. */
export function genesisDigest(source: GenesisSource): string {
  const hash = createHash('sha256')
  for (const chunk of genesisChunks(source)) hash.update(chunk)
  return hash.digest('hex')
}
