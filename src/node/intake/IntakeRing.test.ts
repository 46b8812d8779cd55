import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PREPARED, preparedBytes, readPrepared, writePrepared } from '../../protocol/index.ts'
import type { EntryRun } from '../../sequencer/index.ts'
import { IntakeReader } from './IntakeReader.ts'
import { FRAME_TRANSACTIONS, IntakeRing, RING_BYTES, RING_FRAMES } from './IntakeRing.ts'
import { cellOf, IntakeWriter } from './IntakeWriter.ts'

const SENDER = new Uint8Array(20).fill(7)

function setUp() {
  const ring = new IntakeRing()
  const writer = new IntakeWriter(ring)
  const reader = new IntakeReader(ring.memory)
  /** What another thread has of the same memory. */
  const worker = new IntakeRing(ring.memory)
  return { ring, writer, reader, worker }
}

function rawOf(id: number, length = 100): Uint8Array {
  const raw = new Uint8Array(length).fill(2)
  new DataView(raw.buffer).setUint32(length - 4, id)
  return raw
}

function idOf(raw: Uint8Array): number {
  return new DataView(raw.slice().buffer).getUint32(raw.length - 4)
}

/** Ticket and id of each transaction of the runs. */
function contentOf(runs: EntryRun[]): [ticket: number, id: number][] {
  return runs.flatMap(({ firstTicket, count, entries }) => {
    const content: [number, number][] = []
    let offset = 0
    for (; offset < entries.length; ) {
      const { transaction, end } = readPrepared(entries, offset)
      content.push([firstTicket! + content.length, idOf(transaction.raw)])
      offset = end
    }
    assert.equal(content.length, count)
    return content
  })
}

describe('IntakeRing', () => {
  it('gives frames to the reader in the order in which they were published, whoever is faster', () => {
    const { writer, reader, worker } = setUp()
    for (let frame = 0; frame < 3; frame++) {
      writer.add(rawOf(frame))
      writer.publish('Osaka')
    }
    const claimed = [worker.claim(), worker.claim(), worker.claim()]
    assert.deepEqual(claimed, [0, 1, 2])
    assert.equal(worker.claim(), undefined)
    worker.finish(2, true)
    worker.finish(1, true)
    assert.equal(reader.take(), undefined)
    worker.finish(0, true)
    for (let frame = 0; frame < 3; frame++) {
      assert.deepEqual(contentOf(reader.take()!), [[frame * FRAME_TRANSACTIONS, frame]])
    }
    assert.equal(reader.take(), undefined)
  })

  it('leaves a frame that its writer has claimed to nobody else', () => {
    const { ring, writer, worker } = setUp()
    writer.add(rawOf(1))
    assert.equal(ring.claimNext(), true)
    assert.equal(worker.claim(), undefined)
    writer.publish('Osaka')
    assert.equal(worker.claim(), undefined)
    writer.add(rawOf(2))
    writer.publish('Osaka')
    writer.add(rawOf(3))
    assert.equal(ring.claimNext(), false, 'another frame waits')
    assert.equal(worker.claim(), 1)
  })

  it('gives workers no more frames once it is stopped, however many wait', () => {
    const { ring, writer, worker } = setUp()
    for (let frame = 0; frame < 2; frame++) {
      writer.add(rawOf(frame))
      writer.publish('Osaka')
    }
    assert.equal(worker.claim(), 0)
    ring.stop()
    assert.equal(worker.claim(), undefined)
    assert.equal(worker.waitForFrame(), false)
  })

  it('has the reader woken the more rarely the more frames wait, and for the last', () => {
    const { writer, worker } = setUp()
    for (let frame = 0; frame < 36; frame++) {
      writer.add(rawOf(frame))
      writer.publish('Osaka')
    }
    const woken: number[] = []
    for (let frame = worker.claim(); frame !== undefined; frame = worker.claim())
      if (worker.finish(frame, true)) woken.push(frame)
    assert.deepEqual(woken, [7, 15, 23, 27, 31, 33, 35])
    writer.add(rawOf(36))
    writer.publish('Osaka')
    assert.equal(worker.finish(worker.claim()!, true), true)
  })

  it('splits a frame at what was refused, and at an entry that is shorter than its room', () => {
    const { ring, writer, reader } = setUp()
    const setCode = rawOf(3)
    setCode[0] = 4
    for (const raw of [rawOf(0), rawOf(1), rawOf(2), setCode, rawOf(4), rawOf(5)]) writer.add(raw)
    const frame = writer.publish('Osaka')
    ring.refuse(1)
    const offset = ring.offsetOf(3)
    const transaction = { raw: setCode, sender: SENDER, hash: new Uint8Array(32), authorities: [SENDER] }
    writePrepared(transaction, ring.bytes.subarray(offset, offset + preparedBytes(transaction)), 0)
    ring.finish(frame, false)
    const runs = reader.take()!
    assert.deepEqual(
      runs.map(({ firstTicket, count }) => [firstTicket, count]),
      [
        [0, 1],
        [2, 2],
        [4, 2],
      ],
    )
    assert.deepEqual(
      contentOf(runs).map(([, id]) => id),
      [0, 2, 3, 4, 5],
    )
    assert.deepEqual(ring.rawAt(ring.offsetOf(1)), rawOf(1))
  })

  it('gives no runs of a frame that was refused as a whole', () => {
    const { ring, writer, reader } = setUp()
    writer.add(rawOf(0))
    const frame = writer.publish('Osaka')
    ring.refuse(0)
    ring.finish(frame, false)
    writer.free(0)
    assert.notEqual(writer.usedBytes, 0, 'the reader must see the frame before its place is used again')
    assert.deepEqual(reader.take(), [])
    writer.reclaim()
    assert.equal(writer.usedBytes, 0)
    assert.equal(reader.take(), undefined)
  })
})

