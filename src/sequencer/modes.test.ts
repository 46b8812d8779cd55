import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OpenBlock } from '../feed/index.ts'
import type { MiningMode } from '../protocol/index.ts'
import type { ChainCommand } from './commands.ts'
import type { Sequencer, SequencerStep } from './Sequencer.ts'
import { answers, kinds, records, seal, start, submit, transaction } from './testing/index.ts'

const AUTO: MiningMode = { kind: 'auto' }
const MANUAL: MiningMode = { kind: 'manual' }
const WEALTH: ChainCommand = {
  kind: 'writeState',
  writes: [{ address: new Uint8Array(20).fill(9), balance: 5n }],
}
const mine = (count: number, stepS = 0n): ChainCommand => ({ kind: 'mine', count, stepS, stepsFirst: true })

describe('Sequencer, mode auto', () => {
  it('gives what comes alone a block of its own, with its time, and makes none while idle', () => {
    const { sequencer, clock, step } = begin(AUTO)
    assert.equal(step, undefined)
    clock.advanceMs(7000)
    sequencer.tick()
    assert.equal(sequencer.takeStep(), undefined)
    const first = submit(sequencer, transaction({ nonce: 0n }))
    assert.deepEqual(kinds(first), ['openBlock', 'chunk', 'chunk', 'sealMiniBlock', 'closeBlock'])
    assert.equal(opened(first)[0]!.timestamp, 17n)
    assert.equal(sequencer.nextDeadlineMs, Infinity)
  })

  it('puts what comes together into one block, and what comes later into the next, once the header is there', () => {
    const { sequencer } = begin(AUTO)
    const first = submit(sequencer, transaction({ nonce: 0n }), transaction({ nonce: 1n }))
    assert.deepEqual(answers(first), ['executed', 'executed'])
    // It is executed at once, but its block can't be closed yet.
    const second = submit(sequencer, transaction({ nonce: 2n }))
    assert.deepEqual(kinds(second), ['openBlock', 'chunk'])
    assert.deepEqual(answers(second), ['executed'])
    assert.equal(submit(sequencer, transaction({ nonce: 3n })).frameCount, 0)
    seal(sequencer, 1n)
    const third = sequencer.takeStep()
    assert.deepEqual(
      opened(third).map(({ number }) => number),
      [3n],
    )
    assert.deepEqual(answers(third!), ['executed'])
  })

  it('makes no block of what is refused', () => {
    const { sequencer } = begin(AUTO)
    const step = submit(sequencer, transaction({ nonce: 0n, gasLimit: 40_000_000n }))
    assert.deepEqual(answers(step), ['exceeds block gas limit'])
    assert.ok(!kinds(step).includes('closeBlock'))
    const next = submit(sequencer, transaction({ nonce: 0n }))
    assert.deepEqual(
      opened(next).map(({ number }) => number),
      [1n],
    )
  })

  it('executes what waits when a written nonce makes it its turn', () => {
    const { sequencer } = begin(AUTO)
    assert.deepEqual(answers(submit(sequencer, transaction({ nonce: 4n }))), ['queued behind 0'])
    const address = new Uint8Array(20).fill(1)
    const step = command(sequencer, { kind: 'writeState', writes: [{ address, nonce: 4n }] })
    assert.equal(executedIn(step), 1)
  })
})

