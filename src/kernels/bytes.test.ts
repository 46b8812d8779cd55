import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { compileKernel } from './build.ts'

/** Beyond the length from which on the machine's own instructions do it. */
const LONGEST = 300
const FROM = 70_000
const TO = 80_000
const MARGIN = 40

const wasm = await compileKernel({
  name: 'bytesTest',
  entry: 'assembly/bytes.ts',
  flags: ['--initialMemory', '2'],
})
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm))
const bytes = new Uint8Array(exports.memory.buffer)

/** What lies around the target and within it, before anything is written. */
function prepare(): void {
  bytes.fill(0xee, TO - MARGIN, TO + LONGEST + 2 * MARGIN)
}

describe('copyBytes and zeroBytes', () => {
  it('copy each length from 0 to 300, at any alignment, and nothing around it', () => {
    for (let i = 0; i < LONGEST + MARGIN; i++) bytes[FROM + i] = 1 + (i % 251)
    for (let length = 0; length <= LONGEST; length++) {
      for (const [from, to] of [
        [0, 0],
        [1, 3],
        [15, 8],
      ] as const) {
        prepare()
        exports.copyBytes(TO + to, FROM + from, length)
        const expected = new Uint8Array(MARGIN + LONGEST + MARGIN).fill(0xee)
        expected.set(bytes.subarray(FROM + from, FROM + from + length), MARGIN + to)
        assert.deepEqual(
          bytes.slice(TO - MARGIN, TO + LONGEST + MARGIN),
          expected,
          `length ${length}, from ${from} to ${to}`,
        )
      }
    }
  })

  it('clear each length from 0 to 300, and nothing around it', () => {
    for (let length = 0; length <= LONGEST; length++) {
      for (const at of [0, 5]) {
        prepare()
        exports.zeroBytes(TO + at, length)
        const expected = new Uint8Array(MARGIN + LONGEST + MARGIN).fill(0xee)
        expected.fill(0, MARGIN + at, MARGIN + at + length)
        assert.deepEqual(bytes.slice(TO - MARGIN, TO + LONGEST + MARGIN), expected, `length ${length}`)
      }
    }
  })

  it('touch nothing for a length of zero, at the end of memory too', () => {
    const end = bytes.length
    bytes.fill(9, end - MARGIN)
    exports.copyBytes(end, FROM, 0)
    exports.copyBytes(TO, end, 0)
    exports.zeroBytes(end, 0)
    assert.ok(bytes.subarray(end - MARGIN).every((byte) => byte === 9))
  })

  it('reach to the last byte of memory', () => {
    for (const length of [1, 15, 16, 17, 33, 256, 257]) {
      bytes.fill(7, bytes.length - length)
      exports.copyBytes(TO, bytes.length - length, length)
      assert.ok(bytes.subarray(TO, TO + length).every((byte) => byte === 7))
      exports.zeroBytes(bytes.length - length, length)
      assert.equal(bytes.at(-1), 0)
    }
  })
})
