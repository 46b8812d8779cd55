import {
  accounts,
  bytes,
  type Call,
  type Chain,
  delay,
  eventually,
  HttpRpc,
  hex,
  type Json,
  signTransaction,
  type UnsignedTransaction,
  unfundedAccount,
  WsRpc,
} from '../lib/index.ts'
import type { CounterContract } from './CounterContract.ts'
import type { Promises } from './Promises.ts'

const CHAIN_ID = 31337n
const BATCH = 20
const MAX_FEE = 10n ** 12n
/** Time between two looks at what is durable. */
const DURABLE_LOOK_MS = 25
const QUEUE_AFTER_MS = 40
/** These accounts only leave a nonce gap. */
const QUEUEING = [9, 8, 7, 6, 5, 4]
/** The pool holds 64 transactions of one account. */
const MAX_QUEUED = 60
/** Rounds that have an account to queue with; as many as the last one has are left for faults of disks. */
export const MAX_ROUNDS: number = (QUEUEING.length - 1) * MAX_QUEUED

/** Clients that send as fast as they get answers, until the node is gone; what they were answered goes to `promises`. */
export class Load {
  readonly #ended: Promise<unknown>

  private constructor(clients: Promise<unknown>[]) {
    this.#ended = Promise.allSettled(clients)
  }

  static async start(
    chain: Chain,
    counter: CounterContract,
    promises: Promises,
    round: number,
  ): Promise<Load> {
    const http = new HttpRpc(chain.url)
    const socket = await WsRpc.open(chain.wsUrl)
    const clients = [
      sendSynchronously(socket, { sender: 0, to: counter.address, promises }),
      sendSynchronously(socket, { sender: 1, to: unfundedAccount(800).address, promises }),
      sendThenAsk(http, { sender: 2, to: counter.address, promises }),
      sendThenAsk(new HttpRpc(chain.url), { sender: 3, to: unfundedAccount(801).address, promises }),
      watchDurable(new HttpRpc(chain.url), promises),
      queueOne(new HttpRpc(chain.url), promises, round),
    ]
    return new Load(clients)
  }

  /** Resolves when every client has lost its connection. */
  async ended(): Promise<void> {
    await this.#ended
  }
}

type Client = { sender: number; to: string; promises: Promises }
type Rpc = Pick<HttpRpc, 'call' | 'batch'>

async function nextNonce(rpc: Rpc, sender: number): Promise<bigint> {
  return BigInt(await rpc.call('eth_getTransactionCount', [accounts[sender]!.address, 'latest']))
}

function transfers(client: Client, nonce: bigint): string[] {
  const { sender, to } = client
  return Array.from({ length: BATCH }, (_, index) =>
    hex(
      signTransaction(
        {
          type: 2,
          chainId: CHAIN_ID,
          nonce: nonce + BigInt(index),
          gasLimit: 60_000n,
          maxFeePerGas: MAX_FEE,
          to: bytes(to),
        },
        accounts[sender]!.key,
      ),
    ),
  )
}

/** Batches of eth_sendRawTransactionSync: the answers are the receipts. */
async function sendSynchronously(rpc: Rpc, client: Client): Promise<void> {
  let nonce = await nextNonce(rpc, client.sender)
  while (true) {
    const answers = await rpc.batch(
      transfers(client, nonce).map((raw): Call => ['eth_sendRawTransactionSync', [raw]]),
    )
    for (const { result } of answers as { result?: Json }[]) {
      if (!result?.transactionHash) continue
      client.promises.tellReceipt(result)
    }
    nonce = await nextNonce(rpc, client.sender)
  }
}

/** Batches of eth_sendRawTransaction, then of eth_getTransactionReceipt until all are there. */
async function sendThenAsk(rpc: HttpRpc, client: Client): Promise<void> {
  let nonce = await nextNonce(rpc, client.sender)
  while (true) {
    const sent = await rpc.batch(
      transfers(client, nonce).map((raw): Call => ['eth_sendRawTransaction', [raw]]),
    )
    const hashes = sent.map((answer) => answer.result).filter((hash) => typeof hash === 'string')
    await eventually('receipts', async () => {
      const answers = await rpc.batch(hashes.map((hash): Call => ['eth_getTransactionReceipt', [hash]]))
      for (const { result } of answers as { result?: Json }[]) {
        if (result) client.promises.tellReceipt(result)
      }
      return answers.every(({ result }) => result) ? true : undefined
    })
    nonce += BigInt(hashes.length)
  }
}

/** Asks which block is final, and for receipts until they say that they are durable. */
async function watchDurable(rpc: HttpRpc, promises: Promises): Promise<void> {
  while (true) {
    promises.tellFinalized(await rpc.call('eth_getBlockByNumber', ['finalized', false]))
    const newest = [...promises.receipts.keys()].slice(-BATCH)
    const answers = await rpc.batch(newest.map((hash): Call => ['eth_getTransactionReceipt', [hash]]))
    for (const { result } of answers as { result?: Json }[]) if (result) promises.tellReceipt(result)
    await delay(DURABLE_LOOK_MS)
  }
}

/** Some moments after the others, in the middle of their work. */
async function queueOne(rpc: HttpRpc, promises: Promises, round: number): Promise<void> {
  const tx: UnsignedTransaction = {
    type: 2,
    chainId: CHAIN_ID,
    nonce: 1000n + BigInt(round % MAX_QUEUED),
    gasLimit: 21_000n,
    maxFeePerGas: 10n ** 9n,
    to: bytes(unfundedAccount(802).address),
  }
  await delay(QUEUE_AFTER_MS)
  promises.queued.add(
    await rpc.call('eth_sendRawTransaction', [
      hex(signTransaction(tx, accounts[QUEUEING[Math.floor(round / MAX_QUEUED)]!]!.key)),
    ]),
  )
}
