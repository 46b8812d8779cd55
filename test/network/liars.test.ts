import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Chunk,
  encodeEntry,
  type FeedEntry,
  type LogRecord,
  nextRecord,
  signEntry,
} from '../../src/feed/index.ts'
import { testSigner } from '../../src/feed/testing/index.ts'
import { Prng } from '../../src/lib/index.ts'
import {
  decodeHeader,
  decodeReceipt,
  encodeHeader,
  encodeReceipt,
  encodeStateDiff,
} from '../../src/protocol/index.ts'
import { BadEntryError, RefutedError } from '../../src/replica/index.ts'
import { eventfulChain } from './eventfulChain.ts'
import { entriesOf, TestFollower } from './followers.ts'
import { withDiff, withLie, withTransaction } from './lies.ts'
import { chain, type Recorded } from './RecordedChain.ts'

const SEQUENCER = testSigner()
const THIEF = testSigner(0x48)
const recorded = eventfulChain().records
const HONEST = await entriesOf(recorded, { signer: SEQUENCER })
/** What is behind the last entry's end is in none. */
const records = recorded.slice(0, Number(nextRecord(HONEST.at(-1)!)))
/** Of the chunk with many token transfers. */
const transfers = records.findIndex(
  ({ record }) => record.kind === 'chunk' && record.transactions.length > 128,
)
/** Number of the entry that the lies are about, and what they are told in. */
const lying = HONEST.findIndex(
  ({ firstRecord, recordCount }) => firstRecord + BigInt(recordCount) > transfers,
)
const entry = HONEST[lying]!

function newFollower(verifies: boolean): TestFollower {
  return new TestFollower({ signer: SEQUENCER.address, verifies })
}

/** The stream of a sequencer that lies in one record, and signs what it says. */
function liedIn(
  at: number,
  change: (record: LogRecord) => LogRecord | undefined,
  { alsoIn }: { alsoIn?: (records: Recorded[]) => Recorded[] } = {},
): Promise<FeedEntry[]> {
  const lied = withLie(records, at, change)
  return entriesOf(alsoIn === undefined ? lied : alsoIn(lied), { signer: SEQUENCER })
}

/** Follows a stream up to the entry that is refused; then an honest one to its end. Gives the error. */
function refusedBy(follower: TestFollower, stream: readonly Uint8Array[]): Error & { code: string } {
  let error: unknown
  try {
    follower.follow(stream)
  } catch (thrown) {
    error = thrown
  }
  assert.ok(error instanceof BadEntryError || error instanceof RefutedError, `it was not refused: ${error}`)
  const before = follower.frames.length
  assert.deepEqual(
    follower.frames,
    records.slice(0, before).map(({ frame }) => frame),
    'nothing of it is kept',
  )
  assert.equal(follower.nextRecord, BigInt(before))
  // From where its dictionary begins.
  follower.followEntries(HONEST)
  assert.deepEqual(
    follower.frames,
    records.map(({ frame }) => frame),
    'it goes on with the honest source',
  )
  return error
}

/** The stream with other bytes in the place of an entry. */
function replaced(bytes: Uint8Array): Uint8Array[] {
  return HONEST.map((each, i) => (i === lying ? bytes : encodeEntry(each)))
}

describe('who does not have the sequencer’s key', () => {
  const resigned = async (change: Partial<FeedEntry>, signer = SEQUENCER) =>
    replaced(encodeEntry(await signEntry({ ...entry, ...change }, { genesisHash: chain.hash, signer })))

  it('is refused by name, and nothing of it is kept', async () => {
    const flipped = entry.signature.slice()
    flipped[40]! ^= 1
    const body = entry.body.slice()
    body[body.length >> 1]! ^= 1
    const refusals: [string, Uint8Array[]][] = [
      ['WRONG_SIGNER', await resigned({}, THIEF)],
      ['WRONG_SIGNER', replaced(encodeEntry({ ...entry, body }))],
      ['TRUNCATED', replaced(encodeEntry(entry).subarray(0, -1))],
      ['TRUNCATED', replaced(new Uint8Array(0))],
      ['TRAILING_BYTES', replaced(new Uint8Array([...encodeEntry(entry), 0]))],
      ['UNKNOWN_VERSION', replaced(new Uint8Array(500).fill(9))],
      ['KNOWN_RECORD', replaced(encodeEntry(HONEST[lying - 1]!))],
      ['GAP', replaced(encodeEntry(HONEST[lying + 1]!))],
    ]
    for (const [code, stream] of refusals) assert.equal(refusedBy(newFollower(false), stream).code, code)
    const forged = refusedBy(newFollower(false), replaced(encodeEntry({ ...entry, signature: flipped })))
    assert.match(forged.code, /^WRONG_SIGN(ER|ATURE)$/)
  })

  it('gets nowhere with random bytes, or an entry with any bit turned', () => {
    const random = new Prng(7)
    const bytes = encodeEntry(entry)
    const follower = newFollower(false)
    follower.followEntries(HONEST.slice(0, lying))
    const before = follower.frames.length
    for (let i = 0; i < 300; i++) {
      const turned = bytes.slice()
      const at = random.nextInt(i % 2 === 0 ? 140 : bytes.length)
      turned[at]! ^= 1 << random.nextInt(8)
      for (const sent of [turned, random.nextBytes(random.nextInt(400)), bytes.subarray(0, at)])
        assert.throws(
          () => follower.follow([sent]),
          // The body is not even looked at: without the dictionary it could not be read.
          (error) => error instanceof BadEntryError && error.code !== 'REFERENCE',
        )
    }
    assert.equal(follower.frames.length, before)
    follower.followEntries(HONEST)
    assert.equal(follower.frames.length, records.length)
  })

  it('can not send what an earlier term has signed', async () => {
    assert.equal(refusedBy(newFollower(false), await resigned({ epoch: 0n })).code, 'OLD_EPOCH')
  })
})

