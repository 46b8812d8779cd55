import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { crc32 as zlibCrc32 } from 'node:zlib'
import { crc32InJavaScript } from './crc32.ts'
import { bytesToHex, concatBytes, crc32, Prng, sha256, sha256OfParts } from './index.ts'

const INDEX = new URL('./index.ts', import.meta.url).href

describe('sha256', () => {
  it('is that of FIPS 180-4', () => {
    const abc = new TextEncoder().encode('abc')
    const expected = '0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    assert.equal(bytesToHex(sha256(abc)), expected)
    assert.equal(bytesToHex(sha256OfParts([abc.subarray(0, 1), abc.subarray(1)])), expected)
  })

  it('takes more parts than a call takes arguments', () => {
    const parts = Array.from({ length: 300_000 }, (_, i) => Uint8Array.of(i))
    assert.deepEqual(sha256OfParts(parts), sha256(Uint8Array.from(parts, ([byte]) => byte!)))
  })
})

describe('crc32', () => {
  it("is zlib's, by both implementations", () => {
    const prng = new Prng(7)
    for (let length = 0; length < 300; length += 7) {
      const bytes = prng.nextBytes(length)
      assert.equal(crc32(bytes), zlibCrc32(bytes))
      assert.equal(crc32InJavaScript(bytes), zlibCrc32(bytes))
    }
  })
})

describe("without Node's own modules", () => {
  it('hashes and copies all the same', () => {
    const bytes = new Prng(9).nextBytes(1000)
    const program = `
      const bytes = Uint8Array.from(${JSON.stringify([...bytes])})
      const { log } = console
      process.getBuiltinModule = undefined
      globalThis.Buffer = undefined
      const lib = await import(${JSON.stringify(INDEX)})
      const parts = [bytes.subarray(0, 10), bytes.subarray(10)]
      const target = lib.uninitializedBytes(1010)
      lib.copyInto(target, 10, bytes)
      const values = [lib.sha256(bytes), lib.sha256OfParts(parts), lib.sha256(target.subarray(10))].map(lib.bytesToHex)
      log(JSON.stringify([...values, lib.crc32(bytes)]))`
    const args = ['--input-type=module', '-e', program]
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    const digest = bytesToHex(sha256(concatBytes(bytes)))
    assert.deepEqual(JSON.parse(stdout || stderr), [digest, digest, digest, zlibCrc32(bytes)])
  })
})
