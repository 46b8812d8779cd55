import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AnsweringState } from '../bridging/index.ts'
import { TraceThread } from './TraceThread.ts'
import type { TraceJob } from './traceJob.ts'

const NOTHING: AnsweringState = {
  account: () => undefined,
  slot: () => new Uint8Array(32),
  code: () => new Uint8Array(0),
  blockHash: () => undefined,
}

/** Transactions of an empty block. */
const EMPTY_JOB: TraceJob = {
  environment: {
    fork: 'Osaka',
    chainId: 1n,
    number: 5n,
    timestamp: 1_700_000_000n,
    coinbase: new Uint8Array(20),
    gasLimit: 30_000_000n,
    baseFeePerGas: 7n,
    prevRandao: new Uint8Array(32),
    blobBaseFee: 1n,
    maxBlobGasPerBlock: 0n,
    parentBeaconBlockRoot: new Uint8Array(32),
  },
  parentHash: new Uint8Array(32),
  blockHash: undefined,
  transactions: { raw: [] },
  written: [],
  work: { kind: 'transactions', first: 0, end: 0 },
  tracers: [{ name: 'noopTracer', config: undefined }],
  timeoutMs: 30_000,
  maxCharacters: 1000,
}

const CALL: TraceJob['work'] = {
  kind: 'calls',
  requests: [
    {
      ...{ from: new Uint8Array(20), to: new Uint8Array(20).fill(1), gas: 100_000n, value: 0n, gasPrice: 0n },
      ...{ data: new Uint8Array(0), accessList: [], authorizations: [] },
    },
  ],
}

describe('TraceThread', () => {
  it('does one job after another, lets 16 wait, and takes no more', async () => {
    const thread = new TraceThread()
    const answers = Array.from({ length: 20 }, () => thread.trace(EMPTY_JOB, NOTHING))
    const kinds = (await Promise.all(answers)).map(({ kind }) => kind)
    assert.deepEqual(kinds, [...Array(17).fill('traced'), ...Array(3).fill('busy')])
    assert.deepEqual(await thread.trace(EMPTY_JOB, NOTHING), { kind: 'traced', results: [] })
    await thread.close()
  })

  it('answers what is under way when it is closed', async () => {
    const thread = new TraceThread()
    const answers = [thread.trace(EMPTY_JOB, NOTHING), thread.trace(EMPTY_JOB, NOTHING)]
    await thread.close()
    assert.deepEqual(await Promise.all(answers), [{ kind: 'busy' }, { kind: 'busy' }])
    assert.deepEqual(await thread.trace(EMPTY_JOB, NOTHING), { kind: 'busy' })
  })

  it('is closed while the thread waits for the state', async () => {
    const thread = new TraceThread()
    await thread.trace(EMPTY_JOB, NOTHING)
    const job = { ...EMPTY_JOB, transactions: undefined, work: CALL }
    const answer = thread.trace(job, NOTHING)
    // Time for the thread to ask: what it asks for comes when this thread has a turn again.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
    await thread.close()
    assert.deepEqual(await answer, { kind: 'busy' })
  })

  it('tells of a transaction that can not be read, and goes on', async () => {
    const thread = new TraceThread()
    const raw = [Uint8Array.of(0xc0)]
    const work = { kind: 'transactions', first: 0, end: 1 } as const
    const failing = await thread.trace({ ...EMPTY_JOB, transactions: { raw }, work }, NOTHING)
    assert.equal(failing.kind, 'failed')
    assert.equal((await thread.trace(EMPTY_JOB, NOTHING)).kind, 'traced')
    await thread.close()
  })
})
