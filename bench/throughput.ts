/**
 * `npm run bench -- throughput`: pre-signed ERC-20 transfers from 1,000 accounts in batches of 100, from the first byte
 * sent until every receipt is there; next to anvil with one-second blocks, the setting in which it is fastest.
 *
 * The chain starts from a genesis in which every account has ether and tokens. Each account sends to the next, so the
 * token balances at the end are those of the beginning; that and the receipts' status are checked.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeAbiParameters, encodeFunctionData, keccak256 } from 'viem'
import {
  anvilInstalled,
  bytes,
  type Chain,
  type ChainOptions,
  compile,
  delay,
  deployedCode,
  HttpRpc,
  hex,
  type Json,
  RawHttpRpc,
  signTransaction,
  startChain,
  type TestAccount,
  unfundedAccount,
  WsRpc,
} from '../test/lib/index.ts'
import { type Bench, percentile } from './harness.ts'
import { benchGenesis, type GenesisAccount } from './lib/genesis.ts'

const TOKEN = '0x00000000000000000000000000000000000707e0'
const GAS_LIMIT = 60_000n
const MAX_FEE = 10n ** 12n
const BLOCK_GAS_LIMIT = 10_000_000_000
const ANVIL_BLOCK_SECONDS = 1
const BALANCE = 10n ** 24n
const RECEIPT_BATCH = 100
const POLL_MS = 5

export const bench: Bench = {
  name: 'throughput',
  summary:
    'pre-signed ERC-20 transfers until the last receipt, over batched http and WebSocket, next to anvil',
  options: {
    accounts: { type: 'string', help: 'senders (default 1000)' },
    rounds: { type: 'string', help: 'transfers of each sender (default 20)' },
    connections: { type: 'string', help: 'connections at once (default 4)' },
    batch: { type: 'string', help: 'transactions in a batch (default 100)' },
    only: { type: 'string', help: 'leveret or anvil alone' },
  },
  async run({ tiny, repeats, options, report, note }) {
    const size = tiny ? { accounts: 20, rounds: 2, connections: 2, batch: 10 } : sizeOf(options)
    const work = new Work(size)
    try {
      for (const engine of ['leveret', 'anvil'] as const) {
        if (options.only !== undefined && options.only !== engine) continue
        if (engine === 'anvil' && !anvilInstalled()) {
          note('anvil is not installed on this platform: left out')
          continue
        }
        for (const transport of ['http', 'ws'] as const) {
          const runs: Run[] = []
          for (let repeat = 0; repeat < repeats; repeat++) {
            runs.push(await work.run(await startChain(work.chainOptions(engine)), transport))
          }
          const [{ checksum, transfers }] = runs as [Run]
          const times = runs.map(({ totalMs }) => totalMs).sort((a, b) => a - b)
          const sending = runs.map(({ sendMs }) => sendMs).sort((a, b) => a - b)
          const value = (transfers * 1000) / percentile(times, 50)
          note(
            `${engine}, ${transport}: ${percentile(sending, 50).toFixed(0)} ms until the last answer to a send`,
          )
          const name = `${transport}, batches of ${size.batch}, ${size.accounts} senders`
          report({ case: name, metric: 'transfers', value, unit: 'tx/s', engine, checksum })
        }
      }
    } finally {
      work.remove()
    }
  },
}

type Run = { sendMs: number; totalMs: number; transfers: number; checksum: string }

type Size = { accounts: number; rounds: number; connections: number; batch: number }

function sizeOf(options: Record<string, unknown>): Size {
  const number = (name: string, fallback: number) => Number(options[name] ?? fallback)
  return {
    accounts: number('accounts', 1000),
    rounds: number('rounds', 20),
    connections: number('connections', 4),
    batch: number('batch', 100),
  }
}

/** The signed transfers and the genesis they run on: the same for every repeat and engine. */
class Work {
  readonly #size: Size
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'leveret-throughput-'))
  readonly #genesisFile: string
  readonly #senders: TestAccount[]
  /** Per connection, batches of signed transfers; a sender's transfers are all on one connection, in order. */
  readonly #batches: string[][][]

  constructor(size: Size) {
    this.#size = size
    this.#senders = Array.from({ length: size.accounts }, (_, index) => unfundedAccount(10_000 + index))
    this.#batches = this.#sign()
    this.#genesisFile = join(this.#folder, 'genesis.json')
    writeFileSync(this.#genesisFile, JSON.stringify(genesis(this.#senders)))
  }

  chainOptions(target: 'leveret' | 'anvil'): ChainOptions {
    const genesisFile = this.#genesisFile
    if (target === 'leveret') return { target, genesisFile }
    const extraArguments = [
      '--block-time',
      String(ANVIL_BLOCK_SECONDS),
      '--gas-limit',
      String(BLOCK_GAS_LIMIT),
    ]
    return { target, genesisFile, extraArguments: [...extraArguments, '--no-request-size-limit'] }
  }

  /**
   * Sends everything and waits until every sender's last transfer has its receipt (nonces say that the others have);
   * then, outside the time, reads all receipts, checks the outcome and stops the chain.
   */
  async run(chain: Chain, transport: 'http' | 'ws'): Promise<Run> {
    try {
      const connections = await Promise.all(this.#batches.map(() => open(chain, transport)))
      const begin = performance.now()
      const hashes = await Promise.all(this.#batches.map((batches, i) => sendAll(connections[i]!, batches)))
      const sendMs = performance.now() - begin
      await Promise.all(hashes.map((list, i) => receiptsOf(connections[i]!, list.slice(-this.#sendersOn(i)))))
      const totalMs = performance.now() - begin
      const receipts = await Promise.all(hashes.map((list, i) => receiptsOf(connections[i]!, list)))
      for (const connection of connections) connection.close()
      const transfers = receipts.flat().length
      return { sendMs, totalMs, transfers, checksum: await this.#check(chain, receipts.flat()) }
    } finally {
      await chain.stop()
    }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** The last round's transfers are the last of a connection. */
  #sendersOn(connection: number): number {
    return this.#senders.filter((_, index) => index % this.#size.connections === connection).length
  }

  #sign(): string[][][] {
    const { connections, rounds, batch } = this.#size
    return Array.from({ length: connections }, (_, connection) => {
      const mine = this.#senders.filter((_, index) => index % connections === connection)
      const signed: string[] = []
      for (let round = 0; round < rounds; round++)
        for (const sender of mine) signed.push(this.#transfer(sender, round))
      return Array.from({ length: Math.ceil(signed.length / batch) }, (_, i) =>
        signed.slice(i * batch, (i + 1) * batch),
      )
    })
  }

  #transfer(sender: TestAccount, round: number): string {
    const next = this.#senders[(this.#senders.indexOf(sender) + 1) % this.#senders.length]!
    const data = `0xa9059cbb${next.address.slice(2).padStart(64, '0')}${'1'.padStart(64, '0')}`
    const tx = {
      type: 2,
      chainId: 31337n,
      nonce: BigInt(round),
      gasLimit: GAS_LIMIT,
      maxFeePerGas: MAX_FEE,
    } as const
    return hex(signTransaction({ ...tx, to: bytes(TOKEN), data: bytes(data) }, sender.key))
  }

  async #check(chain: Chain, receipts: Json[]): Promise<string> {
    const rpc = new HttpRpc(chain.url)
    const data = encodeFunctionData({
      abi: compile('Token').abi,
      functionName: 'balanceOf',
      args: [this.#senders[0]!.address],
    })
    const balance = BigInt(await rpc.call('eth_call', [{ to: TOKEN, data }, 'latest']))
    rpc.close()
    const succeeded = receipts.filter(
      (receipt) => receipt.status === '0x1' && receipt.logs.length === 1,
    ).length
    if (balance !== BALANCE)
      throw new Error(`${chain.target}: a balance changed from ${BALANCE} to ${balance}`)
    if (succeeded !== receipts.length)
      throw new Error(`${chain.target}: ${receipts.length - succeeded} transfers failed`)
    return `${succeeded} transfers`
  }
}

function genesis(senders: TestAccount[]): object {
  const storage: Record<string, string> = {}
  const alloc: Record<string, GenesisAccount> = {}
  for (const { address } of senders) {
    // OpenZeppelin's ERC20 keeps balances in the mapping at slot 0.
    const slot = keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [address, 0n]))
    storage[slot] = `0x${BALANCE.toString(16).padStart(64, '0')}`
    alloc[address.slice(2)] = { balance: `0x${(10n ** 24n).toString(16)}` }
  }
  alloc[TOKEN.slice(2)] = { balance: '0x0', nonce: '0x1', code: deployedCode('Token'), storage }
  return benchGenesis(alloc, { gasLimit: BLOCK_GAS_LIMIT })
}

type Post = { post(body: string): Promise<string>; close(): void }

/** Sends the batches of one connection one after another; returns the transactions' hashes. */
async function sendAll(connection: Post, batches: string[][]): Promise<string[]> {
  const hashes: string[] = []
  for (const batch of batches) {
    const answers = await callAll(connection, 'eth_sendRawTransaction', batch)
    for (const { result, error } of answers) {
      if (error) throw new Error(`a transfer was refused: ${error.message}`)
      hashes.push(result)
    }
  }
  return hashes
}

/** Receipts of all these, once they are there: the last one is asked for until it is, then all, in batches. */
async function receiptsOf(connection: Post, hashes: string[]): Promise<Json[]> {
  const receipts: Json[] = []
  for (let start = 0, last = hashes.slice(-1); start < hashes.length; ) {
    const [newest] = await callAll(connection, 'eth_getTransactionReceipt', last)
    const part = hashes.slice(start, start + RECEIPT_BATCH)
    const answers = newest.result ? await callAll(connection, 'eth_getTransactionReceipt', part) : []
    if (answers.length > 0 && answers.every(({ result }) => result)) {
      receipts.push(...answers.map(({ result }) => result))
      start += RECEIPT_BATCH
      last = part.slice(-1)
    } else {
      await delay(POLL_MS)
    }
  }
  return receipts
}

async function callAll(connection: Post, method: string, parameters: string[]): Promise<Json[]> {
  const list = parameters.map(
    (each, id) => `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":["${each}"]}`,
  )
  return JSON.parse(await connection.post(`[${list.join(',')}]`)) as Json[]
}

async function open(chain: Chain, transport: 'http' | 'ws'): Promise<Post> {
  if (transport === 'http') return await RawHttpRpc.open(chain.url)
  const rpc = await WsRpc.open(chain.wsUrl)
  return {
    post: (body) =>
      new Promise((done) => {
        rpc.socket.once('message', (data: Buffer) => done(data.toString()))
        rpc.socket.send(body)
      }),
    close: () => rpc.close(),
  }
}
