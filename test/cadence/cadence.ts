import {
  accounts,
  bytes,
  type Call,
  delay,
  eventually,
  hex,
  type Json,
  signTransaction,
  startChain,
  unfundedAccount,
  WsRpc,
} from '../lib/index.ts'

export type CadenceOptions = { seconds: number; miniBlockMs: number; transactionsPerSecond: number }

export type CadenceReport = {
  miniBlocks: number
  /** Numbers that were skipped or came twice. */
  missing: number
  transactions: number
  sent: number
  /** Microseconds between the timestamps of consecutive mini-blocks, ascending. */
  intervalsUs: number[]
  /** Of the subscriber's own clock, in milliseconds: what it waited between two notifications, ascending. */
  arrivalsMs: number[]
}

const TICK_MS = 1
const MAX_FEE = 10n ** 12n

/** Sends transfers at a steady rate to a node and listens to its mini-blocks. */
export async function measureCadence(options: CadenceOptions): Promise<CadenceReport> {
  const signed = signTransfers(Math.ceil(options.seconds * options.transactionsPerSecond))
  const chain = await startChain({ target: 'leveret', miniBlockMs: options.miniBlockMs })
  try {
    const sender = await WsRpc.open(chain.wsUrl)
    const listener = await WsRpc.open(chain.wsUrl)
    const watch = new Watch()
    await listener.subscribe('miniBlocks', (miniBlock) => watch.add(miniBlock))
    await sendSteadily(sender, signed, options)
    await eventually(
      'the last transaction',
      async () => (watch.transactions >= signed.length ? true : undefined),
      30_000,
    )
    sender.close()
    listener.close()
    return watch.report(signed.length)
  } finally {
    await chain.stop()
  }
}

/** Transfers of the ten accounts in turn. */
function signTransfers(count: number): string[] {
  const to = bytes(unfundedAccount(900).address)
  return Array.from({ length: count }, (_, index) => {
    const nonce = BigInt(Math.floor(index / accounts.length))
    const tx = {
      type: 2,
      chainId: 31337n,
      nonce,
      gasLimit: 21_000n,
      maxFeePerGas: MAX_FEE,
      to,
      value: 1n,
    } as const
    return hex(signTransaction(tx, accounts[index % accounts.length]!.key))
  })
}

async function sendSteadily(rpc: WsRpc, signed: string[], options: CadenceOptions): Promise<void> {
  const begin = performance.now()
  const answers: Promise<void>[] = []
  for (let sent = 0; sent < signed.length; ) {
    const due = Math.min(
      signed.length,
      Math.ceil(((performance.now() - begin) / 1000) * options.transactionsPerSecond),
    )
    if (due > sent) {
      const batch = signed.slice(sent, due).map((raw): Call => ['eth_sendRawTransaction', [raw]])
      answers.push(rpc.batch(batch).then(refuseErrors))
      sent = due
    }
    await delay(TICK_MS)
  }
  await Promise.all(answers)
}

function refuseErrors(answers: Json[]): void {
  const bad = answers.find((answer) => answer.error)
  if (bad) throw new Error(`a transfer was refused: ${bad.error.message}`)
}

class Watch {
  transactions = 0
  #count = 0
  #missing = 0
  #last: { number: bigint; timestampUs: bigint; arrivedMs: number } | undefined
  readonly #intervalsUs: number[] = []
  readonly #arrivalsMs: number[] = []

  add(miniBlock: Json): void {
    const now = {
      number: BigInt(miniBlock.mini_block_number),
      timestampUs: BigInt(miniBlock.mini_block_timestamp),
      arrivedMs: performance.now(),
    }
    const last = this.#last
    if (last) {
      const skipped = Number(now.number - last.number - 1n)
      this.#missing += Math.abs(skipped)
      this.#intervalsUs.push(Number(now.timestampUs - last.timestampUs))
      this.#arrivalsMs.push(now.arrivedMs - last.arrivedMs)
    }
    this.#last = now
    this.#count++
    this.transactions += miniBlock.transactions.length
  }

  report(sent: number): CadenceReport {
    const ascending = (list: number[]) => list.toSorted((a, b) => a - b)
    return {
      miniBlocks: this.#count,
      missing: this.#missing,
      transactions: this.transactions,
      sent,
      intervalsUs: ascending(this.#intervalsUs),
      arrivalsMs: ascending(this.#arrivalsMs),
    }
  }
}
