/**
 * `chainsChild.ts MODULE COUNT TRANSFER`: a process of its own that imports `leveret` for the first time, then makes chains, and sends
 * the raw transfer to each. Prints what it took as JSON, see ChainsRun.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ChainsRun } from '../chains.ts'

const [entry, count, transfer] = process.argv.slice(2) as [string, string, string]
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const begin = performance.now()
const { createChain } = (await import(entry)) as typeof import('../../src/node/index.ts')
const importMs = performance.now() - begin

async function open() {
  const start = performance.now()
  const chain = await createChain()
  await chain.request({ method: 'eth_blockNumber' })
  return { chain, ms: performance.now() - start }
}

const first = await open()
collectGarbage()
const before = process.memoryUsage.rss()
const further = []
for (let i = 0; i < Number(count); i++) further.push(await open())
collectGarbage()
const bytesPerChain = (process.memoryUsage.rss() - before) / further.length

const sendMs: number[] = []
for (const { chain } of further) {
  const start = performance.now()
  await chain.request({ method: 'eth_sendRawTransactionSync', params: [transfer] })
  sendMs.push(performance.now() - start)
}
const closing = performance.now()
for (const { chain } of [first, ...further]) await chain.close()
const closeMs = (performance.now() - closing) / (further.length + 1)

const run: ChainsRun = {
  ...{ importMs, firstMs: first.ms, furtherMs: further.map(({ ms }) => ms) },
  ...{ bytesPerChain, sendMs, closeMs },
}
process.stdout.write(JSON.stringify(run))
