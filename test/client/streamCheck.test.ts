/** What a page checks of a stream: a real chain's, and what liars make of it. */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { FollowError, StreamCheck, type Verified } from '../../src/client/index.ts'
import { encodeEntry, type FeedEntry, type LogRecord } from '../../src/feed/index.ts'
import { entriesOf, GENESIS_HASH, testSigner } from '../../src/feed/testing/index.ts'
import { decodeHeader, ExecutedTransactions, encodeHeader, type Header } from '../../src/protocol/index.ts'
import { recordedChain } from './recordedChain.ts'

type Kind<K extends LogRecord['kind']> = LogRecord & { kind: K }

/** In how many places a stream is joined: in the middle of a block, at its end, before its header and behind it. */
const JOINS = 20

/** Some entries at once, as they come from a connection. */
const AT_ONCE = 5

let records: LogRecord[]
let entries: FeedEntry[]
let encoded: Uint8Array[]

const newCheck = (): StreamCheck =>
  new StreamCheck({ genesisHash: GENESIS_HASH, sequencer: testSigner().address })

type Followed = { verified: Verified[]; code?: string; message?: string }

/** What is verified of a stream before it fails, and the code of that. */
function follow(stream: readonly Uint8Array[], atOnce = AT_ONCE): Followed {
  const check = newCheck()
  const verified: Verified[] = []
  try {
    for (let i = 0; i < stream.length; i += atOnce)
      for (const each of check.take(stream.slice(i, i + atOnce))) verified.push(each)
  } catch (error) {
    if (!(error instanceof FollowError)) throw error
    return { verified, code: error.code, message: error.message }
  }
  return { verified }
}

const blocksOf = (verified: Verified[]) =>
  verified.flatMap((each) => (each.kind === 'block' ? [each.block] : []))

/** The code for a stream whose sequencer signs other records than it executed: of one of a kind, others. */
async function codeOfLie<K extends LogRecord['kind']>(
  kind: K,
  change: (record: Kind<K>) => LogRecord[],
  applies: (record: Kind<K>) => boolean = () => true,
): Promise<string | undefined> {
  const at = records.findLastIndex((record) => record.kind === kind && applies(record as Kind<K>))
  assert.notEqual(at, -1)
  const start = startBefore(at)
  const lied = [...records.slice(start, at), ...change(records[at] as Kind<K>), ...records.slice(at + 1)]
  return follow((await entriesOf(lied, { nextRecord: BigInt(start) })).map(encodeEntry)).code
}

/** Where a block opens, some blocks before a record: signing takes its time. */
function startBefore(at: number): number {
  const opens = records.flatMap(({ kind }, i) => (kind === 'openBlock' && i <= at ? [i] : []))
  return opens.at(-3) ?? 0
}

const hasTransactions = ({ transactions }: Kind<'chunk'>): boolean => transactions.length > 1

const changedHeader = (change: (header: Header) => void) =>
  codeOfLie('sealHeader', (record) => {
    const decoded = decodeHeader(record.header.slice())
    assert.ok(decoded.ok)
    change(decoded.header)
    return [{ ...record, header: encodeHeader(decoded.header) }]
  })

const changedTransactions = (
  change: (list: { sender: Uint8Array; hash: Uint8Array; raw: Uint8Array; receipt: Uint8Array }[]) => void,
) =>
  codeOfLie(
    'chunk',
    (record) => {
      const list = [...record.transactions].map((each) => ({ ...each }))
      change(list)
      return [{ ...record, transactions: ExecutedTransactions.of(list) }]
    },
    hasTransactions,
  )

function altered(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice()
  copy[at]! ^= 1
  return copy
}

before(async () => {
  records = await recordedChain()
  entries = await entriesOf(records)
  encoded = entries.map(encodeEntry)
})

