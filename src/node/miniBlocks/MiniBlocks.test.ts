import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { Engine } from '../../execution/index.ts'
import { type LogRecord, LogWriter, pruneLog, type SealHeader } from '../../feed/index.ts'
import { History } from '../../history/index.ts'
import { Prng } from '../../lib/index.ts'
import { MiniBlockPrunedError, type ViewBlock, type ViewMiniBlock } from '../../rpc/index.ts'
import { localGenesisJson } from '../genesisJson.ts'
import { readGenesis } from '../importGenesis.ts'
import { NodeView } from '../NodeView.ts'
import { restoringDiff } from '../rewinding/index.ts'
import { RandomChain } from '../testing/index.ts'
import { genesisRecord } from '../viewBlocks.ts'
import { MiniBlockBuilder } from './MiniBlockBuilder.ts'
import { MiniBlocks } from './MiniBlocks.ts'

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32))

const folder = mkdtempSync(join(tmpdir(), 'leveret-mini-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const { chain } = readGenesis({
  text: JSON.stringify({ ...JSON.parse(localGenesisJson()), alloc: {} }),
})

/** A view that follows a made-up chain, whose log is written in small segments; what it told is kept. */
async function followed(
  name: string,
  blocks: bigint,
  { goesBack = false }: { goesBack?: boolean } = {},
): Promise<{
  view: NodeView
  log: string
  told: unknown[]
  records: readonly LogRecord[]
  close: () => Promise<void>
}> {
  const log = join(folder, name, 'log')
  const history = History.open(join(folder, name, 'history'), { genesisHash: chain.hash })
  history.append(genesisRecord(chain))
  const { header, encodedHeader } = chain
  const start = { blockNumber: header.number, header: encodedHeader, miniBlockNumber: 0n }
  const engine = new Engine({ memoryMiB: 384, evm: 'interpreter' })
  const view = new NodeView({ chain, engine, history, start, logFolder: log, clientVersion: 'test' })
  const told: unknown[] = []
  view.subscribe((event) => {
    if (event.kind === 'miniBlock') told.push(comparable(event.miniBlock))
  })
  const random = new Prng(SEED + 1)
  const source = new RandomChain(chain, new Prng(SEED))
  const writer = LogWriter.open(log, { genesisHash: chain.hash, segmentBytes: 20_000 })
  while (view.sealedNumber < blocks) {
    const record = source.next()
    writer.append([record])
    view.follow(record)
    if (!goesBack || record.kind !== 'sealMiniBlock' || view.sealedNumber < 2n) continue
    if (random.nextInt(60) > 0) continue
    const blockNumber = view.sealedNumber - BigInt(random.nextInt(3))
    const rewind = source.rewind({ blockNumber, diff: await restoringDiff(view.restorable, blockNumber) })
    writer.append([rewind])
    view.follow(rewind)
  }
  writer.close()
  return { view, log, told, records: source.records, close: () => history.close() }
}

/** All that a mini-block says, without how it is kept. */
function comparable(miniBlock: ViewMiniBlock): unknown {
  const { block, firstTransactionIndex, transactionCount, heads, ...rest } = miniBlock
  const part = block.transactions.slice(firstTransactionIndex, firstTransactionIndex + transactionCount)
  return {
    ...rest,
    ...{ firstTransactionIndex, transactionCount, timestamp: block.timestamp, transactions: [...part] },
    heads: heads.map(({ block, miniBlockCount }) => ({ block: plain(block, rest.rewindTo), miniBlockCount })),
  }
}

/** Of the block that a rewind leads to only the header is told. */
function plain(block: ViewBlock, rewindTo: bigint | undefined): unknown {
  if (rewindTo !== undefined) return block.hash
  return { ...block, transactions: [...block.transactions] }
}

/** With nothing in memory. */
function restartedAt(newest: bigint, logFolder: string): MiniBlocks {
  const builder = new MiniBlockBuilder(newest + 1n)
  return new MiniBlocks({
    ...{ builder, logFolder },
    hashOf: () => undefined,
    fieldsNow: () => assert.fail('nobody asks'),
  })
}

async function numbersOf(read: AsyncIterable<ViewMiniBlock>): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const miniBlock of read) found.push(comparable(miniBlock))
  return found
}

describe('mini-blocks by number', () => {
  it(`are those that were told, from memory and from the log, over rewinds too (seed ${SEED})`, async () => {
    const { view, log, told, close } = await followed('all', 400n, { goesBack: true })
    assert.ok(told.length > 512, 'more than there are in memory')
    assert.equal(view.miniBlocks.newest, BigInt(told.length))
    const restarted = restartedAt(view.miniBlocks.newest, log)
    for (const from of [1, 2, 57, 400, told.length - 256, told.length - 255, told.length, told.length + 1]) {
      for (const source of [view.miniBlocks, restarted])
        assert.deepEqual(await numbersOf(source.read(BigInt(from))), told.slice(from - 1), `from ${from}`)
    }
    await close()
  })

  it('says which is the oldest once the log is pruned', async () => {
    const { view, log, told, close } = await followed('pruned', 300n)
    pruneLog(log, { firstSegment: 5 })
    const refused = await numbersOf(view.miniBlocks.read(1n)).catch((error) => error)
    assert.ok(refused instanceof MiniBlockPrunedError)
    const from = Number(refused.oldest)
    assert.ok(from > 1 && from < told.length)
    assert.deepEqual(await numbersOf(view.miniBlocks.read(refused.oldest)), told.slice(from - 1))
    await close()
  })

  it('are whole behind a snapshot, too, though a header before it stands behind it in the log', async () => {
    const { log, told, records, close } = await followed('behind', 12n)
    const at = records.findIndex((record) => record.kind === 'closeBlock' && record.number === 10n) + 1
    const seals = records.slice(0, at).filter(({ kind }) => kind === 'sealMiniBlock')
    const sealed = records.find(
      (record) => record.kind === 'sealHeader' && record.number === 10n,
    ) as SealHeader
    const history = History.open(join(folder, 'behind', 'later'), { genesisHash: chain.hash })
    const view = new NodeView({
      ...{ chain, history, engine: new Engine({ memoryMiB: 384, evm: 'interpreter' }) },
      ...{ logFolder: log, clientVersion: 'test' },
      start: { blockNumber: 10n, header: sealed.header, miniBlockNumber: BigInt(seals.length) },
    })
    for (const record of records.slice(at)) view.follow(record)
    assert.deepEqual(
      await numbersOf(view.miniBlocks.read(BigInt(seals.length) + 1n)),
      told.slice(seals.length),
    )
    await history.close()
    await close()
  })

  it('end at the newest, though the log has more', async () => {
    const { view, log, told, close } = await followed('ahead', 20n)
    const behind = restartedAt(5n, log)
    assert.ok(view.miniBlocks.newest > 5n)
    assert.deepEqual(await numbersOf(behind.read(2n)), told.slice(1, 5))
    await close()
  })
})
