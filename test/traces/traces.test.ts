import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accounts, needsAnvil } from '../lib/index.ts'
import { sameCalls, sameFlatTraces, samePrestate, sameSteps } from './anvilDifferences.ts'
import { CORPUS } from './corpus.ts'
import { TwoNodes } from './TwoNodes.ts'

const sender = accounts[0]!.address.toLowerCase()

describe('traces are those of anvil', needsAnvil, () => {
  let nodes: TwoNodes

  before(async () => {
    nodes = await TwoNodes.start()
  })
  after(() => nodes.close())

  for (const { name, prepare } of CORPUS) {
    it(name, async () => {
      const sending = await prepare(nodes)
      const hash = await nodes.send(sending)
      const [receipt] = await nodes.calls('eth_getTransactionReceipt', [hash])
      const logsBefore = Number(receipt.logs[0]?.logIndex ?? 0)

      const config = { tracer: 'callTracer', tracerConfig: { withLog: true } }
      const calls = await nodes.traces(hash, config)
      assert.equal(BigInt(calls[0].gas), sending.gas ?? 3_000_000n)
      sameCalls(...calls, { logsBefore })
      assert.deepEqual(calls[0], calls[1])

      // Parity leaves calls of precompiles out; anvil doesn't.
      if (!name.startsWith('precompile')) {
        const flat = await nodes.calls('trace_transaction', [hash])
        sameFlatTraces(...flat)
        assert.deepEqual(flat[0], flat[1])
      }

      const steps = await nodes.traces(hash, {})
      sameSteps(...steps, { delegates: sending.delegations !== undefined })
      assert.deepEqual(steps[0].structLogs, steps[1].structLogs)
      assert.deepEqual([steps[0].gas, steps[0].failed], [steps[1].gas, steps[1].failed])

      const states = await nodes.traces(hash, { tracer: 'prestateTracer' })
      const delegate = sending.delegations?.[0]?.delegate
      samePrestate(...states, { sender, ...(delegate === undefined ? {} : { delegate }) })
      assert.deepEqual(states[0], states[1])
    })
  }
})
