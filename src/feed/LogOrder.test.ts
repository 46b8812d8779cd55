import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Chunk, encodeRecord, LogOrder, LogOrderError, type LogRecord, payloadOf } from './index.ts'
import { GENESIS_HASH, openBlock, rewindOf, validLog } from './testLog.ts'

const START = { blockNumber: 1n, headerNumber: 1n, miniBlockNumber: 1n, parentDigest: GENESIS_HASH }

function check(records: LogRecord[], start = START): void {
  const order = new LogOrder(start)
  for (const record of records) order.accept(record, payloadOf(encodeRecord(record)))
}

/** The valid log with the record at `index` changed. */
function changed(index: number, change: Record<string, unknown>): LogRecord[] {
  return validLog(2).with(index, { ...validLog(2)[index]!, ...change } as LogRecord)
}

const refused = (code: string, records: LogRecord[]) =>
  assert.throws(
    () => check(records),
    (error) => error instanceof LogOrderError && error.code === code,
    code,
  )

describe('LogOrder', () => {
  it('accepts a log from its start, and from between two blocks', () => {
    check(validLog(3))
    const records = validLog(3)
    const seal = records[2]!
    assert.equal(seal.kind, 'sealMiniBlock')
    const parentDigest = seal.kind === 'sealMiniBlock' ? seal.digest : GENESIS_HASH
    check(records.slice(5), { blockNumber: 2n, headerNumber: 2n, miniBlockNumber: 2n, parentDigest })
  })

  it('accepts headers that are sealed late, in order', () => {
    const [open1, chunk1, seal1, close1, header1, open2, chunk2, seal2, close2, header2] = validLog(2) as [
      LogRecord,
      LogRecord,
      LogRecord,
      LogRecord,
      LogRecord,
      LogRecord,
      LogRecord,
      LogRecord,
      LogRecord,
      LogRecord,
    ]
    check([open1, chunk1, seal1, close1, open2, chunk2, header1, seal2, close2, header2])
    refused('HEADER_NUMBER', [open1, chunk1, seal1, close1, open2, chunk2, seal2, close2, header2])
    refused('HEADER_NUMBER', [open1, chunk1, seal1, header1])
  })

  it('refuses every record out of its place', () => {
    const records = validLog(2)
    refused('NO_BLOCK_OPEN', records.slice(1))
    refused('NO_BLOCK_OPEN', records.slice(2))
    refused('NO_BLOCK_OPEN', records.slice(3))
    refused('BLOCK_OPEN', [records[0]!, records[1]!, records[0]!])
    refused('BLOCK_OPEN', [...records.slice(0, 3), records[0]!])
    refused('BLOCK_NUMBER', [records[0]!, records[5]!])
    refused('BLOCK_NUMBER', records.slice(5))
    refused('BLOCK_NUMBER', changed(3, { number: 2n }))
    refused('BLOCK_NUMBER', changed(2, { blockNumber: 2n }))
    refused('MINI_BLOCK_NUMBER', changed(1, { miniBlockNumber: 2n }))
    refused('MINI_BLOCK_NUMBER', changed(7, { number: 3n }))
    refused('MINI_BLOCK_INDEX', changed(2, { indexInBlock: 1 }))
    refused('TRANSACTION_INDEX', changed(6, { firstTransactionIndex: 1 }))
    refused('TRANSACTION_COUNT', changed(2, { transactionCount: 2 }))
    refused('UNSEALED_CHUNKS', [records[0]!, records[1]!, records[3]!])
  })

  it('refuses a digest that does not chain or does not match the chunks', () => {
    refused('PARENT_DIGEST', changed(7, { parentDigest: GENESIS_HASH }))
    refused('DIGEST', changed(2, { digest: GENESIS_HASH }))
    refused('DIGEST', changed(2, { gasUsed: 1n }))
    refused('DIGEST', changed(1, { diff: new Uint8Array(13) }))
  })

  it('accepts a rewind between two blocks and out of an open one, and what follows from it', () => {
    const rewind = rewindOf(3, 1n)
    check([...validLog(3), rewind, openBlock(2n)])
    check([...validLog(3), openBlock(4n), rewind, openBlock(2n)])
    refused('BLOCK_NUMBER', [...validLog(3), rewind, openBlock(4n)])
    refused('MINI_BLOCK_NUMBER', [...validLog(3), rewind, rewind])
  })

  it('refuses a rewind out of its place', () => {
    const rewind = rewindOf(3, 1n)
    refused('BLOCK_NUMBER', [...validLog(3), rewindOf(3, 4n)])
    // A header is missing.
    refused('HEADER_NUMBER', [...validLog(3).slice(0, -1), rewind])
    refused('UNSEALED_CHUNKS', [
      ...validLog(3),
      openBlock(4n),
      { ...(validLog(1)[1] as Chunk), miniBlockNumber: 4n },
      rewind,
    ])
    refused('PARENT_DIGEST', [...validLog(3), { ...rewind, parentDigest: GENESIS_HASH }])
    for (const change of [{ blockNumber: 2n }, { diff: new Uint8Array(13) }, { hashes: new Uint8Array(64) }])
      refused('DIGEST', [...validLog(3), { ...rewind, ...change }])
    refused('TIMESTAMP', [...validLog(3), { ...rewind, timestampUs: 1n }])
  })

  it('refuses an epoch or a time that goes back', () => {
    refused('EPOCH', changed(7, { epoch: 0n }))
    refused('TIMESTAMP', changed(7, { timestampUs: 999n }))
  })
})