describe('IntakeWriter', () => {
  it('publishes no frame without a transaction, which would take the place of one that is still to be read', () => {
    const { ring, writer, reader } = setUp()
    for (let frame = 0; frame < RING_FRAMES; frame++) {
      writer.add(rawOf(frame))
      ring.finish(writer.publish('Osaka'), true)
    }
    assert.equal(writer.add(rawOf(RING_FRAMES)), undefined)
    assert.throws(() => writer.publish('Osaka'), /has a transaction/)
    assert.equal(writer.add(rawOf(RING_FRAMES)), undefined)
    assert.deepEqual(contentOf(reader.take()!), [[0, 0]])
  })

  it('is full of bytes, changes nothing then, and has room again in the order of arrival', () => {
    const { ring, writer, reader } = setUp()
    const raw = rawOf(1, 128 * 1024)
    const cells: number[] = []
    for (;;) {
      if (writer.isFrameFull) ring.finish(writer.publish('Osaka'), true)
      const cell = writer.add(raw)
      if (cell === undefined) break
      cells.push(cell)
    }
    if (writer.count > 0) ring.finish(writer.publish('Osaka'), true)
    assert.equal(cells.length, Math.floor(RING_BYTES / (PREPARED.authorities + raw.length)))
    while (reader.take());
    const { usedBytes } = writer
    assert.equal(writer.add(raw), undefined)
    assert.equal(writer.usedBytes, usedBytes)
    for (const cell of cells.slice(2)) writer.free(cell)
    assert.equal(writer.add(raw), undefined, 'the oldest is still there')
    for (const cell of cells.slice(0, 2)) writer.free(cell)
    assert.equal(writer.usedBytes, 0)
    assert.notEqual(writer.add(raw), undefined)
  })

  it('is full of frames', () => {
    const { ring, writer, reader } = setUp()
    for (let frame = 0; frame < RING_FRAMES; frame++) {
      assert.notEqual(writer.add(rawOf(frame)), undefined)
      ring.finish(writer.publish('Osaka'), true)
    }
    assert.equal(writer.freeFrames, 0)
    assert.equal(writer.add(rawOf(0)), undefined)
    assert.notEqual(reader.take(), undefined)
    writer.free(0)
    assert.notEqual(writer.add(rawOf(0)), undefined)
  })

  it('keeps order and content over many turns of the ring', () => {
    const { ring, writer, reader } = setUp()
    const waiting: { cell: number; id: number }[] = []
    let taken = 0
    const takeAll = () => {
      for (let runs = reader.take(); runs !== undefined; runs = reader.take()) {
        for (const [ticket, id] of contentOf(runs)) {
          const { cell, id: expected } = waiting.shift()!
          assert.deepEqual([cellOf(ticket), id], [cell, expected])
          writer.free(cell)
          taken++
        }
      }
    }
    for (let id = 0; id < 60_000; id++) {
      const raw = rawOf(id, 100 + ((id * 7919) % 3000))
      let cell = writer.isFrameFull ? undefined : writer.add(raw)
      if (cell === undefined) {
        ring.finish(writer.publish('Osaka'), true)
        if (waiting.length > 4000) takeAll()
        cell = writer.add(raw)
      }
      waiting.push({ cell: cell!, id })
    }
    ring.finish(writer.publish('Osaka'), true)
    takeAll()
    assert.equal(taken, 60_000)
    assert.equal(writer.usedBytes, 0)
  })
})
