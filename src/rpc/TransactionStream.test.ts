import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { OutcomeReceiver, SubmitOutcome, TransactionIntake } from './TransactionIntake.ts'
import { TransactionStream } from './TransactionStream.ts'

const LIMITS = { maxStreamedTransactions: 4, maxTransactionBytes: 100 }

/** Keeps what is submitted until the test answers it. */
class ScriptedIntake implements TransactionIntake {
  isFull = false
  readonly submitted: string[] = []
  readonly #receivers: { receiver: OutcomeReceiver; position: number }[] = []
  readonly #waiting: (() => void)[] = []

  submit(raw: Uint8Array, receiver: OutcomeReceiver, position: number, sender?: Uint8Array): void {
    this.submitted.push(Buffer.concat([raw, sender ?? Buffer.alloc(0)]).toString())
    this.#receivers.push({ receiver, position })
  }

  whenRoom(callback: () => void): void {
    this.#waiting.push(callback)
  }

  answer(position: number, outcome: SubmitOutcome = executed(position)): void {
    const { receiver, position: own } = this.#receivers[position]!
    if (outcome.kind !== 'executed') receiver.settle(own, outcome)
    else {
      // In memory that is written over.
      const memory = new Uint8Array(40)
      memory.set(outcome.hash, 5)
      receiver.executed(own, memory, 5)
      memory.fill(0xff)
    }
  }

  makeRoom(): void {
    this.isFull = false
    for (const callback of this.#waiting.splice(0)) callback()
  }
}

function executed(id: number): SubmitOutcome {
  return { kind: 'executed', hash: new Uint8Array(32).fill(id) }
}

const encode = (...texts: string[]): Buffer =>
  Buffer.concat(
    texts.flatMap((text) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(text.length)
      return [length, Buffer.from(text)]
    }),
  )

function setUp(limits = LIMITS, hasSenders = false) {
  const intake = new ScriptedIntake()
  const parts: Buffer[] = []
  const state = { takesMore: true, isEnded: false, roomCalls: 0 }
  const stream = new TransactionStream({
    intake,
    limits,
    sink: {
      write: (bytes) => {
        parts.push(Buffer.from(bytes))
        return state.takesMore
      },
      end: () => {
        state.isEnded = true
      },
    },
    onRoom: () => state.roomCalls++,
    hasSenders,
  })
  /** Answers so far, as status and id or message. */
  const answers = (): string[] => readAnswers(Buffer.concat(parts))
  return { intake, stream, state, answers }
}

function readAnswers(bytes: Buffer): string[] {
  const answers: string[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const status = bytes[offset]!
    const hashEnd = status === 255 ? offset + 1 : offset + 33
    if (status < 2) {
      answers.push(`${status} ${bytes[offset + 1]}`)
      offset = hashEnd
      continue
    }
    const end = hashEnd + 2 + bytes.readUInt16BE(hashEnd)
    answers.push(`${status} ${bytes.toString('utf8', hashEnd + 2, end)}`)
    offset = end
  }
  return answers
}

