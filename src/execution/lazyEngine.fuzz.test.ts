import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Engine, type EngineOptions } from './Engine.ts'
import { action, baseOf, GENESIS, Scene, Twins } from './testing/index.ts'

const SMALL = { memoryMiB: 192, evmMemoryMiB: 114 }

describe('a lazy engine', () => {
  for (const evm of ['interpreter', 'compiled'] as const) {
    const ground = new Engine(SMALL)
    const base = baseOf(ground)
    const twins = () =>
      new Twins(new Engine({ ...SMALL, evm: 'interpreter' }), lazyEngine(evm), { countsAlike: false })
    const lazyEngine = (evm: NonNullable<EngineOptions['evm']>) => new Engine({ ...SMALL, evm, base })
    const [leaders, followers] = [twins(), twins()]
    it(`does what one with its own state does, to the byte (${evm})`, () => {
      fc.assert(
        fc.property(
          // Whether the state is there from the start, or comes with a diff.
          fc.boolean(),
          fc.array(action, { minLength: 5, maxLength: 40, size: 'max' }),
          (isGiven, actions) => {
            ground.reset()
            if (isGiven) ground.applyDiff(GENESIS)
            const scene = new Scene(leaders, followers, false)
            for (const each of actions) scene.take(each)
            scene.check()
          },
        ),
        { numRuns: 150 },
      )
    })
  }
})
