/** Snapshots of a large state: import of a genesis, start-up, and a snapshot beside execution. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Engine } from '../../src/execution/index.ts'
import { bytesToHex, Prng } from '../../src/lib/index.ts'
import { importDb } from '../../src/node/index.ts'
import { startThread } from '../../src/node/startThread.ts'
import { listSnapshots } from '../../src/state/index.ts'
import {
  accounts,
  type Call,
  type Chain,
  eventually,
  HttpRpc,
  hex,
  signTransaction,
  startChain,
} from '../../test/lib/index.ts'
import type { BenchContext } from '../harness.ts'
import { deployToken, giveTokens, transferData } from './contracts.ts'
import { benchGenesis, type GenesisAccount } from './genesis.ts'
import { addressOf, Ledger } from './Ledger.ts'

type Sizes = { count: number; name: string; memoryMiB: number; changes: number }

/** Imports a genesis, starts a node on it, changes something and takes a snapshot of that. */
export async function benchSnapshots(context: BenchContext): Promise<void> {
  const sizes: Sizes = context.tiny
    ? { count: 2_000, name: '2,000', memoryMiB: 384, changes: 50 }
    : { count: 10_000_000, name: '10 M', memoryMiB: 4095, changes: 20_000 }
  const folder = mkdtempSync(join(tmpdir(), 'leveret-snapshots-'))
  try {
    const genesis = join(folder, 'genesis.json')
    const data = join(folder, 'data')
    const bytesWritten = writeGenesis(genesis, sizes)
    const name = `genesis of ${sizes.name} accounts`
    const importMs = await timed(() => importDb({ data, path: genesis, onProgress: () => {} }))
    context.report({
      case: name,
      metric: 'import',
      value: sizes.count / (importMs / 1000),
      unit: 'accounts/s',
    })
    context.report({ case: name, metric: 'file', value: bytesWritten / 2 ** 20, unit: 'MiB' })
    rmSync(genesis)
    await benchStart(context, data, sizes)
    await benchTaking(context, data, sizes)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Accounts with ether, the tests' funded ones among them; in pieces, since a string can't hold them all. */
function writeGenesis(path: string, { count }: Sizes): number {
  const empty = JSON.stringify(benchGenesis({}, { gasLimit: 1_000_000_000 }))
  const file = openSync(path, 'w')
  let written = writeSync(file, `${empty.slice(0, empty.lastIndexOf('{}'))}{`)
  let text = accounts
    .map(({ address }) => entryText(address.slice(2), { balance: `0x${(10n ** 24n).toString(16)}` }))
    .join(',')
  for (let i = 0; i < count; i++) {
    text += `,${entryText(bytesToHex(addressOf(i)).slice(2), { balance: '0xde0b6b3a7640000' })}`
    if (text.length < 1 << 20) continue
    written += writeSync(file, text)
    text = ''
  }
  written += writeSync(file, `${text}}}`)
  closeSync(file)
  return written
}

function entryText(address: string, account: GenesisAccount): string {
  return `"${address}":${JSON.stringify(account)}`
}

async function benchStart(
  context: BenchContext,
  data: string,
  { name, memoryMiB, changes }: Sizes,
): Promise<void> {
  const chain = await startChain({
    ...{ target: 'leveret', dataFolder: data },
    extraArguments: ['--memory-mb', String(memoryMiB), '--snapshot-mb', '0'],
  })
  context.report({
    ...{ case: `start from a snapshot of ${name} accounts`, metric: 'to the first answer' },
    ...{ value: chain.startMs / 1000, unit: 's' },
  })
  await transferToNew(chain, changes)
  await chain.stop()
}

/** Transfers to as many accounts that were not there before. */
async function transferToNew(chain: Chain, count: number): Promise<void> {
  const rpc = new HttpRpc(chain.url)
  const random = new Prng(7)
  for (let nonce = 0; nonce < count; ) {
    const calls: Call[] = []
    for (; nonce < count && calls.length < 100; nonce++) {
      const to = random.nextBytes(20)
      const fields = {
        type: 2,
        chainId: 31337n,
        nonce: BigInt(nonce),
        gasLimit: 21_000n,
        value: 1n,
        to,
      } as const
      calls.push([
        'eth_sendRawTransaction',
        [hex(signTransaction({ ...fields, maxFeePerGas: 10n ** 12n }, accounts[0]!.key))],
      ])
    }
    await rpc.results(calls)
  }
  await eventually('the last transfer', async () => {
    const next = BigInt(await rpc.call('eth_getTransactionCount', [accounts[0]!.address, 'latest']))
    return next === BigInt(count) ? true : undefined
  })
  rpc.close()
}

/** Transfers between two looks at whether it is over. */
const ROUND = 1_000

async function benchTaking(context: BenchContext, data: string, { name }: Sizes): Promise<void> {
  const [snapshots, log] = [join(data, 'snapshots'), join(data, 'log')]
  const alone = new Execution()
  await alone.perSecondWhile(new Promise((resolve) => setTimeout(resolve, 200)))
  const before = await alone.perSecondWhile(
    new Promise((resolve) => setTimeout(resolve, context.tiny ? 50 : 5000)),
  )
  const startMs = performance.now()
  const { branch, blockNumber } = listSnapshots(snapshots)[0]!
  const upTo = { branch, blockNumber: blockNumber + 1n }
  const request = { snapshots, log, upTo, keepLog: true, historyHead: { branch, blockNumber: 0n } }
  const worker = startThread('snapshotWorker', request, [])
  const made = new Promise<void>((resolve, reject) => {
    worker.once('exit', () => resolve())
    worker.once('error', reject)
  })
  const beside = await alone.perSecondWhile(made)
  const title = `snapshot of ${name} accounts`
  const report = (metric: string, value: number, unit: string) =>
    context.report({ case: title, metric, value, unit })
  report('time, at a quarter of a core', (performance.now() - startMs) / 1000, 's')
  report('execution meanwhile', beside / before, 'of execution alone')
}

/** Executes the same ERC-20 transfer again and again, in an engine of its own, on this thread. */
class Execution {
  readonly #ledger: Ledger = new Ledger(new Engine())
  readonly #call: Parameters<Ledger['call']>[0]

  constructor() {
    const to = deployToken(this.#ledger)
    const [sender, receiver] = [this.#ledger.account(0), this.#ledger.account(1)]
    giveTokens(this.#ledger, to, sender)
    this.#call = { sender, to, data: transferData(receiver, 1n) }
  }

  async perSecondWhile(end: Promise<unknown>): Promise<number> {
    let isOver = false
    void end.finally(() => {
      isOver = true
    })
    const startMs = performance.now()
    let executed = 0
    while (!isOver) {
      for (let i = 0; i < ROUND; i++) this.#ledger.call(this.#call)
      executed += ROUND
      await new Promise((resolve) => setImmediate(resolve))
    }
    await end
    return executed / ((performance.now() - startMs) / 1000)
  }
}

async function timed(work: () => unknown): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}
