import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { METHODS } from '../../src/rpc/methods/index.ts'
import { anvilInstalled, type Chain, type Json, needsAnvil, startChain } from '../lib/index.ts'
import { DevSession } from './DevSession.ts'
import { DIFFERENCES, NOT_OFFERED } from './differences.ts'
import { FLAGS, SCRIPT } from './script.ts'

let chains: Chain[] = []
let sessions: DevSession[] = []
before(async () => {
  if (!anvilInstalled()) return
  chains = await Promise.all([
    startChain({ target: 'leveret', mining: 'auto', extraArguments: [...FLAGS] }),
    startChain({ target: 'anvil', extraArguments: [...FLAGS] }),
  ])
  sessions = chains.map(({ url }) => new DevSession(url))
})
after(async () => {
  for (const session of sessions) session.close()
  await Promise.all(chains.map((chain) => chain.stop()))
})

describe("developers' methods, on Leveret and on anvil", needsAnvil, () => {
  for (const { name, run } of SCRIPT) {
    it(name, async (test) => {
      // One that fails must not leave the other at work.
      const outcomes = await Promise.allSettled(sessions.map(run))
      const [ours, anvils] = outcomes.map((outcome) => {
        if (outcome.status === 'rejected') throw outcome.reason
        return outcome.value
      }) as [Json, Json]
      const reason = DIFFERENCES[name]
      if (reason === undefined) assert.deepEqual(ours, anvils)
      else {
        test.diagnostic(`deliberately different: ${reason}`)
        assert.notDeepEqual(ours, anvils, 'the difference is gone: take it off the list')
      }
    })
  }

  it('calls every method that is offered under these names', () => {
    const offered = [...METHODS.keys()].filter((name) => /^(?:anvil|hardhat|evm)_/.test(name))
    const missing = offered.filter((name) => !sessions[0]!.called.has(name))
    assert.deepEqual(missing, [])
  })
})

describe('what is deliberately different', () => {
  it('is listed with its reason', (test) => {
    for (const name of Object.keys(DIFFERENCES))
      assert.ok(
        SCRIPT.some((step) => step.name === name),
        name,
      )
    for (const [name, reason] of Object.entries(NOT_OFFERED)) {
      assert.ok(!METHODS.has(name), `${name} is offered`)
      test.diagnostic(`not offered: ${name}: ${reason}`)
    }
  })
})
