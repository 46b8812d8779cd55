import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  encodeRecord,
  FeedError,
  LOG_START,
  LogLockedError,
  type LogPosition,
  LogTail,
  LogWriter,
  MAX_PAYLOAD_BYTES,
  readLog,
} from './index.ts'
import { segmentPath } from './segment.ts'
import { anyRecord, GENESIS_HASH, validLog, withFolder } from './testLog.ts'

const options = { genesisHash: GENESIS_HASH }

describe('LogWriter', () => {
  it('writes what readLog reads, over any batches and segments, also after opening again', () => {
    const batches = fc.array(fc.array(anyRecord, { maxLength: 4 }), { maxLength: 8 })
    fc.assert(
      fc.property(batches, fc.integer({ min: 60, max: 1500 }), fc.nat(8), (batches, segmentBytes, reopenAt) =>
        withFolder((folder) => {
          let writer = LogWriter.open(folder, { ...options, segmentBytes })
          for (const [index, batch] of batches.entries()) {
            if (index === reopenAt) {
              writer.close()
              writer = LogWriter.open(folder, { ...options, segmentBytes })
            }
            writer.append(batch)
          }
          const written = batches.flat()
          assert.equal(writer.recordCount, BigInt(written.length))
          const entries = [...readLog(folder)]
          assert.deepEqual(
            entries.map((entry) => entry.record),
            written,
          )
          // Reading may begin at any record.
          for (const [index, entry] of entries.entries()) {
            assert.deepEqual(
              [...readLog(folder, entry.position)].map((each) => each.record),
              written.slice(index),
            )
            assert.deepEqual(
              [...readLog(folder, entry.next)].map((each) => each.record),
              written.slice(index + 1),
            )
          }
          writer.close()
        }),
      ),
      { numRuns: 40 },
    )
  })

  it('begins in the middle of a chain where it is told to, and counts on from there', () =>
    withFolder((folder) => {
      const records = validLog(1)
      let writer = LogWriter.open(folder, { ...options, firstRecord: 77n })
      assert.equal(writer.recordCount, 77n)
      writer.append(records)
      writer.close()
      writer = LogWriter.open(folder, options)
      assert.equal(writer.recordCount, 77n + BigInt(records.length))
      writer.close()
    }))

  it('begins another segment once the limit is reached, and says where the next record will stand', () =>
    withFolder((folder) => {
      const writer = LogWriter.open(folder, { ...options, segmentBytes: 500 })
      const promised: LogPosition[] = []
      for (const record of validLog(4)) {
        promised.push(writer.position)
        writer.append([record])
      }
      assert.deepEqual(
        [...readLog(folder)].map((entry) => entry.position),
        promised,
      )
      assert.ok(promised.at(-1)!.segment >= 3)
      const sizes = [...new Set(promised.map((each) => each.segment))].map(
        (each) => statSync(segmentPath(folder, each)).size,
      )
      assert.equal(
        writer.writtenBytes,
        sizes.reduce((sum, size) => sum + size, 0),
      )
      writer.close()
    }))
})

describe('a log that is followed while it is written', () => {
  it('is read record by record, over segments', () =>
    withFolder((folder) => {
      const records = validLog(6)
      const writer = LogWriter.open(folder, { ...options, segmentBytes: 600 })
      const tail = new LogTail(folder, LOG_START)
      let from: LogPosition = LOG_START
      const seen = []
      const seenByTail = []
      for (const record of records) {
        writer.append([record])
        for (const entry of readLog(folder, from)) {
          seen.push(entry.record)
          from = entry.next
        }
        assert.equal(seen.length, Number(writer.recordCount))
        for (const entry of tail.read()) {
          seenByTail.push(entry.record)
          assert.deepEqual(entry.next, from)
        }
      }
      assert.deepEqual(seen, records)
      assert.deepEqual(seenByTail, records)
      tail.close()
      writer.close()
    }))

  it('stops a reader before a record that is not wholly there, and gives it once it is', () =>
    withFolder((folder) => {
      const writer = LogWriter.open(folder, options)
      writer.append(validLog(1).slice(0, 1))
      writer.close()
      const path = segmentPath(folder, 0)
      const before = readFileSync(path)
      const next = encodeRecord(validLog(1)[1]!)
      const tail = new LogTail(folder, LOG_START)
      assert.equal([...tail.read()].length, 1)
      for (let length = 0; length < next.length; length++) {
        writeFileSync(path, Buffer.concat([before, next.subarray(0, length)]))
        assert.equal([...readLog(folder)].length, 1)
        assert.equal([...tail.read()].length, 0)
      }
      writeFileSync(path, Buffer.concat([before, next]))
      assert.equal([...readLog(folder)].length, 2)
      assert.equal([...tail.read()].length, 1)
      tail.close()
    }))
})