describe('a sequencer that lies', () => {
  const changedChunk = (change: (chunk: Chunk) => Chunk) =>
    liedIn(transfers, (record) => change(record as Chunk))

  /** What a full node says of it. */
  function foundBy(stream: readonly FeedEntry[]): string {
    const follower = newFollower(true)
    const error = refusedBy(follower, stream.map(encodeEntry))
    assert.equal(error.code, 'EXECUTION_DIFFERENCE')
    assert.deepEqual(follower.refuted[0]!.encoded, encodeEntry(stream[lying]!), 'the signed lie is kept')
    return error.message
  }

  it('about a balance is found by execution, with the transaction that led to it', async () => {
    const richer = (chunk: Chunk) =>
      withDiff(chunk, ({ accounts }) => {
        accounts.find(({ nonce }) => nonce > 0n)!.balance += 10n ** 18n
      })
    assert.match(
      foundBy(await changedChunk(richer)),
      /balance of account 0x.*\n.*\n {2}transaction: \d+ {3}hash: 0x/,
    )
  })

  it('about a balance is found by a replica at the block’s root, unless the header lies as well', async () => {
    const stream = await changedChunk((chunk) =>
      withDiff(chunk, ({ accounts }) => {
        accounts[0]!.balance += 1n
      }),
    )
    const follower = newFollower(false)
    assert.throws(
      () => follower.followEntries(stream),
      (error: Error) =>
        error instanceof BadEntryError && /other state than a block's header/.test(error.message),
    )
    const ofEntry = records.slice(follower.frames.length)
    assert.ok(ofEntry.findIndex(({ record }) => record.kind === 'sealHeader') < 3, 'only there')
  })

  it('by a receipt, a transaction left out, a diff withheld or in another order is found by execution', async () => {
    const altered = (chunk: Chunk) =>
      withTransaction(chunk, 9, ({ receipt }) => {
        const decoded = decodeReceipt(receipt)
        assert.ok(decoded.ok)
        return { receipt: encodeReceipt({ ...decoded.receipt, status: 0 }) }
      })
    assert.match(foundBy(await changedChunk(altered)), /signed: status .*\n.*\n {2}transaction: 13 /)
    const shorter = (chunk: Chunk): Chunk => ({
      ...chunk,
      transactions: chunk.transactions.slice(0, chunk.transactions.length - 1),
    })
    assert.match(foundBy(await changedChunk(shorter)), /signed: (nonce|balance) of account/)
    const empty = encodeStateDiff({ accounts: [], slots: [], codes: [] })
    assert.match(foundBy(await changedChunk((chunk) => ({ ...chunk, diff: empty }))), /not changed/)
    const reordered = (chunk: Chunk) => withDiff(chunk, ({ slots }) => void slots.reverse())
    assert.match(foundBy(await changedChunk(reordered)), /order of the state diff/)
  })

  it('about a root is found by a replica', async () => {
    const sealing = records.findIndex(({ record }) => record.kind === 'sealHeader')
    const stream = await liedIn(sealing, (record) => {
      assert.ok(record.kind === 'sealHeader')
      const decoded = decodeHeader(record.header)
      assert.ok(decoded.ok)
      return { ...record, header: encodeHeader({ ...decoded.header, stateRoot: new Uint8Array(32).fill(1) }) }
    })
    const error = refusedBy(newFollower(false), stream.map(encodeEntry))
    assert.match(
      error.message,
      /other state than a block's header names\.\n {2}block: 1 {3}expected: 0x(01){32} /,
    )
  })

  it('to one of two followers leaves evidence with who hears both', async () => {
    const stream = await changedChunk((chunk) => withDiff(chunk, ({ slots }) => void slots.reverse()))
    const follower = newFollower(false)
    follower.followEntries(HONEST.slice(0, lying + 1))
    const error = refusedBy(follower, stream.slice(lying).map(encodeEntry))
    assert.equal(error.code, 'EQUIVOCATION')
    assert.deepEqual(follower.evidence, [{ first: encodeEntry(entry), second: encodeEntry(stream[lying]!) }])
  })
})
