import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chunkDigest, type LogRecord, type OpenBlock, payloadOf, readFrames } from '../feed/index.ts'
import { encodePrepared } from '../protocol/index.ts'
import {
  answers,
  GENESIS_HASH,
  kinds,
  NOTHING,
  newTail,
  records,
  seal,
  start,
  submit,
  transaction,
} from './testing/index.ts'

const GWEI = 10n ** 9n

describe('Sequencer, blocks and mini-blocks', () => {
  it('opens the first block at once and executes on arrival, one chunk a batch', () => {
    const { sequencer, step } = start()
    // The genesis hash is known, so it is stored (EIP-2935) at once.
    assert.deepEqual(kinds(step), ['openBlock', 'chunk'])
    const next = submit(sequencer, transaction({ nonce: 0n }), transaction({ nonce: 1n }))
    assert.deepEqual(kinds(next), ['chunk'])
    assert.deepEqual(answers(next), ['executed', 'executed'])
  })

  it('ends a chunk once it holds so much gas that its diff might outgrow what followers take', () => {
    const { sequencer } = start({ gasLimit: 10_000_000_000n, miniBlockMs: 100 })
    const heavy = [0n, 1n, 2n, 3n].map((nonce) =>
      transaction({ nonce, gasUsed: 150_000_000n, gasLimit: 150_000_000n }),
    )
    const chunks = records(submit(sequencer, ...heavy)).filter((record) => record.kind === 'chunk')
    assert.deepEqual(
      chunks.map(({ transactions }) => transactions.length),
      [3, 1],
    )
  })

  it('keeps acknowledged transactions that arrive before the first block opens, also when it stops then', () => {
    const before = start()
    before.clock.advanceMs(1000)
    before.sequencer.tick()
    // The log ends where block 1 is closed, has no header, and block 2 is open.
    const tail = newTail()
    for (const { frames } of [before.step, before.sequencer.takeStep()!]) {
      for (const { record, frame } of readFrames(frames)) {
        tail.follow(record, record.kind === 'chunk' ? chunkDigest(payloadOf(frame)) : undefined)
      }
    }
    const { sequencer } = start({ tail, startMs: 20_000 })
    const acknowledged = transaction({ nonce: 5n })
    sequencer.submit([{ firstTicket: undefined, count: 1, entries: encodePrepared([acknowledged]) }])
    assert.deepEqual([...sequencer.waiting()], [acknowledged])
    sequencer.finish()
    assert.deepEqual([...sequencer.waiting()], [acknowledged])
  })

  it('seals a mini-block on demand, at most one an interval, and none while idle', () => {
    const { sequencer, clock } = start({ miniBlockMs: 10 })
    clock.advanceMs(100)
    sequencer.tick()
    assert.equal(sequencer.takeStep(), undefined)
    submit(sequencer, transaction({ nonce: 0n }))
    sequencer.tick()
    assert.deepEqual(kinds(sequencer.takeStep()), ['sealMiniBlock'])
    submit(sequencer, transaction({ nonce: 1n }))
    clock.advanceMs(9)
    sequencer.tick()
    assert.equal(sequencer.takeStep(), undefined)
    clock.advanceMs(1)
    sequencer.tick()
    assert.deepEqual(kinds(sequencer.takeStep()), ['sealMiniBlock'])
  })

  it('closes a block with a heartbeat mini-block when it is empty, and opens the next', () => {
    const { sequencer, clock } = start()
    clock.advanceMs(1000)
    sequencer.tick()
    const step = sequencer.takeStep()
    assert.deepEqual(kinds(step), ['sealMiniBlock', 'closeBlock', 'openBlock'])
    const [, , opened] = records(step) as [LogRecord, LogRecord, OpenBlock]
    assert.equal(opened.number, 2n)
  })

  it('gives timestamps greater than the parent with blocks of a second, not smaller with shorter ones', () => {
    for (const [blockMs, expected] of [
      [1000, [10n, 11n, 12n]],
      [100, [10n, 10n, 10n]],
    ] as const) {
      const { sequencer, clock, step } = start({ blockMs, startMs: 10_500 })
      const times = [step]
      for (let i = 0; i < 2; i++) {
        clock.advanceMs(blockMs)
        sequencer.tick()
        times.push(sequencer.takeStep()!)
        seal(sequencer, BigInt(i + 1))
      }
      const opened = times.flatMap(records).filter((record) => record.kind === 'openBlock')
      assert.deepEqual(
        opened.map(({ timestamp }) => timestamp),
        expected,
      )
    }
  })

  it('does not close a block before its parent is sealed', () => {
    const { sequencer, clock } = start()
    clock.advanceMs(1000)
    sequencer.tick()
    sequencer.takeStep()
    clock.advanceMs(1000)
    sequencer.tick()
    assert.equal(sequencer.takeStep(), undefined)
    assert.equal(sequencer.nextDeadlineMs, Infinity)
    seal(sequencer, 1n)
    assert.deepEqual(kinds(sequencer.takeStep()), [
      'sealHeader',
      'chunk',
      'sealMiniBlock',
      'closeBlock',
      'openBlock',
    ])
  })
})

