/**
 * A process of its own in which nothing was freed before, so that its resident set grows by what is made:
 *
 * `memoryChild.ts modules FILE COUNT`: V8's modules of one WebAssembly file, each with bytes of its own, not called.
 * `memoryChild.ts TIER FILE COUNT`: contracts in an engine of this tier, variants of one token's code, each called.
 *
 * Prints bytes per one.
 */
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { EvmTier } from '../../src/execution/index.ts'
import { withCustomSection } from './wasmSection.ts'

/** Calls of each contract: the second and third run what the first one compiled. */
const CALLS = 3

const [what, file, count] = process.argv.slice(2) as [string, string, string]
const input = new Uint8Array(readFileSync(file))
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const make =
  what === 'modules' ? makeModules(Number(count)) : await makeContracts(what as EvmTier, Number(count))
process.stdout.write(String(growth(make) / Number(count)))

/** By what the resident set grows, garbage collected, while something is made and held. */
function growth(make: () => object): number {
  collectGarbage()
  const before = process.memoryUsage.rss()
  const held = make()
  collectGarbage()
  const grown = process.memoryUsage.rss() - before
  // Looked at, so that nothing of it was garbage before.
  return held === undefined ? 0 : grown
}

function makeModules(count: number): () => object {
  const inputs = Array.from({ length: count }, (_, number) => withCustomSection(input, number))
  const first = new WebAssembly.Module(input)
  return () => [first, ...inputs.map((each) => new WebAssembly.Module(each))]
}

async function makeContracts(evm: EvmTier, count: number): Promise<() => object> {
  const { Engine } = await import('../../src/execution/index.ts')
  const { callOf, placeTokens } = await import('./compileCases.ts')
  const engine = new Engine({ evm })
  // One more than is counted: it loads the compiler.
  const [first, ...requests] = placeTokens(engine, { code: input, count: count + 1 })
  callOf(engine, first!)
  return () => {
    for (let call = 0; call < CALLS; call++) for (const request of requests) callOf(engine, request)
    return engine
  }
}