describe('Sequencer, mode manual', () => {
  it('lets transactions wait until a block is asked for, and takes the one that pays more first', () => {
    const { sequencer } = begin(MANUAL)
    const cheap = transaction({ sender: 1, nonce: 0n, maxPriorityFeePerGas: 1n })
    const dear = transaction({ sender: 2, nonce: 0n, maxPriorityFeePerGas: 2n })
    const next = transaction({ sender: 2, nonce: 1n, maxPriorityFeePerGas: 3n })
    assert.deepEqual(answers(submit(sequencer, cheap, dear, next)), [
      'queued behind 0',
      'queued behind 0',
      'queued behind 0',
    ])
    assert.equal([...sequencer.waiting()].length, 3)
    const step = command(sequencer, mine(1))
    assert.deepEqual(sendersIn(step), [2, 2, 1])
    assert.deepEqual(step!.commanded, [{ id: 1, ok: true, value: 1n }])
    assert.equal([...sequencer.waiting()].length, 0)
  })

  it('makes as many blocks as are asked for, each once its parent has its header', () => {
    const { sequencer } = begin(MANUAL)
    const times: bigint[] = []
    let step = command(sequencer, mine(3, 60n))
    for (let number = 1n; ; number++) {
      times.push(...opened(step).map(({ timestamp }) => timestamp))
      if (step!.commanded.length > 0) break
      seal(sequencer, number)
      step = sequencer.takeStep()
    }
    assert.deepEqual(times, [70n, 130n, 190n])
    assert.deepEqual(step!.commanded, [{ id: 1, ok: true, value: 3n }])
  })

  it('refuses more blocks than a command may ask for', () => {
    const { sequencer } = begin(MANUAL)
    const [answer] = command(sequencer, mine(100_001))!.commanded
    assert.ok(answer?.ok === false && /too many blocks: 100001 \(limit 100000\)/.test(answer.message))
  })
})

describe('Sequencer, state that is written before a block', () => {
  for (const mode of [AUTO, MANUAL]) {
    it(`opens a block for it that is opened again with its transactions (${mode.kind})`, () => {
      const { sequencer, clock } = begin(mode)
      const written = command(sequencer, WEALTH)
      assert.deepEqual(kinds(written), ['openBlock', 'chunk'])
      clock.advanceMs(5000)
      sequencer.tick()
      assert.equal(sequencer.takeStep(), undefined)
      const mined = command(sequencer, mine(1))
      assert.deepEqual(kinds(mined).slice(0, 2), ['sealMiniBlock', 'openBlock'])
      assert.deepEqual(
        [...opened(written), ...opened(mined)].map(({ number, timestamp }) => [number, timestamp]),
        [
          [1n, 10n],
          [1n, 15n],
        ],
      )
    })
  }

  it('stays open when the node stops, for the next start', () => {
    const { sequencer } = begin(AUTO)
    command(sequencer, WEALTH)
    sequencer.finish()
    assert.ok(sequencer.isFinished)
    assert.equal(sequencer.takeStep(), undefined)
  })
})

