/** The compact bodies of entries, on chains that were executed, and on made-up ones. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deployToken, giveTokens, openExchange } from '../../bench/lib/contracts.ts'
import { addressOf, Ledger } from '../../bench/lib/Ledger.ts'
import { Engine } from '../../src/execution/index.ts'
import { BodyError, encodeRecord, type LogRecord } from '../../src/feed/index.ts'
import { damagedBody, TwinDecoder } from '../../src/feed/testing/index.ts'
import { BodyKernel } from '../../src/kernels/index.ts'
import { Prng } from '../../src/lib/index.ts'
import { localGenesisJson } from '../../src/node/genesisJson.ts'
import { readGenesis } from '../../src/node/importGenesis.ts'
import { RandomChain } from '../../src/node/testing/index.ts'
import type { PreparedTransaction } from '../../src/protocol/index.ts'
import { assertDecodes, BodyRoundTrip, FollowerState } from './BodyRoundTrip.ts'
import { ExecutedChain, openBlock } from './ExecutedChain.ts'
import { noisyInitCode, RandomTransactions, type Scene } from './randomTransactions.ts'

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32))
const PEOPLE = 12
const MINI_BLOCKS = Number(process.env.BODIES_MINI_BLOCKS ?? 10)
const MUTATIONS = Number(process.env.BODIES_MUTATIONS ?? 300)

/** People with tokens, two of which are exchanged. The same at each call. */
function openScene(): { ledger: Ledger; scene: Scene } {
  const ledger = new Ledger(new Engine({ memoryMiB: 320 }))
  const people = Array.from({ length: PEOPLE }, (_, i) => ledger.account(i))
  const exchange = openExchange(ledger, people)
  const tokens = [deployToken(ledger), deployToken(ledger)]
  for (const person of people) for (const token of tokens) giveTokens(ledger, token, person)
  const noisy = ledger.send({ sender: addressOf(0), to: undefined, data: noisyInitCode })!
  ledger.engine.takeDiff()
  return { ledger, scene: { tokens, exchange, noisy, people: PEOPLE } }
}

const { chain: CHAIN } = readGenesis({
  text: JSON.stringify({ ...JSON.parse(localGenesisJson()), alloc: {} }),
})

const followerOfScene = () => new FollowerState(openScene().ledger.engine)

type Passed = { entries: LogRecord[][]; trip: BodyRoundTrip }

/** The scene's chain, and its next transaction. */
function openChain(random: Prng): { chain: ExecutedChain; next: () => PreparedTransaction } {
  const { ledger, scene } = openScene()
  const nonceOf = (address: Uint8Array) => ledger.engine.getAccount(address)!.nonce
  const transactions = new RandomTransactions(scene, random, nonceOf)
  return { chain: new ExecutedChain(ledger, random), next: () => transactions.next() }
}

function passChain(seed: number, options?: { dictionaryBytes: number }): Passed {
  const random = new Prng(seed)
  const { chain, next } = openChain(random)
  const trip = new BodyRoundTrip(followerOfScene, options)
  const entries: LogRecord[][] = []
  for (let i = 0; i < MINI_BLOCKS; i++) {
    const sizes = Array.from({ length: 1 + random.nextInt(3) }, () =>
      random.nextInt(random.nextInt(4) === 0 ? 60 : 4),
    )
    const records = chain.miniBlock(sizes, next)
    trip.pass(records)
    entries.push(records)
  }
  return { entries, trip }
}