describe('LogWriter and its limits', () => {
  it('reads a record that is larger than one read', () =>
    withFolder((folder) => {
      const writer = LogWriter.open(folder, options)
      const header = new Uint8Array(3_000_001).fill(7)
      writer.append([...validLog(1), { kind: 'sealHeader', number: 2n, header }, ...validLog(1)])
      const entries = [...readLog(folder)]
      assert.equal(entries.length, 11)
      assert.deepEqual(entries[5]!.record, { kind: 'sealHeader', number: 2n, header })
      writer.close()
    }))

  it('writes nothing of a batch in which a record is too large, and goes on', () =>
    withFolder((folder) => {
      const writer = LogWriter.open(folder, options)
      const header = new Uint8Array(MAX_PAYLOAD_BYTES)
      const size = writer.writtenBytes
      assert.throws(
        () => writer.append([...validLog(1), { kind: 'sealHeader', number: 2n, header }]),
        FeedError,
      )
      assert.equal(writer.writtenBytes, size)
      writer.append(validLog(1))
      assert.equal([...readLog(folder)].length, 5)
      writer.close()
    }))

  it('makes durable what was written before sync was called', () =>
    withFolder(async (folder) => {
      const writer = LogWriter.open(folder, { ...options, segmentBytes: 2000 })
      const syncs = []
      for (const record of validLog(10)) {
        writer.append([record])
        const written = writer.writtenBytes
        assert.ok(writer.durableBytes < written)
        syncs.push(writer.sync().then(() => assert.ok(writer.durableBytes >= written)))
      }
      await Promise.all(syncs)
      assert.equal(writer.durableBytes, writer.writtenBytes)
      writer.append(validLog(1))
      writer.syncSync()
      assert.equal(writer.durableBytes, writer.writtenBytes)
      const pending = writer.sync()
      writer.close()
      await pending
    }))

  it(
    'takes no more after the disk refused a write',
    { skip: process.platform === 'win32' && 'needs ulimit' },
    () =>
      withFolder((folder) => {
        const script = join(folder, 'fill.ts')
        const index = new URL('./index.ts', import.meta.url).href
        writeFileSync(
          script,
          `import { LogWriter, LogWriteError } from '${index}'
        const writer = LogWriter.open('${join(folder, 'log')}', { genesisHash: new Uint8Array(32) })
        const record = { kind: 'sealHeader', number: 1n, header: new Uint8Array(10_000) } as const
        const seen: string[] = []
        for (let i = 0; i < 20; i++) {
          try { writer.append([record]) } catch (error) { seen.push(error instanceof LogWriteError ? 'LogWriteError' : String(error)) }
        }
        await writer.sync().catch((error) => seen.push(error.name))
        writer.close()
        console.log(seen.join())`,
        )
        // Files of at most 64 KiB (in blocks of 1,024 bytes); Node turns the signal into EFBIG.
        const run = spawnSync('bash', ['-c', `ulimit -f 64; exec "${process.execPath}" "${script}"`], {
          encoding: 'utf8',
        })
        assert.equal(run.stdout.trim(), Array(15).fill('LogWriteError').join(), run.stderr)
        assert.equal([...readLog(join(folder, 'log'))].length, 6)
      }),
  )
})

describe('the lock of a log', () => {
  it('keeps a second writer of the same process out until the first closes', () =>
    withFolder((folder) => {
      const writer = LogWriter.open(folder, options)
      assert.throws(() => LogWriter.open(folder, options), LogLockedError)
      writer.close()
      LogWriter.open(folder, options).close()
      assert.deepEqual(readdirSync(folder), ['segment-00000000.log'])
    }))

  it('names the process that holds it', () =>
    withFolder((folder) => {
      writeFileSync(join(folder, 'lock'), '1')
      assert.throws(() => LogWriter.open(folder, options), /held by process 1\n/)
    }))

  it('is taken over from a process that is gone, and from one whose pid another has now', () =>
    withFolder((folder) => {
      const pid = Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }))
      for (const stale of [String(pid), `${pid} 12@boot`, `${process.pid} 12@boot`, '', 'garbage']) {
        writeFileSync(join(folder, 'lock'), stale)
        LogWriter.open(folder, options).close()
        assert.equal(existsSync(join(folder, 'lock')), false)
      }
    }))
})
