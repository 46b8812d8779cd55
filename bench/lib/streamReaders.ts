/** Readers of mini-blocks in a process of their own: `streamReaders.ts PORT READERS SLOW`. The slow ones stop reading. */
import { percentile } from '../harness.ts'
import { StreamSocket } from './StreamSocket.ts'

/** What the readers have seen since they were told to begin. */
export type ReadersReport = {
  messages: number
  bytes: number
  /** Milliseconds from sealing to the last byte. */
  p50: number
  p99: number
  max: number
  /** Readers that have missed a mini-block, or got one twice. */
  withGaps: number
  /** Readers whose connection has ended; the slow ones, which may be given up, don't count. */
  dropped: number
  /** Of a processor, what this process has used. */
  busy: number
}

const [port, readers, slow] = process.argv.slice(2).map(Number) as [number, number, number]
const { timeOrigin } = performance
let late: number[] = []
let bytes = 0
let isMeasuring = false
let begin = { usage: process.cpuUsage(), ms: 0 }
const gaps = new Set<number>()
let dropped = 0

const sockets = Array.from({ length: readers }, (_, reader) => {
  let last: bigint | undefined
  const onMessage = (prefix: string, length: number): void => {
    const seal = /"mini_block_number":"(0x\w+)","mini_block_timestamp":"(0x\w+)"/.exec(prefix)
    if (seal === null) return
    const number = BigInt(seal[1]!)
    if (last !== undefined && number !== last + 1n) gaps.add(reader)
    last = number
    if (!isMeasuring) return
    late.push(timeOrigin + performance.now() - Number(seal[2]) / 1000)
    bytes += length
  }
  return new StreamSocket(port, onMessage, () => {
    if (reader >= slow) dropped++
  })
})

process.on('message', (message) => {
  if (message === 'begin') {
    isMeasuring = true
    late = []
    bytes = 0
    begin = { usage: process.cpuUsage(), ms: performance.now() }
    for (const socket of sockets.slice(0, slow)) socket.pause()
  } else {
    const ascending = Float64Array.from(late).sort() as unknown as number[]
    const [p50, p99, max] = [50, 99, 100].map((p) => percentile(ascending, p)) as [number, number, number]
    const { user, system } = process.cpuUsage(begin.usage)
    const busy = (user + system) / 1000 / (performance.now() - begin.ms)
    const report: ReadersReport = {
      ...{ messages: late.length, bytes, p50, p99, max, busy },
      ...{ withGaps: gaps.size, dropped },
    }
    process.send!(report, () => process.exit())
  }
})
process.send!('ready')