/** Until what is due at the end of this turn of the event loop has been written. */
const written = async (): Promise<void> => {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('TransactionStream with senders', () => {
  it('hands senders on where each transaction comes with one, in pieces of any size', () => {
    const [alice, bob] = ['alice', 'bob'].map((name) => name.padEnd(20, '.')) as [string, string]
    const bytes = encode('1st', '', '3rd')
    const told = Buffer.concat([
      ...[bytes.subarray(0, 4), Buffer.from(alice), bytes.subarray(4, 7)],
      ...[bytes.subarray(7, 11), Buffer.from(bob)],
      ...[bytes.subarray(11, 15), Buffer.from(alice), bytes.subarray(15)],
    ])
    for (const size of [1, 5, 23, told.length]) {
      const { intake, stream } = setUp(LIMITS, true)
      for (let at = 0; at < told.length; at += size) stream.push(told.subarray(at, at + size))
      assert.deepEqual(intake.submitted, [`1st${alice}`, bob, `3rd${alice}`])
    }
  })

  it('is in error where it ends within a sender', async () => {
    const { stream, answers } = setUp(LIMITS, true)
    stream.push(Buffer.concat([Buffer.from([0, 0, 0, 3]), Buffer.alloc(19)]))
    stream.end()
    await written()
    assert.deepEqual(answers(), ['255 the stream ends within transaction 0'])
  })
})

describe('TransactionStream', () => {
  it('submits what comes in pieces of any size, and answers in order', async () => {
    const { intake, stream, state, answers } = setUp()
    for (const byte of encode('a', 'bb', '', 'dddd')) stream.push(Buffer.of(byte))
    stream.end()
    assert.deepEqual(intake.submitted, ['a', 'bb', '', 'dddd'])
    intake.answer(3)
    intake.answer(1, { kind: 'refused', code: 'x', message: 'no good' })
    await written()
    assert.deepEqual(answers(), [])
    intake.answer(0)
    await written()
    assert.deepEqual(answers(), ['0 0', '2 no good'])
    assert.equal(state.isEnded, false)
    intake.answer(2, { kind: 'queued', hash: new Uint8Array(32).fill(2), expectedNonce: 0n })
    await written()
    assert.deepEqual(answers(), ['0 0', '2 no good', '1 2', '0 3'])
    assert.equal(state.isEnded, true)
  })

  it('writes answers together while the client is far ahead of them, and each turn once it is not', async (test) => {
    test.mock.timers.enable({ apis: ['setTimeout'] })
    const { intake, stream, answers } = setUp({ ...LIMITS, maxStreamedTransactions: 4096 })
    stream.push(encode(...Array.from({ length: 1600 }, (_, i) => `${i}`)))
    const answerTo = async (end: number) => {
      for (let position = done; position < end; position++) intake.answer(position)
      done = end
      await written()
      return answers().length
    }
    let done = 0
    assert.equal(await answerTo(400), 0)
    assert.equal(await answerTo(500), 500, 'more than 16 KiB')
    assert.equal(await answerTo(570), 500, '1,030 are under way')
    test.mock.timers.tick(1000)
    assert.equal(answers().length, 570, 'no others came')
    assert.equal(await answerTo(576), 570)
    assert.equal(await answerTo(577), 577)
    assert.equal(await answerTo(578), 578)
    stream.end()
    assert.equal(await answerTo(1600), 1600)
  })

  it('ends an empty stream', () => {
    const { stream, state } = setUp()
    stream.end()
    assert.equal(state.isEnded, true)
  })

  it('takes no more than its limit without an answer', async () => {
    const { intake, stream, state, answers } = setUp()
    stream.push(encode('0', '1', '2', '3', '4', '5'))
    assert.deepEqual(intake.submitted, ['0', '1', '2', '3'])
    assert.equal(stream.wantsMore, false)
    stream.end()
    intake.answer(1)
    await written()
    assert.equal(intake.submitted.length, 4, 'the oldest has no answer')
    intake.answer(0)
    await written()
    assert.deepEqual(intake.submitted, ['0', '1', '2', '3', '4', '5'])
    assert.equal(state.roomCalls, 1)
    for (const position of [2, 3, 4, 5]) intake.answer(position)
    await written()
    assert.deepEqual(answers(), ['0 0', '0 1', '0 2', '0 3', '0 4', '0 5'])
    assert.equal(state.isEnded, true)
  })

  it('waits while the chain has no room', async () => {
    const { intake, stream, state } = setUp()
    intake.isFull = true
    stream.push(encode('0'))
    stream.end()
    assert.deepEqual(intake.submitted, [])
    assert.equal(stream.wantsMore, false)
    intake.makeRoom()
    assert.deepEqual([intake.submitted, state.roomCalls, state.isEnded], [['0'], 1, false])
    intake.answer(0)
    await written()
    assert.equal(state.isEnded, true)
  })

  it('waits while answers are not read', async () => {
    const { intake, stream, state, answers } = setUp()
    state.takesMore = false
    stream.push(encode('0'))
    intake.answer(0)
    await written()
    assert.equal(stream.wantsMore, false)
    stream.push(encode('1'))
    stream.end()
    assert.deepEqual(intake.submitted, ['0'])
    state.takesMore = true
    stream.resume()
    intake.answer(1)
    await written()
    assert.deepEqual([answers(), state.isEnded], [['0 0', '0 1'], true])
  })
})

describe('TransactionStream of bad input', () => {
  it('answers all before a transaction that is too long, then says so and ends', async () => {
    const { intake, stream, state, answers } = setUp()
    stream.push(encode('0', 'x'.repeat(101), '2'))
    assert.deepEqual(intake.submitted, ['0'])
    assert.equal(stream.hasFailed, true)
    stream.push(encode('3'))
    intake.answer(0)
    await written()
    assert.deepEqual(answers(), ['0 0', '255 transaction 1 has 101 bytes, limit 100'])
    assert.equal(state.isEnded, true)
  })

  for (const [name, bytes] of [
    ['a length', Buffer.of(0, 0)],
    ['a transaction', encode('123').subarray(0, 5)],
  ] as const) {
    it(`says that the end cuts off ${name}`, async () => {
      const { intake, stream, state, answers } = setUp()
      stream.push(Buffer.concat([encode('0'), bytes]))
      stream.end()
      intake.answer(0)
      await written()
      assert.deepEqual(answers(), ['0 0', '255 the stream ends within transaction 1'])
      assert.equal(state.isEnded, true)
    })
  }

  it('forgets a client that is gone', async () => {
    const { intake, stream, state, answers } = setUp()
    stream.push(encode('0', '1'))
    intake.answer(0)
    stream.abandon()
    intake.answer(1)
    stream.push(encode('2'))
    await written()
    assert.deepEqual([answers(), intake.submitted, state.isEnded], [[], ['0', '1'], false])
  })

  it('writes a flood of refusals with long messages in bounded pieces', async () => {
    const { intake, stream, answers } = setUp()
    const message = 'é'.repeat(2000)
    for (let i = 0; i < 200; i++) {
      stream.push(encode('x'))
      intake.answer(i, { kind: 'refused', code: 'x', message })
    }
    await written()
    assert.deepEqual(answers(), Array(200).fill(`2 ${'é'.repeat(512)}`))
  })
})
