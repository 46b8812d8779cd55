import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { constants, zstdCompressSync } from 'node:zlib'
import { concatBytes, Prng } from '../lib/index.ts'
import { unzstd } from './unzstd.ts'

const prng = new Prng(3)
const random = prng.nextBytes(200_000)
const INPUTS = [
  new Uint8Array(0),
  Uint8Array.of(7),
  random,
  new Uint8Array(1_000_000),
  concatBytes(random.subarray(0, 5_000), random.subarray(100, 4_000), new Uint8Array(300_000), random),
]

describe('unzstd', () => {
  it("reads what Node's zstd writes, at every level", () => {
    for (const input of INPUTS) {
      for (const level of [1, 3, 19]) {
        const params = { [constants.ZSTD_c_compressionLevel]: level }
        const compressed = new Uint8Array(zstdCompressSync(input, { params }))
        assert.deepEqual(unzstd(compressed, input.length), input)
      }
    }
  })

  it('makes no more bytes than it may', () => {
    const compressed = new Uint8Array(zstdCompressSync(new Uint8Array(100_000_000)))
    assert.throws(() => unzstd(compressed, 1_000_000), RangeError)
  })

  it('refuses what is no zstd', () => {
    const compressed = new Uint8Array(zstdCompressSync(random))
    for (const bytes of [random, compressed.subarray(0, 1000), compressed.subarray(0, 3)])
      assert.throws(() => unzstd(bytes, 1_000_000))
  })
})
