import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { METHODS } from '../../src/rpc/methods/index.ts'
import { anvilInstalled, type Chain, type Json, needsAnvil, startChain } from '../lib/index.ts'
import { ANVIL_METHODS } from './anvilMethods.ts'
import { DevSession } from './DevSession.ts'
import { DIFFERENCES, NOT_OFFERED } from './differences.ts'
import { FLAGS, SCRIPT } from './script.ts'

const METHOD_NOT_FOUND = -32601

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

  it('offers every method of anvil, or says why not', async () => {
    const names = [...ANVIL_METHODS, ...NOT_OFFERED].filter((name) => !name.startsWith('--'))
    for (const name of new Set(names)) {
      const answer = await sessions[1]!.call(name)
      assert.notEqual(answer?.error, METHOD_NOT_FOUND, `anvil has no ${name}`)
      assert.equal(METHODS.has(name), !NOT_OFFERED.has(name), name)
    }
  })

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
    assert.ok(NOT_OFFERED.has('anvil_setChainId') && NOT_OFFERED.has('--order'), 'the table was read')
    for (const name of NOT_OFFERED) test.diagnostic(`not offered: ${name}`)
  })
})
