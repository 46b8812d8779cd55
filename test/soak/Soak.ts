import { join } from 'node:path'
import {
  accounts,
  bytes,
  type Call,
  type Chain,
  delay,
  freePort,
  HttpRpc,
  hex,
  signTransaction,
  startChain,
  unfundedAccount,
  WsRpc,
} from '../lib/index.ts'
import { folderMiB, HeapReader, memoryOf } from './memory.ts'
import type { Sample } from './Sample.ts'

const CHAIN_ID = 31337n
const MAX_FEE = 10n ** 12n
/** Shorter than a mini-block, so that each has something to take in. */
const TICK_MS = 8
const SAMPLE_MS = 2000
/** Accounts that send the load; the next one asks how long an answer takes. */
const SENDERS = 2
const PROBE_MS = 20
/** The most that a server waits for a receipt. */
const PROBE_LIMIT_MS = 10_000
/** A fixed set, so that the state does not grow. */
const RECIPIENTS = 1000

export type SoakOptions = { rate: number; snapshotMiB: number; blockMs?: number; replica?: boolean }

/** A node under an even load of ether transfers, with a mini-block every 10 ms. */
export class Soak {
  readonly #chain: Chain
  readonly #replica: Chain | undefined
  readonly #heaps: HeapReader
  readonly #startMs = performance.now()
  #sampledMs = this.#startMs
  #executed = 0
  #miniBlocks = 0
  #latencies: number[] = []
  #isStopping = false
  #failure: unknown
  readonly #clients: Promise<void>[] = []

  private constructor(chain: Chain, replica: Chain | undefined, metricsPort: number) {
    this.#chain = chain
    this.#replica = replica
    this.#heaps = new HeapReader(metricsPort)
  }

  /** @param replica - whether another node follows it. */
  static async start({ rate, snapshotMiB, blockMs = 1000, replica = false }: SoakOptions): Promise<Soak> {
    const metricsPort = await freePort()
    const feedPort = replica ? await freePort() : undefined
    const flags = ['--snapshot-mb', String(snapshotMiB), '--metrics-port', String(metricsPort)]
    if (feedPort !== undefined) flags.push('--feed-port', String(feedPort))
    const chain = await startChain({ target: 'leveret', miniBlockMs: 10, blockMs, extraArguments: flags })
    const replicaOf = `tcp://127.0.0.1:${feedPort}`
    const follower = replica ? await startChain({ target: 'leveret', replicaOf }) : undefined
    const soak = new Soak(chain, follower, metricsPort)
    const heads = await WsRpc.open(chain.wsUrl)
    await heads.subscribe('miniBlocks', () => soak.#miniBlocks++)
    for (let sender = 0; sender < SENDERS; sender++) soak.#run(soak.#send(sender, rate / SENDERS))
    soak.#run(soak.#probe(SENDERS))
    return soak
  }

  /** Waits some time, then looks. Throws what a client failed with. */
  async sample(): Promise<Sample> {
    await delay(SAMPLE_MS)
    const heaps = await this.#heaps.read()
    if (this.#failure !== undefined) throw this.#failure
    const nowMs = performance.now()
    const seconds = (nowMs - this.#sampledMs) / 1000
    const latencies = this.#latencies.sort((a, b) => a - b)
    const sample = {
      minute: (nowMs - this.#startMs) / 60_000,
      transactionsPerSecond: this.#executed / seconds,
      miniBlocksPerSecond: this.#miniBlocks / seconds,
      ...memoryOf(this.#chain.pid!),
      ...heaps,
      replicaMiB: this.#replica === undefined ? 0 : memoryOf(this.#replica.pid!).residentMiB,
      logMiB: folderMiB(join(this.#chain.dataFolder, 'log')),
      snapshotsMiB: folderMiB(join(this.#chain.dataFolder, 'snapshots')),
      historyMiB: folderMiB(join(this.#chain.dataFolder, 'history')),
      latencyMsP50: latencies[Math.floor(latencies.length * 0.5)] ?? 0,
      latencyMsP99: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
    }
    this.#sampledMs = nowMs
    this.#executed = 0
    this.#miniBlocks = 0
    this.#latencies = []
    return sample
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#clients)
    await this.#replica?.stop()
    await this.#chain.stop()
  }

  #run(client: Promise<void>): void {
    this.#clients.push(
      client.catch((error: unknown) => {
        this.#failure ??= error
      }),
    )
  }

  /** Every tick as many transfers as the rate asks for by then. */
  async #send(sender: number, rate: number): Promise<void> {
    const rpc = new HttpRpc(this.#chain.url)
    const startMs = performance.now()
    let nonce = 0
    while (!this.#isStopping) {
      const due = Math.floor(((performance.now() - startMs) / 1000) * rate)
      // After a delay, not everything that was missed at once.
      const count = Math.min(due - nonce, Math.ceil(rate / 5))
      const calls = Array.from({ length: count }, (_, i): Call => {
        const raw = transfer(sender, nonce + i)
        return ['eth_sendRawTransaction', [raw]]
      })
      await rpc.results(calls)
      nonce += calls.length
      this.#executed += calls.length
      await delay(TICK_MS)
    }
    rpc.close()
  }

  /** How long one transaction takes until its receipt, by itself. */
  async #probe(sender: number): Promise<void> {
    const rpc = await WsRpc.open(this.#chain.wsUrl)
    for (let nonce = 0; !this.#isStopping; nonce++) {
      const raw = transfer(sender, nonce)
      const startMs = performance.now()
      await rpc.call('eth_sendRawTransactionSync', [raw, PROBE_LIMIT_MS])
      this.#latencies.push(performance.now() - startMs)
      await delay(PROBE_MS)
    }
    rpc.close()
  }
}

const recipients: Uint8Array[] = Array.from({ length: RECIPIENTS }, (_, i) =>
  bytes(unfundedAccount(2000 + i).address),
)

function transfer(sender: number, nonce: number): string {
  const to = recipients[(nonce * SENDERS + sender) % RECIPIENTS]!
  const fields = { type: 2, chainId: CHAIN_ID, nonce: BigInt(nonce), gasLimit: 21_000n } as const
  return hex(signTransaction({ ...fields, maxFeePerGas: MAX_FEE, value: 1n, to }, accounts[sender]!.key))
}
