import { setTimeout as sleep } from 'node:timers/promises'
import { HttpRpc } from '../../test/lib/index.ts'
import { type BenchContext, percentileOf } from '../harness.ts'
import type { NodeProcess } from './NodeProcess.ts'
import { StreamSocket } from './StreamSocket.ts'
import { sendEvenly } from './sendEvenly.ts'
import type { SignedTransfer } from './TransferLoad.ts'
import { WaitingReader } from './WaitingReader.ts'

/** Unix ms, by number of the mini-block. */
type Times = ReadonlyMap<number, number>

export type DelayLoad = {
  sequencer: NodeProcess
  replica: NodeProcess
  /** As many as are sent at the rate in the seconds. */
  transfers: readonly SignedTransfer[]
  rate: number
  seconds: number
}

/** By reads that wait for each mini-block; then, in the second half of the time, by subscribers. */
export async function reportDelay({ report }: BenchContext, name: string, load: DelayLoad): Promise<void> {
  const { sequencer, replica, transfers, rate, seconds } = load
  const half = Math.ceil((rate * seconds) / 2)
  const first = Number(await sequencer.miniBlock()) + 1
  const readers = [
    await WaitingReader.open(sequencer.url, first),
    await WaitingReader.open(replica.url, first),
  ]
  await sendEvenly(sequencer.url, transfers.slice(0, half), rate)
  await sleep(500)
  for (const reader of readers) reader.close()
  const subscribers = [new Subscriber(sequencer.url), new Subscriber(replica.url)]
  await sendEvenly(sequencer.url, transfers.slice(half, rate * seconds), rate)
  await sleep(500)
  for (const subscriber of subscribers) subscriber.close()
  const sealedMs = await sealingTimes(sequencer.url, first)
  const [readThere, readHere, toldThere, toldHere] = [...readers, ...subscribers].map(({ atMs }) => atMs)
  const delays = {
    'sealed to read at the sequencer': delaysMs(sealedMs, readThere!),
    'sealed to read at the replica': delaysMs(sealedMs, readHere!),
    'read behind the sequencer': delaysMs(readThere!, readHere!),
    'sealed to told at the sequencer': delaysMs(sealedMs, toldThere!),
    'sealed to told at the replica': delaysMs(sealedMs, toldHere!),
  }
  for (const [what, all] of Object.entries(delays)) {
    report({ case: name, metric: `${what}, mini-blocks`, value: all.length, unit: '' })
    for (const p of [50, 99])
      report({ case: name, metric: `${what}, p${p}`, value: Math.max(0, percentileOf(all, p)), unit: 'ms' })
  }
}

/** Of those mini-blocks that are in both. */
function delaysMs(from: Times, to: Times): number[] {
  return [...to].flatMap(([number, atMs]) => (from.has(number) ? atMs - from.get(number)! : []))
}

/** When mini-blocks were sealed, from one on. */
async function sealingTimes(url: string, first: number): Promise<Times> {
  const rpc = new HttpRpc(url)
  const times = new Map<number, number>()
  const newest = await rpc.call('leveret_getMiniBlock', ['latest'])
  for (let next: string | null = `0x${first.toString(16)}`; next !== null; ) {
    const found = await rpc.call('leveret_getMiniBlocks', [next, newest.mini_block_number])
    for (const { mini_block_number, mini_block_timestamp } of found.miniBlocks)
      times.set(Number(mini_block_number), Number(mini_block_timestamp) / 1000)
    next = found.next
  }
  rpc.close()
  return times
}

/** Gets each mini-block with its transactions and receipts. */
class Subscriber {
  readonly #socket: StreamSocket
  /** When it had each. */
  readonly atMs = new Map<number, number>()

  constructor(url: string) {
    this.#socket = new StreamSocket(
      Number(new URL(url).port),
      (prefix) => this.#take(prefix),
      () => {},
    )
  }

  close(): void {
    this.#socket.close()
  }

  #take(prefix: string): void {
    const atMs = performance.timeOrigin + performance.now()
    const number = /"mini_block_number":"(0x[0-9a-f]+)"/.exec(prefix)?.[1]
    if (number !== undefined) this.atMs.set(Number(number), atMs)
  }
}
