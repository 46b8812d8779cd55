import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'

const PACKS = join(import.meta.dirname, '../../../shared/conformance')

/** Tests only: name and text of each file of a pack of published vectors, undefined where it is missing. */
export function readPack(suite: string): [name: string, text: string][] | undefined {
  const path = join(PACKS, `${suite}.tar.zst`)
  if (!existsSync(path)) return undefined
  const tar = zstdDecompressSync(readFileSync(path))
  const files: [string, string][] = []
  for (let offset = 0; offset < tar.length && tar[offset] !== 0; ) {
    const name = tar.toString('latin1', offset, tar.indexOf(0, offset))
    const size = Number.parseInt(tar.toString('latin1', offset + 124, offset + 135), 8)
    files.push([name, tar.toString('utf8', offset + 512, offset + 512 + size)])
    offset += 512 + Math.ceil(size / 512) * 512
  }
  return files
}