describe('the check of a stream', () => {
  it('takes an honest one whole, one by one or all at once', () => {
    for (const atOnce of [1, AT_ONCE, encoded.length]) {
      const { verified, code } = follow(encoded, atOnce)
      assert.equal(code, undefined)
      const blocks = blocksOf(verified)
      assert.equal(blocks.length, records.filter(({ kind }) => kind === 'sealHeader').length)
      assert.ok(blocks.every(({ isWhole }) => isWhole))
      const miniBlocks = verified.flatMap((each) => (each.kind === 'miniBlock' ? [each.miniBlock] : []))
      assert.deepEqual(
        miniBlocks.map(({ number }) => number),
        records.flatMap((record) => (record.kind === 'sealMiniBlock' ? [record.number] : [])),
      )
      const sum = miniBlocks.reduce((total, { transactions }) => total + transactions.length, 0)
      assert.equal(sum, 451)
    }
  })

  it('can begin at any entry, and soon checks whole blocks', async () => {
    // Up to the last block that opens, so that a whole one is left.
    const end = records.findLastIndex(({ kind }) => kind === 'openBlock')
    const cuts = entries.map(({ firstRecord }) => Number(firstRecord)).filter((cut) => cut <= end)
    for (const cut of cuts.slice(-JOINS)) {
      const from = await entriesOf(records.slice(cut), { nextRecord: BigInt(cut) })
      const { verified, message } = follow(from.map(encodeEntry))
      assert.equal(message, undefined, `from record ${cut} on`)
      const whole = blocksOf(verified).map(({ isWhole }) => isWhole)
      assert.equal(whole.indexOf(true), whole.lastIndexOf(false) + 1)
    }
  })

  it('refuses every altered byte, and says nothing of what is behind it', () => {
    const honest = follow(encoded, 1).verified
    for (let i = 0; i < 100; i++) {
      const at = i % 10
      const entry = encoded[at]!
      const place = (i * 7919) % entry.length
      const stream = [...encoded.slice(0, at), altered(entry, place), ...encoded.slice(at + 1)]
      const { verified, code } = follow(stream, 1)
      assert.ok(code !== undefined, `byte ${place} of entry ${at}`)
      assert.deepEqual(verified, honest.slice(0, verified.length))
    }
  })

  it('refuses another signer, and a signature that is none', async () => {
    const forged = (await entriesOf(records, { signer: testSigner(0x47) })).map(encodeEntry)
    assert.equal(follow(forged).code, 'WRONG_SIGNER')
    assert.equal(follow([...encoded.slice(0, 9), ...forged.slice(9)]).code, 'WRONG_SIGNER')
    const none = encodeEntry({ ...entries[0]!, signature: new Uint8Array(65) })
    assert.equal(follow([none]).code, 'WRONG_SIGNATURE')
    const otherParity = encoded.map((entry) => altered(entry, entry.length - 1))
    assert.equal(follow([encoded[0]!, ...otherParity.slice(1)], 1).code, 'WRONG_SIGNER')
  })

  it('refuses entries that are missing, come twice, or are of an older epoch', async () => {
    assert.equal(follow([...encoded.slice(0, 5), ...encoded.slice(6)]).code, 'GAP')
    assert.equal(follow([...encoded.slice(0, 5), ...encoded.slice(4)]).code, 'KNOWN_RECORD')
    const swapped = [encoded[0]!, encoded[2]!, encoded[1]!]
    assert.equal(follow(swapped).code, 'GAP')
    const nextRecord = entries[4]!.firstRecord
    const rest = records.slice(Number(nextRecord))
    const older = await entriesOf(rest, { nextRecord, epoch: 0n })
    assert.equal(follow([...encoded.slice(0, 4), ...older.map(encodeEntry)]).code, 'OLD_EPOCH')
    const others = await entriesOf(rest, { nextRecord })
    assert.equal(follow([...encoded.slice(0, 4), ...others.map(encodeEntry)]).code, 'PARENT_DIGEST')
  })

  it('a later term may begin a stream anew, but not cover what somebody else put before it', async () => {
    const nextRecord = entries[4]!.firstRecord
    const { miniBlockNumber } = entries[3]!
    const rest = records.slice(Number(nextRecord))
    const anew = (await entriesOf(rest, { nextRecord, epoch: 2n, miniBlockNumber })).map(encodeEntry)
    assert.equal(follow([...encoded.slice(0, 4), ...anew]).code, undefined)
    const forged = (await entriesOf(records, { signer: testSigner(0x47) })).map(encodeEntry)
    assert.equal(follow([...forged.slice(0, 4), ...anew], encoded.length).code, 'WRONG_SIGNER')
  })

  it('refuses cut and random bytes', () => {
    for (const bytes of [new Uint8Array(0), encoded[0]!.subarray(0, 80), new Uint8Array(300).fill(7)])
      assert.equal(follow([bytes]).code, 'MALFORMED')
  })
})

