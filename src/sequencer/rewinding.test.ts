import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeHeader } from '../protocol/index.ts'
import type { RewindCommand } from './commands.ts'
import { answers, kinds, records, seal, start, submit, transaction } from './testing/index.ts'

const EMPTY_DIFF = new Uint8Array(12)
const OTHER = new Uint8Array(20).fill(7)

/** Back to block 0. */
function rewindCommand(): { kind: 'rewind' } & RewindCommand {
  const hash = new Uint8Array(32)
  const header = encodeHeader({
    ...{ parentHash: hash, ommersHash: hash, coinbase: new Uint8Array(20), stateRoot: hash },
    ...{ transactionsRoot: hash, receiptsRoot: hash, logsBloom: new Uint8Array(256), difficulty: 0n },
    ...{ number: 0n, gasLimit: 30_000_000n, gasUsed: 0n, timestamp: 1n, extraData: new Uint8Array(0) },
    ...{ prevRandao: hash, nonce: new Uint8Array(8), baseFeePerGas: 10n ** 9n, withdrawalsRoot: hash },
    ...{ blobGasUsed: 0n, excessBlobGas: 0n, parentBeaconBlockRoot: hash, requestsHash: hash },
  })
  return {
    kind: 'rewind',
    ...{ blockNumber: 0n, adoptedCount: 0, adopted: new Uint8Array(0), miniBlockCount: 0, header },
    ...{ hashes: hash, diff: EMPTY_DIFF, writes: undefined, clockS: 10n },
  }
}

describe('Sequencer, going back', () => {
  it('closes a block with transactions and waits for its header before it rests', () => {
    const { sequencer } = start()
    submit(sequencer, transaction({ nonce: 0n }))
    sequencer.command(1, { kind: 'hold' })
    const closing = sequencer.takeStep()
    assert.deepEqual(kinds(closing), ['sealMiniBlock', 'closeBlock'])
    assert.deepEqual(closing?.commanded, [])
    // Nothing is executed meanwhile, and nothing is due.
    assert.deepEqual(answers(submit(sequencer, transaction({ nonce: 1n }))), [])
    assert.equal(sequencer.nextDeadlineMs, Infinity)
    seal(sequencer, 1n)
    const resting = sequencer.takeStep()
    assert.deepEqual(kinds(resting), ['sealHeader'])
    assert.deepEqual(
      resting?.commanded.map(({ id, ok }) => [id, ok]),
      [[1, true]],
    )
    sequencer.command(2, { kind: 'release' })
    const released = sequencer.takeStep()
    assert.equal(records(released)[0]?.kind, 'openBlock')
    assert.deepEqual(answers(released!), ['executed'])
  })

  it('gives blocks up, opens the next with their number, and carries out what waited', () => {
    const { sequencer } = start()
    sequencer.command(1, { kind: 'hold' })
    sequencer.command(2, { kind: 'increaseTime', seconds: 5n })
    sequencer.takeStep()
    sequencer.command(3, rewindCommand())
    const step = sequencer.takeStep()
    const [rewind, opened] = records(step)
    assert.ok(rewind?.kind === 'rewind' && opened?.kind === 'openBlock')
    assert.deepEqual([rewind.blockNumber, opened.number], [0n, 1n])
    assert.deepEqual(step?.commanded.map(({ id }) => id).sort(), [2, 3])
  })

  it('writes state that waited into the block that is opened after the rest', () => {
    for (const ending of [{ kind: 'release' }, rewindCommand()] as const) {
      const { sequencer } = start()
      submit(sequencer, transaction({ nonce: 0n }))
      sequencer.command(1, { kind: 'hold' })
      seal(sequencer, 1n)
      sequencer.command(2, { kind: 'writeState', writes: [{ address: OTHER, balance: 5n }] })
      sequencer.takeStep()
      sequencer.command(3, ending)
      const step = sequencer.takeStep()
      const [opened, ...rest] = records(step).filter(({ kind }) => kind !== 'rewind')
      assert.equal(opened?.kind, 'openBlock')
      assert.equal(rest.at(-1)?.kind, 'chunk')
      assert.deepEqual(step?.commanded.map(({ id, ok }) => [id, ok]).sort(), [
        [2, true],
        [3, true],
      ])
    }
  })

  it('does not stand in the way of a stop', () => {
    const { sequencer } = start()
    submit(sequencer, transaction({ nonce: 0n }))
    sequencer.command(1, { kind: 'hold' })
    sequencer.takeStep()
    sequencer.finish()
    seal(sequencer, 1n)
    const { commanded } = sequencer.takeStep()!
    assert.deepEqual(
      commanded.map(({ id, ok }) => [id, ok]),
      [[1, false]],
    )
    assert.equal(sequencer.isFinished, true)
  })
})
