import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ByteWriter } from './ByteWriter.ts'

function written(write: (to: ByteWriter) => void): number[] {
  const writer = new ByteWriter()
  write(writer)
  assert.equal(writer.view().length, writer.length)
  return [...writer.view()]
}

const signed64 = (value: bigint): number[] =>
  written((to) => to.signed64(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))))

/** SLEB128 as section 5.2.2 of the specification defines it, over bigints. */
function sleb(value: bigint): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7n) {
    const group = Number(rest & 0x7fn)
    if (rest >= -64n && rest < 64n) return [...bytes, group]
    bytes.push(group | 0x80)
  }
}

function uleb(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...uleb(Math.floor(value / 0x80))]
}

/** Where the number of LEB128 groups changes, where the halves meet, and the ends; each with its neighbours. */
function borders(bits: bigint): bigint[] {
  const found = new Set<bigint>()
  const edges = [31n, 32n, 33n, bits - 1n, ...Array.from({ length: 10 }, (_, i) => BigInt(7 * i + 6))]
  for (const bit of edges.filter((bit) => bit < bits)) {
    for (const sign of [-1n, 1n]) {
      for (const offset of [-1n, 0n, 1n]) found.add(BigInt.asIntN(Number(bits), sign * 2n ** bit + offset))
    }
  }
  return [...found, 0n, 1n, -1n]
}

describe('ByteWriter', () => {
  it('writes the examples of the LEB128 definition', () => {
    assert.deepEqual(
      written((to) => to.unsigned(624_485)),
      [0xe5, 0x8e, 0x26],
    )
    assert.deepEqual(
      written((to) => to.signed(-123_456)),
      [0xc0, 0xbb, 0x78],
    )
    assert.deepEqual(signed64(-123_456n), [0xc0, 0xbb, 0x78])
    assert.deepEqual(signed64(-(2n ** 63n)), [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f])
    assert.deepEqual(signed64(2n ** 63n - 1n), [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00])
  })

  it('writes signed 64-bit numbers at every border as the definition says', () => {
    for (const value of borders(64n)) assert.deepEqual(signed64(value), sleb(value), `${value}`)
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) =>
        assert.deepEqual(signed64(value), sleb(value)),
      ),
    )
  })

  it('writes signed 32-bit numbers at every border as the definition says', () => {
    for (const value of borders(32n)) {
      assert.deepEqual(
        written((to) => to.signed(Number(value))),
        sleb(value),
        `${value}`,
      )
    }
  })

  it('writes unsigned numbers up to 2^32 - 1, the upper half too', () => {
    const edges = [7, 14, 21, 28, 31].flatMap((bit) => [2 ** bit - 1, 2 ** bit, 2 ** bit + 1])
    for (const value of [0, 1, ...edges, 2 ** 32 - 1]) {
      assert.deepEqual(
        written((to) => to.unsigned(value)),
        uleb(value),
        `${value}`,
      )
    }
  })

  it('keeps what it has while it grows', () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i % 251)
    for (const step of [1, 7, 1023, 1024, 1025, 5000]) {
      const all = written((to) => {
        for (let at = 0; at < bytes.length; at += step) {
          if (step === 1) to.byte(bytes[at]!)
          else to.bytes(bytes.subarray(at, at + step))
        }
      })
      assert.deepEqual(all, [...bytes], `in steps of ${step}`)
    }
  })
})
