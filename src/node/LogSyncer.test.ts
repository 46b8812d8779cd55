import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { encodeRecord, LogWriter } from '../feed/index.ts'
import { LogSyncer } from './LogSyncer.ts'

describe('LogSyncer', () => {
  it('syncs in every segment that the writer begins, and tells the newest mark last', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leveret-syncer-'))
    const frame = encodeRecord({ kind: 'sealHeader', number: 1n, header: new Uint8Array(100) })
    // One record fills a segment, so that the log always ends where no file is yet.
    const writer = LogWriter.open(folder, { genesisHash: new Uint8Array(32), segmentBytes: 100 })
    const marks: number[] = []
    const syncer = new LogSyncer<number>(folder, (mark) => marks.push(mark))
    for (let mark = 1; mark <= 5; mark++) {
      const { position } = writer
      writer.appendFrames(frame, 1)
      syncer.wrote(position, mark)
    }
    await syncer.close()
    writer.close()
    rmSync(folder, { recursive: true })
    assert.equal(marks.at(-1), 5)
    assert.deepEqual(marks, marks.toSorted())
  })
})
