/**
 * `npm run bench -- readers`: several hundred WebSocket readers of the whole stream of mini-blocks, the node on one core
 * and the readers on another, with one among them that stops reading. From the sealing of a mini-block, in the
 * sequencer's thread, until its last byte is there; both times are of this machine's clock.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BulkClient, type Chain, delay, startChain } from '../test/lib/index.ts'
import type { Bench, BenchContext } from './harness.ts'
import { canPin, startOnCore } from './lib/RpcLoad.ts'
import type { ReadersReport } from './lib/streamReaders.ts'
import { type SignedTransfer, TransferLoad } from './lib/TransferLoad.ts'

const SERVER_CORE = 0
const CLIENT_CORE = 1
const READERS = join(import.meta.dirname, 'lib/streamReaders.ts')
const ACCOUNTS = 100
const WARM_UP_SECONDS = 5
const TICK_MS = 5
/** Beyond such a share of a processor the readers may be what is measured. */
const BUSY = 0.8
const RATES = [100, 500, 1000]

export const bench: Bench = {
  name: 'readers',
  summary: 'WebSocket readers of all mini-blocks of 10 ms, the node on one core: how late they get them',
  options: {
    readers: { type: 'string', help: 'how many, one of them slow (default 300)' },
    rate: { type: 'string', help: `ERC-20 transfers/s (default ${RATES.join(', ')})` },
    seconds: { type: 'string', help: 'of each measurement (default 10)' },
  },
  async run(context) {
    const { tiny, options } = context
    if (!canPin()) context.note('node and readers share all cores: taskset or a second core is missing')
    const seconds = tiny ? 1 : Number(options.seconds ?? 10)
    const readers = tiny ? 5 : Number(options.readers ?? 300)
    const rates = tiny ? [100] : options.rate === undefined ? RATES : [Number(options.rate)]
    for (const rate of rates) await measure(context, { rate, seconds, readers })
  },
}

type Shape = { rate: number; seconds: number; readers: number }

async function measure(context: BenchContext, { rate, seconds, readers }: Shape): Promise<void> {
  const rounds = Math.ceil((rate * (seconds + WARM_UP_SECONDS)) / ACCOUNTS)
  const load = new TransferLoad({ accounts: ACCOUNTS, rounds, connections: 1, blockGasLimit: 10 ** 10 })
  const folder = mkdtempSync(join(tmpdir(), 'leveret-readers-'))
  const genesisFile = join(folder, 'genesis.json')
  writeFileSync(genesisFile, load.genesis)
  const chain = await startOnCore(SERVER_CORE, () =>
    startChain({ target: 'leveret', genesisFile, miniBlockMs: 10 }),
  )
  let child: ChildProcess | undefined
  try {
    child = await startReaders(chain, readers)
    await messageOf(child)
    const transfers = load.between(0, rounds)[0]!
    const measured = transfers.splice(rate * WARM_UP_SECONDS)
    await sendEvenly(chain, transfers, rate)
    child.send('begin', onlyReportTells)
    const before = processorMs(chain.pid!)
    await sendEvenly(chain, measured, rate)
    const busy = (processorMs(chain.pid!) - before) / (seconds * 1000)
    child.send('report', onlyReportTells)
    const report = (await messageOf(child)) as ReadersReport
    reportReaders(context, { name: `${readers} readers, ${rate} transfers/s`, report, busy, seconds })
  } finally {
    child?.kill()
    await chain.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function reportReaders(
  { report: tell, note }: BenchContext,
  { name, report, busy, seconds }: { name: string; report: ReadersReport; busy: number; seconds: number },
): void {
  for (const metric of ['p50', 'p99', 'max'] as const)
    tell({ case: name, metric, value: report[metric], unit: 'ms', checksum: `${report.messages} messages` })
  tell({ case: name, metric: 'received', value: report.bytes / 2 ** 20 / seconds, unit: 'MiB/s' })
  if (Number.isFinite(busy)) tell({ case: name, metric: 'processor', value: busy, unit: 'cores' })
  if (report.busy > BUSY)
    note(`the readers' own process was ${Math.round(report.busy * 100)} % busy: it limits`)
  if (report.withGaps > 0) note(`${report.withGaps} readers have missed something`)
  if (report.dropped > 0)
    note(`${report.dropped} readers have lost their connection: what came later is not in the figures`)
}

function startReaders(chain: Chain, readers: number): Promise<ChildProcess> {
  return startOnCore(CLIENT_CORE, () =>
    fork(READERS, [String(chain.port), String(readers), '1'], { stdio: ['ignore', 2, 2, 'ipc'] }),
  )
}

/** What the readers say next. Their channel closes behind their last message, which may come after their process's end. */
function messageOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onEnd = () => reject(new Error('the process of the readers has ended'))
    if (!child.connected) return onEnd()
    child.once('disconnect', onEnd)
    child.once('message', (message) => {
      child.off('disconnect', onEnd)
      resolve(message)
    })
  })
}

/** Of what is sent to readers that have ended: waiting for their report fails, and says so. */
function onlyReportTells(): void {}

/** Each tick as many as are due by then. */
async function sendEvenly(chain: Chain, transfers: SignedTransfer[], rate: number): Promise<void> {
  const client = await BulkClient.open(chain.url, ({ message, status }) => {
    if (status > 1) throw new Error(`a transfer was refused: ${message}`)
  })
  const startMs = performance.now()
  for (let sent = 0; sent < transfers.length; ) {
    const due = Math.min(transfers.length, Math.ceil(((performance.now() - startMs) / 1000) * rate))
    if (due > sent) client.write(BulkClient.encode(transfers.slice(sent, due).map(({ raw }) => raw)))
    sent = due
    await delay(TICK_MS)
  }
  client.end()
  await client.ended
}

/** What a process has used, in hundredths of a second as Linux counts; NaN elsewhere. */
function processorMs(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).map(Number)
  return (user! + system!) * 10
}
