import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { accounts, type Chain, HttpRpc, hex, signTransaction, startChain } from '../../lib/index.ts'
import { RequestAttack } from './RequestAttack.ts'

export const REQUESTS_HELP = `npm run fuzz -- requests [options]: requests in which anything may be wrong, to a started node

  --seconds N        how long (default 60)
  --seed N           of the requests (default: a random one, printed)`

const ROUNDS = 6
const ENDING_MS = 3000

/** Runs the command; returns the exit code: 1 for an answer that must not be, or a node that ended, 2 where it can't run. */
export async function requestsCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    console.log(REQUESTS_HELP)
    return 0
  }
  const seconds = Number(values.seconds)
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
  if (!(seconds > 0) || !Number.isSafeInteger(seed)) {
    process.stderr.write('--seed is a whole number, --seconds a number above 0.\n')
    return 2
  }
  console.log(`seed ${seed}`)
  const chain = await startChain({ target: 'leveret' })
  try {
    return await attackNode(chain, { seconds, seed })
  } finally {
    await chain.stop()
  }
}

async function attackNode(
  chain: Chain,
  { seconds, seed }: { seconds: number; seed: number },
): Promise<number> {
  const rpc = new HttpRpc(chain.url)
  const raws = [0n, 1n, 5n].map((nonce) => hex(transfer(nonce)))
  const hash = (await rpc.call('eth_sendRawTransaction', [raws[0]])) as string
  const known = { addresses: accounts.map(({ address }) => address), hashes: [hash], raws }
  const attack = new RequestAttack({ port: chain.port, seed, known })
  for (let round = 1; round <= ROUNDS; round++) {
    const end = performance.now() + (1000 * seconds) / ROUNDS
    try {
      await attack.run(() => performance.now() > end)
      await rpc.call('eth_blockNumber')
    } catch (error) {
      // A node that is ending hasn't ended yet when its clients notice.
      await delay(ENDING_MS)
      const { message, cause } = error as Error
      const reason = cause === undefined ? message : `${message}: ${(cause as Error).message}`
      console.log(`${reason}\n${chain.running ? '' : 'the node has ended\n'}${chain.output}`)
      return 1
    }
    console.log(`${attack.answered} answers, ${residentMiB(chain)} MiB resident`)
  }
  rpc.close()
  const counts = [...attack.codes].sort(([a], [b]) => a - b)
  console.log(counts.map(([code, count]) => `${code === 0 ? 'results' : code}: ${count}`).join(', '))
  return 0
}

function transfer(nonce: bigint): Uint8Array {
  const fields = { type: 2, chainId: 31337n, nonce, gasLimit: 21_000n, maxFeePerGas: 10n ** 12n } as const
  return signTransaction({ ...fields, to: new Uint8Array(20).fill(0x11), value: 1n }, accounts[0]!.key)
}

/** Of the node's process; `?` where the system doesn't tell it. */
function residentMiB({ pid }: Chain): string {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return String(Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024))
  } catch {
    return '?'
  }
}
