import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Engine } from '../../execution/index.ts'
import { SpeculatorPorts, SpeculatorThreads } from './index.ts'

const COUNT = 2

it('threads that execute ahead end by themselves when they are told to', async () => {
  for (const hasEngine of [true, false]) {
    const threads = new SpeculatorThreads(COUNT)
    if (hasEngine) new SpeculatorPorts(threads.ports).attach(sharedEngine())
    threads.start('interpreter')
    assert.equal(await threads.close(), 0, `with an engine: ${hasEngine}`)
  }
})

function sharedEngine(): Engine {
  return new Engine({ memoryMiB: 384, evm: 'interpreter', sharing: { speculators: COUNT } })
}