describe('Sequencer, what a developer wants of the next block', () => {
  it('holds for that block alone, or from then on', () => {
    const { sequencer } = begin(MANUAL)
    const coinbase = new Uint8Array(20).fill(0xcb)
    const prevRandao = new Uint8Array(32).fill(0xab)
    const wishes = { timestamp: 100n, baseFeePerGas: 1000n, prevRandao, coinbase, gasLimit: 25_000_000n }
    command(sequencer, { kind: 'wish', wishes })
    const first = opened(command(sequencer, mine(1))).at(-1)!
    assert.deepEqual(
      [first.timestamp, first.baseFeePerGas, first.prevRandao, first.coinbase, first.gasLimit],
      [100n, 1000n, prevRandao, coinbase, 25_000_000n],
    )
    seal(sequencer, 1n)
    const second = opened(command(sequencer, mine(1))).at(-1)!
    assert.deepEqual([second.timestamp, second.coinbase, second.gasLimit], [100n, coinbase, 25_000_000n])
    assert.notEqual(second.baseFeePerGas, 1000n)
    assert.notDeepEqual(second.prevRandao, prevRandao)
  })

  it('is refused where its time would be before the block before', () => {
    const { sequencer } = begin(MANUAL)
    command(sequencer, { kind: 'mine', count: 1, stepS: 0n, stepsFirst: true, timestamp: 50n })
    const [answer] = command(sequencer, { kind: 'wish', wishes: { timestamp: 49n } })!.commanded
    assert.deepEqual(answer, {
      ...{ id: 1, ok: false },
      message: "Timestamp error: 49 is lower than previous block's timestamp",
    })
  })

  it('moves the clock, which goes on from there', () => {
    const { sequencer, clock } = begin(MANUAL)
    assert.equal(answerOf(command(sequencer, { kind: 'increaseTime', seconds: 100n })), 100n)
    assert.equal(answerOf(command(sequencer, { kind: 'setTime', time: 200n })), 90n)
    clock.advanceMs(3000)
    assert.equal(opened(command(sequencer, mine(1))).at(-1)!.timestamp, 203n)
  })

  it('gives blocks a fixed distance in time', () => {
    const { sequencer } = begin(MANUAL)
    command(sequencer, { kind: 'wish', wishes: { timestampInterval: 12n } })
    const first = opened(command(sequencer, mine(1))).at(-1)!
    seal(sequencer, 1n)
    const second = opened(command(sequencer, mine(1))).at(-1)!
    assert.equal(second.timestamp - first.timestamp, 12n)
  })

  it('shows at once where blocks come regularly and the open one has no transactions', () => {
    const { sequencer } = start()
    const step = command(sequencer, { kind: 'wish', wishes: { timestamp: 50n } })
    assert.deepEqual(
      opened(step).map(({ number, timestamp }) => [number, timestamp]),
      [[1n, 50n]],
    )
    // Two wishes for the same block add up.
    const both = opened(command(sequencer, { kind: 'wish', wishes: { baseFeePerGas: 9n } }))
    assert.deepEqual([both[0]!.timestamp, both[0]!.baseFeePerGas], [50n, 9n])
    submit(sequencer, transaction({ nonce: 0n }))
    assert.deepEqual(kinds(command(sequencer, { kind: 'wish', wishes: { timestamp: 70n } })), [])
    const mined = opened(command(sequencer, mine(1)))
    assert.deepEqual(
      mined.map(({ number, timestamp }) => [number, timestamp]),
      [[2n, 70n]],
    )
  })
})

describe('Sequencer, changes of mode', () => {
  it('goes from regular blocks to those on demand and back', () => {
    const { sequencer, clock } = start()
    submit(sequencer, transaction({ nonce: 0n }))
    assert.ok(kinds(command(sequencer, { kind: 'setMining', mode: MANUAL })).includes('closeBlock'))
    seal(sequencer, 1n)
    sequencer.takeStep()
    clock.advanceMs(10_000)
    sequencer.tick()
    assert.equal(sequencer.takeStep(), undefined)
    const regular = command(sequencer, { kind: 'setMining', mode: { kind: 'interval', ms: 50 } })
    assert.deepEqual(
      opened(regular).map(({ number }) => number),
      [2n],
    )
    clock.advanceMs(50)
    sequencer.tick()
    assert.deepEqual(kinds(sequencer.takeStep()).slice(-2), ['closeBlock', 'openBlock'])
  })

  it('executes what waits when blocks come with transactions again', () => {
    const { sequencer } = begin(MANUAL)
    submit(sequencer, transaction({ nonce: 0n }))
    assert.equal(executedIn(command(sequencer, { kind: 'setMining', mode: AUTO })), 1)
  })
})

function begin(mining: MiningMode) {
  return start({ mining })
}

function command(sequencer: Sequencer, given: ChainCommand): SequencerStep | undefined {
  sequencer.command(1, given)
  return sequencer.takeStep()
}

function answerOf(step: SequencerStep | undefined): bigint | undefined {
  const answer = step?.commanded[0]
  return answer?.ok === true ? answer.value : undefined
}

function opened(step: SequencerStep | undefined): OpenBlock[] {
  return records(step).filter((record) => record.kind === 'openBlock')
}

function sendersIn(step: SequencerStep | undefined): number[] {
  return records(step).flatMap((record) =>
    record.kind === 'chunk' ? Array.from(record.transactions, ({ sender }) => sender[0]!) : [],
  )
}

function executedIn(step: SequencerStep | undefined): number {
  return sendersIn(step).length
}