describe('Sequencer, transactions that wait', () => {
  it('queues behind a nonce gap and executes the rest when it is filled', () => {
    const { sequencer } = start()
    const queued = submit(sequencer, transaction({ nonce: 1n }), transaction({ nonce: 2n }))
    assert.deepEqual(answers(queued), ['queued behind 0', 'queued behind 0'])
    const filled = submit(sequencer, transaction({ nonce: 0n }))
    const [chunk] = records(filled)
    assert.equal(chunk?.kind === 'chunk' && chunk.transactions.length, 3)
  })

  it('lets a fee cap below the base fee wait until a block allows it', () => {
    const { sequencer, clock } = start({ baseFee: GWEI })
    const waiting = submit(sequencer, transaction({ nonce: 0n, maxFeePerGas: (GWEI * 7n) / 8n }))
    assert.deepEqual(answers(waiting), ['queued behind 0'])
    clock.advanceMs(1000)
    sequencer.tick()
    // An empty block lowers the base fee by an eighth.
    assert.deepEqual(kinds(sequencer.takeStep()), ['sealMiniBlock', 'closeBlock', 'openBlock', 'chunk'])
  })

  it('replaces a waiting transaction only for more, and tells which one went', () => {
    const { sequencer } = start()
    const first = transaction({ nonce: 1n })
    submit(sequencer, first)
    const refused = submit(sequencer, transaction({ nonce: 1n, maxFeePerGas: 3n * GWEI }))
    assert.deepEqual(answers(refused), ['replacement transaction underpriced'])
    const better = submit(
      sequencer,
      transaction({ nonce: 1n, maxFeePerGas: 3n * GWEI, maxPriorityFeePerGas: 3n * GWEI }),
    )
    assert.deepEqual(
      better.dropped.map((dropped) => dropped.transaction),
      [first],
    )
  })

  it('refuses a used nonce', () => {
    const { sequencer } = start()
    submit(sequencer, transaction({ nonce: 0n }))
    assert.deepEqual(answers(submit(sequencer, transaction({ nonce: 0n }))), [
      'nonce too low: next nonce 1, tx nonce 0',
    ])
  })

  it('holds what does not fit the block, and all behind it, for the next block, in order', () => {
    const { sequencer, clock } = start({ gasLimit: 60_000n })
    const step = submit(
      sequencer,
      transaction({ nonce: 0n, gasLimit: 40_000n, gasUsed: 40_000n }),
      transaction({ nonce: 1n, gasLimit: 30_000n }),
      transaction({ nonce: 0n, sender: 2, gasLimit: 21_000n }),
    )
    assert.deepEqual(answers(step), ['executed'])
    clock.advanceMs(1000)
    sequencer.tick()
    const next = sequencer.takeStep()!
    assert.deepEqual(answers(next), ['executed', 'executed'])
    assert.deepEqual(kinds(next), ['sealMiniBlock', 'closeBlock', 'openBlock', 'chunk'])
  })

  it('holds a transaction that reads the parent hash until the header is there', () => {
    const { sequencer, clock } = start()
    clock.advanceMs(1000)
    sequencer.tick()
    sequencer.takeStep()
    const held = submit(
      sequencer,
      transaction({ nonce: 0n, readsParentHash: true }),
      transaction({ nonce: 1n }),
    )
    assert.equal(held, NOTHING)
    clock.advanceMs(10)
    seal(sequencer, 1n)
    const step = sequencer.takeStep()!
    // The parent's hash is a change of its own, before the transactions that read it.
    assert.deepEqual(kinds(step), ['sealHeader', 'chunk', 'chunk', 'sealMiniBlock'])
    assert.deepEqual(answers(step), ['executed', 'executed'])
  })
})

describe('Sequencer, start and end', () => {
  it('goes on after a restart: closes the block that was open, and chains the mini-blocks', () => {
    const log: LogRecord[] = []
    const first = start()
    log.push(...records(first.step))
    log.push(...records(submit(first.sequencer, transaction({ nonce: 0n }))))

    const tail = newTail()
    for (const record of log) tail.follow(record)
    const second = start({ tail, startMs: 20_000 })
    const [systemChunk, sealed, closed, opened] = records(second.step)
      .filter(({ kind }) => kind !== 'openBlock')
      .concat(records(second.step).filter(({ kind }) => kind === 'openBlock'))
    assert.equal(systemChunk?.kind === 'chunk' && systemChunk.transactions.length, 0)
    assert.equal(sealed?.kind === 'sealMiniBlock' && sealed.transactionCount, 1)
    assert.deepEqual(sealed?.kind === 'sealMiniBlock' && sealed.parentDigest, GENESIS_HASH)
    assert.equal(closed?.kind === 'closeBlock' && closed.gasUsed, 21_000n)
    assert.equal(opened?.kind === 'openBlock' && opened.number, 2n)
  })

  it('finishes with the open block closed and none opened, and refuses what is unanswered', () => {
    const { sequencer, clock } = start()
    clock.advanceMs(1000)
    sequencer.tick()
    sequencer.takeStep()
    submit(sequencer, transaction({ nonce: 0n, readsParentHash: true }))
    sequencer.finish()
    const refused = sequencer.takeStep()!
    assert.deepEqual(answers(refused), ['node is shutting down'])
    assert.equal(sequencer.isFinished, false)
    seal(sequencer, 1n)
    assert.equal(kinds(sequencer.takeStep()).at(-1), 'closeBlock')
    seal(sequencer, 2n)
    assert.equal(sequencer.isFinished, true)
  })
})
