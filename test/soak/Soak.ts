import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  accounts,
  bytes,
  type Call,
  type Chain,
  delay,
  HttpRpc,
  hex,
  signTransaction,
  startChain,
  unfundedAccount,
  WsRpc,
} from '../lib/index.ts'

/** One look at a node, over the time since the last. */
export type Sample = {
  minute: number
  transactionsPerSecond: number
  miniBlocksPerSecond: number
  /** Of its own; without `mappedMiB`, pages of history's file, which the system takes back when it needs them. */
  residentMiB: number
  mappedMiB: number
  logMiB: number
  snapshotsMiB: number
  historyMiB: number
  latencyMsP50: number
  latencyMsP99: number
}

export const COLUMNS: readonly { key: keyof Sample; title: string }[] = [
  { key: 'minute', title: 'minute' },
  { key: 'transactionsPerSecond', title: 'tx/s' },
  { key: 'miniBlocksPerSecond', title: 'mini/s' },
  { key: 'residentMiB', title: 'memory MiB' },
  { key: 'mappedMiB', title: 'mapped MiB' },
  { key: 'logMiB', title: 'log MiB' },
  { key: 'snapshotsMiB', title: 'snap MiB' },
  { key: 'historyMiB', title: 'hist MiB' },
  { key: 'latencyMsP50', title: 'p50 ms' },
  { key: 'latencyMsP99', title: 'p99 ms' },
]

const CHAIN_ID = 31337n
const MAX_FEE = 10n ** 12n
/** Shorter than a mini-block, so that each has something to take in. */
const TICK_MS = 8
const SAMPLE_MS = 2000
/** Accounts that send the load; the next one asks how long an answer takes. */
const SENDERS = 2
const PROBE_MS = 20
/** A fixed set, so that the state does not grow. */
const RECIPIENTS = 1000

/** A node under an even load of ether transfers, with a mini-block every 10 ms. */
export class Soak {
  readonly #chain: Chain
  readonly #startMs = performance.now()
  #sampledMs = this.#startMs
  #executed = 0
  #miniBlocks = 0
  #latencies: number[] = []
  #isStopping = false
  #failure: unknown
  readonly #clients: Promise<void>[] = []

  private constructor(chain: Chain) {
    this.#chain = chain
  }

  static async start({ rate, snapshotMiB }: { rate: number; snapshotMiB: number }): Promise<Soak> {
    const chain = await startChain({
      target: 'leveret',
      miniBlockMs: 10,
      extraArguments: ['--snapshot-mb', String(snapshotMiB)],
    })
    const soak = new Soak(chain)
    const heads = await WsRpc.open(chain.wsUrl)
    await heads.subscribe('miniBlocks', () => soak.#miniBlocks++)
    for (let sender = 0; sender < SENDERS; sender++) soak.#run(soak.#send(sender, rate / SENDERS))
    soak.#run(soak.#probe(SENDERS))
    return soak
  }

  /** Waits some time, then looks. Throws what a client failed with. */
  async sample(): Promise<Sample> {
    await delay(SAMPLE_MS)
    if (this.#failure !== undefined) throw this.#failure
    const nowMs = performance.now()
    const seconds = (nowMs - this.#sampledMs) / 1000
    const latencies = this.#latencies.sort((a, b) => a - b)
    const sample = {
      minute: (nowMs - this.#startMs) / 60_000,
      transactionsPerSecond: this.#executed / seconds,
      miniBlocksPerSecond: this.#miniBlocks / seconds,
      ...memoryOf(this.#chain.pid!),
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
      await rpc.call('eth_sendRawTransactionSync', [raw])
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

function memoryOf(pid: number): Pick<Sample, 'residentMiB' | 'mappedMiB'> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mebibytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)![1]) / 1024
  return { residentMiB: mebibytes('RssAnon'), mappedMiB: mebibytes('RssFile') }
}

/** What the files take on the disk. */
function folderMiB(folder: string): number {
  let bytes = 0
  for (const name of readdirSync(folder)) {
    // A file may be pruned between the two looks.
    bytes += (statSync(join(folder, name), { throwIfNoEntry: false })?.blocks ?? 0) * 512
  }
  return bytes / 2 ** 20
}
