import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ByteWriter } from '../lib/index.ts'
import { FrameSlabs, type FramesPlace, newFrameMemory, SLAB_BYTES, SlabReader } from './FrameSlabs.ts'

/** Frames of a size that is no part of a slab's. */
const FRAME_BYTES = 300_000

function open() {
  const memory = newFrameMemory()
  const slabs = new FrameSlabs(memory)
  const writer = new ByteWriter({ capacity: SLAB_BYTES, allocate: (bytes) => slabs.allocate(bytes) })
  const write = (fill: number, length = FRAME_BYTES): FramesPlace => {
    writer.fixed(new Uint8Array(length).fill(fill), length)
    return slabs.placeOf(writer.take())
  }
  return { slabs, write, main: new SlabReader(memory, 'main'), sealer: new SlabReader(memory, 'sealer') }
}

describe('FrameSlabs', () => {
  it('give both readers what was written, though memory is used again many times', () => {
    const { write, main, sealer } = open()
    for (let i = 0; i < 200; i++) {
      const place = write(i % 256)
      assert.ok('slab' in place, `frame ${i} has no slab`)
      for (const reader of [main, sealer]) {
        assert.deepEqual(reader.read(place), new Uint8Array(FRAME_BYTES).fill(i % 256))
      }
    }
  })

  it('write over nothing that the slower reader has not read, and go on in memory of its own', () => {
    const { write, main, sealer } = open()
    const places = Array.from({ length: 40 }, (_, i) => write(i))
    for (const place of places) main.read(place)
    assert.ok(places.some((place) => 'bytes' in place))
    for (const [i, place] of places.entries()) {
      assert.deepEqual(sealer.read(place), new Uint8Array(FRAME_BYTES).fill(i))
    }
    // What was begun in memory of its own is filled first.
    const later = Array.from({ length: 4 }, () => write(7))
    assert.ok('slab' in later.at(-1)!)
  })

  it('know how many bytes the slower reader is not done with', () => {
    const { slabs, write, main, sealer } = open()
    const places = Array.from({ length: 40 }, (_, i) => write(i))
    assert.equal(slabs.unreadBytes, 40 * FRAME_BYTES)
    for (const place of places) main.read(place)
    assert.equal(slabs.unreadBytes, 40 * FRAME_BYTES)
    for (const place of places.slice(0, 30)) sealer.read(place)
    assert.equal(slabs.unreadBytes, 11 * FRAME_BYTES)
    for (const place of places.slice(30)) sealer.read(place)
    // Each may still be at the last.
    assert.equal(slabs.unreadBytes, FRAME_BYTES)
  })

  it('take frames that are larger than a slab', () => {
    const { write, main } = open()
    assert.deepEqual(main.read(write(9, 3 * SLAB_BYTES)), new Uint8Array(3 * SLAB_BYTES).fill(9))
  })
})
