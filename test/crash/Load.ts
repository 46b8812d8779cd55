import {
  accounts,
  bytes,
  type Call,
  type Chain,
  eventually,
  HttpRpc,
  hex,
  type Json,
  signTransaction,
  type UnsignedTransaction,
  unfundedAccount,
  WsRpc,
} from '../lib/index.ts'
import type { Promises } from './CrashRun.ts'

const CHAIN_ID = 31337n
const BATCH = 20
const MAX_FEE = 10n ** 12n
/** This account only leaves a nonce gap. */
const QUEUEING = 9
/** The pool holds 64 transactions of one account. */
const MAX_QUEUED = 60

/** A contract that counts its calls in slot 0 and logs each: storage and logs must always agree. */
export class CounterContract {
  readonly address: string

  private constructor(address: string) {
    this.address = address
  }

  static async deploy(rpc: HttpRpc, promises: Promises): Promise<CounterContract> {
    // PUSH0 SLOAD PUSH1 1 ADD PUSH0 SSTORE PUSH0 PUSH0 LOG0 STOP, behind the code that deploys these 11 bytes.
    const data = bytes('0x600b8060095f395ff3' + '5f546001015f555f5fa000')
    const tx: UnsignedTransaction = {
      type: 2,
      chainId: CHAIN_ID,
      nonce: 0n,
      gasLimit: 200_000n,
      maxFeePerGas: MAX_FEE,
      data,
    }
    const receipt = await rpc.call('eth_sendRawTransactionSync', [hex(signTransaction(tx, accounts[0]!.key))])
    promises.receipts.set(receipt.transactionHash, receipt)
    return new CounterContract(receipt.contractAddress)
  }

  /** Count in storage, and number of logs. */
  async read(rpc: HttpRpc): Promise<[bigint, bigint]> {
    const [stored, head] = await rpc.results([
      ['eth_getStorageAt', [this.address, '0x0', 'latest']],
      ['eth_blockNumber', []],
    ])
    let logCount = 0
    // In pieces: one answer holds 30,000 logs at most.
    for (let from = 0; from <= Number(head); from += LOG_BLOCKS) {
      const range = { fromBlock: quantity(from), toBlock: quantity(from + LOG_BLOCKS - 1) }
      const [logs] = await rpc.results([['eth_getLogs', [{ address: this.address, ...range }]]])
      logCount += logs.length
    }
    return [BigInt(stored), BigInt(logCount)]
  }
}

/** Blocks of one look at the logs. */
const LOG_BLOCKS = 5

function quantity(number: number): string {
  return `0x${number.toString(16)}`
}

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
    if (round < MAX_QUEUED) await queueOne(http, promises, round)
    const socket = await WsRpc.open(chain.wsUrl)
    const clients = [
      sendSynchronously(socket, { sender: 0, to: counter.address, promises }),
      sendSynchronously(socket, { sender: 1, to: unfundedAccount(800).address, promises }),
      sendThenAsk(http, { sender: 2, to: counter.address, promises }),
      sendThenAsk(new HttpRpc(chain.url), { sender: 3, to: unfundedAccount(801).address, promises }),
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
      client.promises.receipts.set(result.transactionHash, result)
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
        if (result) client.promises.receipts.set(result.transactionHash, result)
      }
      return answers.every(({ result }) => result) ? true : undefined
    })
    nonce += BigInt(hashes.length)
  }
}

async function queueOne(rpc: HttpRpc, promises: Promises, round: number): Promise<void> {
  const tx: UnsignedTransaction = {
    type: 2,
    chainId: CHAIN_ID,
    nonce: 1000n + BigInt(round),
    gasLimit: 21_000n,
    maxFeePerGas: 10n ** 9n,
    to: bytes(unfundedAccount(802).address),
  }
  promises.queued.add(
    await rpc.call('eth_sendRawTransaction', [hex(signTransaction(tx, accounts[QUEUEING]!.key))]),
  )
}