describe('the check of a lying sequencer', () => {
  it("refuses transactions and receipts that aren't the header's, though the sequencer signed them", async () => {
    const raw = changedTransactions(([first]) => {
      first!.raw = altered(first!.raw, 20)
    })
    assert.equal(await raw, 'TRANSACTION_HASH')
    const receipt = changedTransactions(([first]) => {
      first!.receipt = altered(first!.receipt, first!.receipt.length - 1)
    })
    assert.equal(await receipt, 'RECEIPTS_ROOT')
    const swapped = changedTransactions((list) => list.splice(0, 2, list[1]!, list[0]!))
    assert.equal(await swapped, 'TRANSACTIONS_ROOT')
    const skipped = changedTransactions((list) => list.splice(0, 1))
    assert.equal(await skipped, 'RECORD_ORDER')
    assert.equal(await codeOfLie('chunk', () => [], hasTransactions), 'RECORD_ORDER')
  })

  it("refuses headers that aren't the block's", async () => {
    const codes = [
      changedHeader((header) => header.parentHash.fill(1)),
      changedHeader((header) => header.transactionsRoot.fill(1)),
      changedHeader((header) => header.receiptsRoot.fill(1)),
      changedHeader((header) => header.logsBloom.fill(1)),
      changedHeader((header) => header.coinbase.fill(1)),
      changedHeader((header) => void header.gasUsed++),
      changedHeader((header) => void header.timestamp++),
      changedHeader((header) => header.requestsHash!.fill(1)),
      changedHeader((header) => void header.number++),
      codeOfLie('sealHeader', (record) => [{ ...record, header: Uint8Array.of(0xc0) }]),
    ]
    assert.deepEqual(await Promise.all(codes), [
      ...['PARENT_HASH', 'TRANSACTIONS_ROOT', 'RECEIPTS_ROOT', 'LOGS_BLOOM', 'HEADER_FIELD', 'HEADER_FIELD'],
      ...['HEADER_FIELD', 'HEADER_FIELD', 'RECORD_ORDER', 'MALFORMED'],
    ])
  })

  it('refuses records that are missing or come twice', async () => {
    for (const kind of ['openBlock', 'sealMiniBlock', 'closeBlock'] as const) {
      assert.equal(await codeOfLie(kind, () => []), 'RECORD_ORDER', `without a ${kind}`)
      if (kind !== 'openBlock')
        assert.equal(await codeOfLie(kind, (record) => [record, record]), 'RECORD_ORDER', `${kind} twice`)
    }
    const otherParent = (record: Kind<'sealMiniBlock'>) => [{ ...record, parentDigest: new Uint8Array(32) }]
    assert.equal(await codeOfLie('sealMiniBlock', otherParent), 'RECORD_ORDER')
    const header = (change: (record: Kind<'sealHeader'>) => LogRecord[]) => codeOfLie('sealHeader', change)
    assert.equal(await header((record) => [record, record]), 'RECORD_ORDER')
  })
})
