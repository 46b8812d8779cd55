import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Chunk, type FeedEntry, nextRecord } from '../../src/feed/index.ts'
import { testSigner } from '../../src/feed/testing/index.ts'
import { RecoveryAhead } from '../../src/node/following/RecoveryAhead.ts'
import { IntakeRing, RecoveryWorkers } from '../../src/node/intake/index.ts'
import { Signal } from '../../src/node/Signal.ts'
import { ExecutedTransactions, preparedEntries } from '../../src/protocol/index.ts'
import { eventfulChain } from './eventfulChain.ts'
import { entriesOf } from './followers.ts'
import { chain } from './RecordedChain.ts'

const { records } = eventfulChain()
const entries = await entriesOf(records, { signer: testSigner() })
const executed = records.flatMap(({ record }) =>
  record.kind === 'chunk' && record.transactions.length > 0 ? [record] : [],
)

function open({ isDev = false } = {}) {
  const ring = new IntakeRing()
  const recovered = new Signal()
  const ahead = new RecoveryAhead({
    ...{ intake: ring.memory, recovered: recovered.memory, schedule: chain.schedule, isDev },
  })
  ahead.begin()
  return { ring, recovered, ahead }
}

/** Takes all of a chunk; how many of its transactions were not known. */
function take(ahead: RecoveryAhead, { transactions }: Pick<Chunk, 'transactions'>): number {
  let unknown = 0
  for (let place = 0; place < transactions.length; ) {
    const known = ahead.take(transactions, place)
    if (known === undefined) {
      unknown++
      place++
      continue
    }
    const found = [...preparedEntries(known.entries)].map(({ transaction }) => transaction)
    assert.equal(found.length, known.count)
    for (const [i, { sender, raw, hash }] of found.entries()) {
      const expected = transactions.at(place + i)!
      assert.deepEqual(
        { sender, raw, hash },
        { sender: expected.sender, raw: expected.raw, hash: expected.hash },
      )
    }
    place += known.count
  }
  return unknown
}

const addAll = (ahead: RecoveryAhead, some: readonly FeedEntry[], isKnown = false) => {
  for (const entry of some) ahead.add(entry, isKnown)
}

describe('recovery ahead of execution', () => {
  it('gives the signers of all transactions, in order', () => {
    const { ahead } = open()
    addAll(ahead, entries)
    assert.equal(
      executed.reduce((sum, chunk) => sum + take(ahead, chunk), 0),
      0,
    )
    assert.ok(ahead.isEmpty)
  })

  it('gives them also where workers recover them', async () => {
    const { ring, recovered, ahead } = open()
    const { chainId, gasLimit: blockGasLimit } = chain.schedule
    const workers = new RecoveryWorkers({
      ...{ ring, reader: recovered, rules: { chainId, blockGasLimit }, onRefused: () => {} },
    })
    workers.start((error) => assert.fail(error))
    try {
      addAll(ahead, entries)
      assert.equal(
        executed.reduce((sum, chunk) => sum + take(ahead, chunk), 0),
        0,
      )
    } finally {
      await workers.close()
    }
  })

  it('takes as much as has room, and gives that room back', () => {
    const { ahead } = open()
    let unknown = 0
    for (let rounds = 0; rounds < 6; rounds++) {
      addAll(ahead, entries)
      for (const chunk of executed) unknown += take(ahead, chunk)
    }
    assert.equal(unknown, 0)
    assert.equal(ahead.isFull, false)
  })

  it('says when it is full, and leaves to others what it did not take', () => {
    const { ahead } = open()
    for (let times = 0; !ahead.isFull; times++) {
      assert.ok(times < 1000)
      addAll(ahead, entries)
    }
    // Nothing of it comes in its turn.
    const reversed = ExecutedTransactions.of([...executed.at(-1)!.transactions].reverse())
    assert.equal(take(ahead, { transactions: reversed }), reversed.length)
    ahead.begin()
    assert.ok(ahead.isEmpty && !ahead.isFull)
  })

  it('follows only the dictionary of what is known, and finds nothing behind a body that can not be read', () => {
    const { ahead } = open()
    const half = entries.findIndex((entry) => nextRecord(entry) > BigInt(records.length >> 1))
    addAll(ahead, entries.slice(0, half), true)
    assert.ok(ahead.isEmpty)
    addAll(ahead, entries.slice(half))
    assert.ok(!ahead.isEmpty)
    ahead.begin()
    ahead.add({ ...entries[0]!, body: new Uint8Array(9) }, false)
    addAll(ahead, entries.slice(1))
    assert.ok(ahead.isEmpty)
  })

  it('passes over signatures that may be made up, on a developer’s chain', () => {
    const { ahead } = open({ isDev: true })
    addAll(ahead, entries)
    const mayBe = executed.flatMap(({ transactions }) =>
      [...transactions].filter(({ raw }) => raw.at(-1) === 1),
    )
    assert.equal(
      executed.reduce((sum, chunk) => sum + take(ahead, chunk), 0),
      mayBe.length,
    )
  })
})
