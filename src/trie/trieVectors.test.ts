import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { constants, zstdDecompressSync } from 'node:zlib'
import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, hexToBytes } from '../lib/index.ts'
import { Trie } from './index.ts'

type Vector = { in: [string, string | null][] | Record<string, string | null>; root: string }

const pack = new URL('../../../shared/conformance/primitives.tar.zst', import.meta.url)
const files = existsSync(pack) ? trieTests() : []

describe('the official TrieTests', {
  skip: files.length === 0 && 'the pack of primitives is missing',
}, () => {
  for (const { path, tests } of files) {
    it(`gives the roots of ${path}`, () => {
      const isSecure = /secure/i.test(path)
      for (const [name, vector] of Object.entries(tests)) {
        const entries = Array.isArray(vector.in) ? vector.in : Object.entries(vector.in)
        let trie = Trie.empty
        for (const [text, value] of entries) {
          const key = isSecure ? keccak256(bytesOf(text)) : bytesOf(text)
          trie = value === null ? trie.delete(key) : trie.put(key, bytesOf(value))
        }
        assert.equal(bytesToHex(trie.root()), vector.root, name)
      }
    })
  }
})

function bytesOf(text: string): Uint8Array {
  return text.startsWith('0x') ? hexToBytes(text) : new TextEncoder().encode(text)
}

function trieTests(): { path: string; tests: Record<string, Vector> }[] {
  const params = { [constants.ZSTD_d_windowLogMax]: 27 }
  const tar = zstdDecompressSync(readFileSync(pack), { params })
  const found = []
  for (let offset = 0; offset + 512 <= tar.length && tar[offset] !== 0; ) {
    const path = tar.toString('latin1', offset, tar.indexOf(0, offset))
    const size = Number.parseInt(tar.toString('latin1', offset + 124, offset + 135), 8)
    const content = tar.toString('utf8', offset + 512, offset + 512 + size)
    if (path.startsWith('TrieTests/') && !path.includes('nextprev'))
      found.push({ path, tests: JSON.parse(content) })
    offset += 512 + Math.ceil(size / 512) * 512
  }
  return found
}
