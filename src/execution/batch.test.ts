import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { keccak256 } from '../kernels/index.ts'
import { ByteWriter, concatBytes, fromBigInt, Prng } from '../lib/index.ts'
import { encodePrepared, type PreparedTransaction } from '../protocol/index.ts'
import { Engine } from './Engine.ts'
import { asm, ETHER, SENDER, type Sending, TestChain } from './testing/index.ts'

const NO_LIMITS = { transactions: 10_000, gas: 1n << 60n }
const TARGETS = 4
const SENDERS = 6
/** Adds one to the slot that the call data names, logs it, and reverts where the data's second word is not zero. */
const COUNTER = asm`
  PUSH 1 PUSH 0 CALLDATALOAD SLOAD ADD DUP1 PUSH 0 CALLDATALOAD SSTORE
  PUSH 0 MSTORE PUSH 0 CALLDATALOAD CALLER PUSH 32 PUSH 0 LOG2
  PUSH 32 CALLDATALOAD @bad JUMPI STOP
  bad: PUSH 0 PUSH 0 REVERT`

const senderOf = (index: number) => concatBytes(new Uint8Array(19).fill(0xa0), fromBigInt(BigInt(index), 1))

/** A chain with some rich senders and counters; `engine` is emptied. */
function openChain(engine: Engine): { chain: TestChain; counters: Uint8Array[] } {
  const chain = new TestChain({}, engine)
  for (let i = 0; i < SENDERS; i++) engine.setAccount(senderOf(i), { nonce: 0n, balance: 1000n * ETHER })
  return { chain, counters: Array.from({ length: TARGETS }, () => chain.deploy(COUNTER)) }
}

/** Transactions that depend on each other; about one in twenty has a wrong nonce. */
function randomBatch(chain: TestChain, counters: Uint8Array[], random: Prng): PreparedTransaction[] {
  const nonces = new Map<number, bigint>()
  return Array.from({ length: 40 }, () => {
    const who = random.nextInt(SENDERS)
    const next = nonces.get(who) ?? 0n
    const isWrong = random.nextInt(20) === 0
    if (!isWrong) nonces.set(who, next + 1n)
    const sending: Sending = {
      from: senderOf(who),
      nonce: isWrong ? next + 1n : next,
      gas: 100_000n,
      ...randomCall(counters, random),
    }
    const prepared = chain.prepare(sending)
    return random.nextInt(2) === 0 ? prepared : { ...prepared, hash: keccak256(prepared.raw) }
  })
}

function randomCall(counters: Uint8Array[], random: Prng): Pick<Sending, 'to' | 'data' | 'value'> {
  const kind = random.nextInt(6)
  if (kind === 0) return { to: senderOf(random.nextInt(SENDERS)), value: BigInt(random.nextInt(3)) }
  if (kind === 1) return { to: undefined, data: concatBytes(asm`PUSH 1 PUSH 0 MSTORE8 PUSH 1 PUSH 0 RETURN`) }
  const words = [BigInt(random.nextInt(3)), BigInt(random.nextInt(5) === 0 ? 1 : 0)]
  return {
    to: counters[random.nextInt(TARGETS)],
    data: concatBytes(...words.map((word) => fromBigInt(word, 32))),
  }
}

/** What batches must lead to: one by one, each refused transaction left out. */
function oneByOne(engine: Engine, batch: PreparedTransaction[]): { chunk: Uint8Array; refusals: string[] } {
  const writer = new ByteWriter()
  const refusals: string[] = []
  for (const { raw, sender, authorities } of batch) {
    const outcome = engine.executeTransaction(raw, sender, authorities)
    if (outcome.kind === 'executed') {
      writer.fixed(sender, 20)
      writer.fixed(keccak256(raw), 32)
      writer.sized(raw)
      writer.sized(outcome.receipt)
    } else refusals.push('message' in outcome ? outcome.message : outcome.kind)
  }
  return { chunk: writer.written().slice(), refusals }
}

function inBatches(
  engine: Engine,
  batch: PreparedTransaction[],
  limits = NO_LIMITS,
): { chunk: Uint8Array; refusals: string[]; counts: number[] } {
  const chunks: Uint8Array[] = []
  const refusals: string[] = []
  const counts: number[] = []
  for (let rest = batch; rest.length > 0; ) {
    const { executed, bytesTaken, stop } = engine.executeBatch(encodePrepared(rest), limits)
    assert.equal(bytesTaken, encodePrepared(rest.slice(0, executed)).length)
    if (stop !== undefined) refusals.push('message' in stop ? stop.message : stop.kind)
    rest = rest.slice(executed + (stop === undefined ? 0 : 1))
    const { count, transactions } = engine.takeChunk()
    assert.equal(count, executed)
    counts.push(count)
    chunks.push(transactions.slice())
  }
  return { chunk: concatBytes(...chunks), refusals, counts }
}

describe('a batch of transactions', () => {
  const engines = [new Engine({ memoryMiB: 256 }), new Engine({ memoryMiB: 256 })] as const

  it('gives the bytes that its transactions give one by one, and refuses the same', () => {
    for (let seed = 0; seed < 40; seed++) {
      const [one, many] = engines.map(openChain)
      const batch = randomBatch(one!.chain, one!.counters, new Prng(seed))
      const expected = oneByOne(engines[0], batch)
      const { counts: _, ...got } = inBatches(engines[1], batch)
      assert.deepEqual(got, expected, `seed ${seed}`)
      assert.deepEqual(engines[1].takeDiff(), engines[0].takeDiff())
      assert.deepEqual(engines[1].logsBloom, engines[0].logsBloom)
      assert.equal(many!.chain.engine.cumulativeGasUsed, one!.chain.engine.cumulativeGasUsed)
    }
  })

  it('ends at the limits, after at least one transaction', () => {
    const { chain } = openChain(engines[0])
    const batch = Array.from({ length: 7 }, (_, i) =>
      chain.prepare({ to: senderOf(0), nonce: BigInt(i), gas: 21_000n }),
    )
    assert.deepEqual(inBatches(engines[0], batch, { transactions: 3, gas: 1n << 60n }).counts, [3, 3, 1])
    openChain(engines[0])
    assert.deepEqual(inBatches(engines[0], batch, { transactions: 9, gas: 42_000n }).counts, [2, 2, 2, 1])
  })

  it('stops before what can not be decoded, and what waits for the parent hash', () => {
    const { chain } = openChain(engines[0])
    chain.open({}, () => undefined)
    const asking = chain.deploy(asm`PUSH 1 NUMBER SUB BLOCKHASH STOP`)
    const good = chain.prepare({ to: senderOf(0), nonce: 0n })
    const broken = { ...good, raw: Uint8Array.of(0xc0) }
    const outcome = engines[0].executeBatch(encodePrepared([good, broken]), NO_LIMITS)
    assert.equal(outcome.executed, 1)
    assert.equal(outcome.stop?.kind, 'invalid')
    const waiting = [chain.prepare({ to: senderOf(0), nonce: 1n }), chain.prepare({ to: asking, nonce: 2n })]
    assert.deepEqual(engines[0].executeBatch(encodePrepared(waiting), NO_LIMITS), {
      executed: 1,
      bytesTaken: encodePrepared(waiting.slice(0, 1)).length,
      stop: { kind: 'needsParentHash' },
    })
    assert.equal(engines[0].getAccount(SENDER)?.nonce, 2n)
    assert.equal(engines[0].takeChunk().count, 2)
    assert.equal(engines[0].takeChunk().count, 0)
  })
})