describe(`bodies of entries (seed ${SEED})`, () => {
  test('executed transactions of every kind come back as the bytes that they were', () => {
    const { entries, trip } = passChain(SEED)
    const frames = entries.flat().reduce((sum, record) => sum + encodeRecord(record).length, 0)
    const bodies = trip.bodies.reduce((sum, { body }) => sum + body.length, 0)
    assert.ok(bodies < frames / 2, `${bodies} bytes of ${frames}`)
  })

  test('a dictionary begins anew in the middle of a block, and who comes then needs no other', () => {
    const { entries, trip } = passChain(SEED + 5, { dictionaryBytes: 3000 })
    const start = trip.bodies.findLastIndex(({ beginsAnew }) => beginsAnew)
    assert.ok(start > 0)
    const state = followerOfScene()
    for (const record of entries.slice(0, start).flat()) state.follow(record)
    const decoder = new TwinDecoder(state)
    for (let i = start; i < entries.length; i++) {
      const frames = entries[i]!.map((record) => encodeRecord(record))
      assertDecodes(decoder, trip.bodies[i]!, { frames, state })
    }
  })

  test('who comes later passes over the entries that its state has already', () => {
    const { entries, trip } = passChain(SEED + 1)
    const state = followerOfScene()
    const decoder = new TwinDecoder(state)
    const skipped = Math.floor(entries.length / 2)
    for (const [i, records] of entries.entries()) {
      if (i >= skipped) {
        assertDecodes(decoder, trip.bodies[i]!, {
          frames: records.map((record) => encodeRecord(record)),
          state,
        })
        continue
      }
      decoder.skip(trip.bodies[i]!)
      for (const record of records) state.follow(record)
    }
  })

  test('diffs of any content come back, and ways back', () => {
    const random = new Prng(SEED + 2)
    const chain = new RandomChain(CHAIN, random)
    const trip = new BodyRoundTrip(() => new FollowerState())
    let records: LogRecord[] = []
    let diff: Uint8Array = new Uint8Array(12)
    for (let i = 0; i < MINI_BLOCKS * 8; i++) {
      const record = chain.next()
      records.push(record)
      // Back by a block, to any state.
      if (record.kind === 'closeBlock' && random.nextInt(3) === 0) {
        trip.pass(records)
        records = [chain.rewind({ blockNumber: record.number - 1n, diff })]
      }
      if (record.kind === 'chunk') diff = record.diff
      if (record.kind === 'openBlock' || record.kind === 'chunk') continue
      trip.pass(records)
      records = []
    }
    assert.ok(trip.bodies.length > 0)
  })

  test('what was damaged is refused by name, or gives whole records', () => {
    const random = new Prng(SEED + 3)
    const { entries, trip } = passChain(SEED + 3)
    const first = trip.bodies[0]!
    const limit = entries[0]!.length
    for (let i = 0; i < MUTATIONS; i++) {
      const body = first.body.slice(
        0,
        random.nextInt(4) === 0 ? random.nextInt(first.body.length) : undefined,
      )
      for (let left = 1 + random.nextInt(3); left > 0 && body.length > 0; left--)
        body[random.nextInt(body.length)] = random.nextInt(256)
      assert.ok(countDecoded({ ...first, body }) <= limit)
    }
  })

  test('both decoders say the same of damage behind the compression', () => {
    const random = new Prng(SEED + 6)
    const { trip } = passChain(SEED + 6)
    const state = followerOfScene()
    const outcomes = new Map<string, number>()
    for (let i = 0; i < MUTATIONS; i++) {
      const decoder = new TwinDecoder(state, SHARED_KERNEL)
      const n = random.nextInt(3)
      for (const before of trip.bodies.slice(0, n)) decoder.skip(before)
      const entry = trip.bodies[n]!
      const outcome = outcomeOf(decoder, { ...entry, body: damagedBody(entry.body, random) })
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
    for (const code of ['TRUNCATED', 'TRAILING_BYTES', 'VALUE', 'REFERENCE'])
      assert.ok(outcomes.has(code), `none of ${[...outcomes.keys()]} is ${code}`)
  })

  test('an unknown dictionary is refused', () => {
    const { trip } = passChain(SEED + 4)
    const decoder = new TwinDecoder(followerOfScene())
    assert.throws(
      () => decoder.skip(trip.bodies[1]!),
      (error) => error instanceof BodyError && error.code === 'REFERENCE',
    )
  })
})

test('a coinbase that sends, too, has two numbers, and stands twice in what is predicted', () => {
  const { chain, next } = openChain(new Prng(SEED + 7))
  const trip = new BodyRoundTrip(followerOfScene)
  for (const coinbase of [0, 1, 0, 2, 1].map(addressOf))
    trip.pass([openBlock(coinbase), ...chain.miniBlock([30, 1], next)])
})

/** Code of the refusal, or "read". */
function outcomeOf(decoder: TwinDecoder, entry: Parameters<TwinDecoder['skip']>[0]): string {
  try {
    for (const _ of decoder.records(entry));
  } catch (error) {
    if (error instanceof BodyError) return error.code
    throw error
  }
  return 'read'
}

/** Records of a body until it is refused; anything but a refusal by name is a failure. */
function countDecoded(body: Parameters<TwinDecoder['skip']>[0]): number {
  const state = followerOfNothing()
  let count = 0
  try {
    for (const _ of new TwinDecoder(state, SHARED_KERNEL).records(body)) count++
  } catch (error) {
    if (!(error instanceof BodyError)) throw error
  }
  return count
}

const followerOfNothing = () => new FollowerState(SHARED_ENGINE)
const SHARED_KERNEL = new BodyKernel()
const SHARED_ENGINE = new Engine({ memoryMiB: 320 })
