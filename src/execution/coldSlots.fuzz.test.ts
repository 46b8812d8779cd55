import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Engine, type EngineOptions } from './Engine.ts'
import { action, Scene, Twins } from './testing/index.ts'

const SMALL = { memoryMiB: 192, evmMemoryMiB: 114 }

function twins(evm: NonNullable<EngineOptions['evm']>): Twins {
  const plain = new Engine({ ...SMALL, evm: 'interpreter' })
  return new Twins(plain, new Engine({ ...SMALL, evm, coldMemoryMiB: 4 }), { countsAlike: true })
}

describe('an engine with a cold store', () => {
  for (const evm of ['interpreter', 'compiled'] as const) {
    const [leaders, followers] = [twins(evm), twins(evm)]
    for (const clears of [false, true]) {
      const what = clears ? 'with storage that is cleared' : 'to the byte'
      it(`does what one without does, ${what} (${evm})`, () => {
        fc.assert(
          fc.property(
            // With 100 kept, the hand spares what was used.
            fc.constantFrom(0, 5, 100),
            fc.array(action, { minLength: 5, maxLength: 40, size: 'max' }),
            (kept, actions) => {
              const scene = new Scene(leaders, followers, clears)
              for (const { other } of [leaders, followers]) other.kernel.exports.keepSlots(kept)
              for (const each of actions) scene.take(each)
              scene.check()
            },
          ),
          { numRuns: 120 },
        )
      })
    }
  }
})
