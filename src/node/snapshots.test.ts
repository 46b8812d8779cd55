import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { LogShortError, LogWriter, listSegments, segmentPath } from '../feed/index.ts'
import { listSnapshots, prepareSnapshotFolder, SnapshotWriter, snapshotPath } from '../state/index.ts'
import type { Node } from './nodeOptions.ts'
import { pruneFolder } from './pruneFolder.ts'
import { StartError } from './startPoint.ts'
import { callNode, sealedBlock, sendSync, signedTransaction, testNodes, until } from './testing/index.ts'

const { folder, start } = testNodes()
/** A snapshot whenever something is durable. */
const OFTEN = { snapshotMiB: 1e-6 }

describe('a node that makes snapshots', () => {
  it('starts from the newest, with the same state, blocks and hashes', async () => {
    const first = await start(OFTEN)
    const receipts = await transfers(first, { from: 0, count: 3 })
    await snapshotAfter(Number(receipts.at(-1).blockNumber))
    receipts.push(...(await transfers(first, { from: 3, count: 2 })))
    const block = await sealedBlock(first, receipts.at(-1).blockNumber)
    await first.close()
    const second = await start(OFTEN)
    assert.deepEqual(second.recovered, [])
    assert.deepEqual(await callNode(second, 'eth_getBlockByNumber', [block.number, false]), block)
    assert.equal(await callNode(second, 'eth_getBalance', [RECIPIENT, 'latest']), '0x5')
    const [next] = await transfers(second, { from: 5, count: 1 })
    const proven = await callNode(second, 'eth_getProof', [RECIPIENT, [], next.blockNumber])
    assert.equal(proven.balance, '0x6')
    for (const { transactionHash, blockHash } of [...receipts, next]) {
      const receipt = await callNode(second, 'eth_getTransactionReceipt', [transactionHash])
      assert.equal(receipt.status, '0x1', `${transactionHash} ${blockHash}`)
    }
  })

  it('falls back to the snapshot before when the newest is damaged, and says so', async () => {
    const first = await start(OFTEN)
    const [{ blockNumber }] = await transfers(first, { from: 0, count: 1 })
    await snapshotAfter(Number(blockNumber))
    await first.close()
    const [newest, before] = listSnapshots(snapshots())
    flipBit(newest!.path)
    const second = await start({ snapshotMiB: 0 })
    assert.equal(second.recovered.length, 1)
    assert.match(
      second.recovered[0]!,
      /^the snapshot .*\.state can't be used: a part does not match its checksum/,
    )
    assert.ok(second.recovered[0]!.includes(newest!.path))
    assert.equal(await callNode(second, 'eth_getBalance', [RECIPIENT, 'latest']), '0x1')
    assert.deepEqual(
      listSnapshots(snapshots()).map(({ path }) => path),
      [before!.path],
    )
    assert.ok(readdirSync(snapshots()).some((name) => name.endsWith('.damaged')))
  })
})

describe('a node whose history is gone', () => {
  it('starts also when the snapshot that only history needs is damaged', async () => {
    const first = await start(OFTEN)
    const [{ blockNumber }] = await transfers(first, { from: 0, count: 1 })
    await snapshotAfter(Number(blockNumber))
    await first.close()
    rmSync(join(folder(), 'history'), { recursive: true })
    // A busy machine may have come to a third before it pruned.
    const [before, oldest] = listSnapshots(snapshots()).slice(-2)
    flipBit(oldest!.path)
    const second = await start({ snapshotMiB: 0 })
    assert.equal(second.recovered.length, 1, second.recovered.join('\n'))
    assert.equal(await callNode(second, 'eth_getBalance', [RECIPIENT, 'latest']), '0x1')
    assert.equal(second.firstNumber, before!.blockNumber + 1n)
  })

  it('starts also when that one is of the genesis, which is not in history then', async () => {
    await (await start({ snapshotMiB: 0 })).close()
    const genesis = snapshotPath(snapshots(), 0n)
    const kept = readFileSync(genesis)
    const first = await start(OFTEN)
    const [{ blockNumber }] = await transfers(first, { from: 0, count: 1 })
    await snapshotAfter(Number(blockNumber))
    await first.close()
    rmSync(join(folder(), 'history'), { recursive: true })
    const oldest = listSnapshots(snapshots()).findLast((file) => file.blockNumber > 0n)
    writeFileSync(genesis, kept)
    flipBit(genesis)
    const second = await start({ snapshotMiB: 0 })
    assert.equal(second.recovered.length, 1, second.recovered.join('\n'))
    assert.equal(await callNode(second, 'eth_getBalance', [RECIPIENT, 'latest']), '0x1')
    assert.equal(second.firstNumber, oldest!.blockNumber + 1n)
  })

  it('makes history anew from the oldest snapshot on', async () => {
    const first = await start(OFTEN)
    const [{ transactionHash, blockNumber }] = await transfers(first, { from: 0, count: 1 })
    await snapshotAfter(Number(blockNumber) + 2)
    await first.close()
    rmSync(join(folder(), 'history'), { recursive: true })
    const second = await start()
    assert.equal(await callNode(second, 'eth_getBalance', [RECIPIENT, 'latest']), '0x1')
    // The transaction stands before the oldest snapshot that is left.
    assert.equal(await callNode(second, 'eth_getTransactionReceipt', [transactionHash]), null)
    assert.equal((await transfers(second, { from: 1, count: 1 }))[0].status, '0x1')
  })
})

describe('a node that has no place to start from', () => {
  it('stops with the reason when no snapshot is good, and when the log ends before the snapshot', async () => {
    const first = await start(OFTEN)
    const [{ blockNumber }] = await transfers(first, { from: 0, count: 1 })
    await snapshotAfter(Number(blockNumber))
    await first.close()
    const log = join(folder(), 'log')
    const kept = readFileSync(segmentPath(log, 0))
    writeFileSync(segmentPath(log, 0), kept.subarray(0, 60))
    await assert.rejects(start(), LogShortError, 'history has the blocks')
    rmSync(join(folder(), 'history'), { recursive: true })
    await assert.rejects(
      start(),
      (error) => error instanceof StartError && /ends at record 0/.test(error.message),
    )
    writeFileSync(segmentPath(log, 0), kept)
    for (const { path } of listSnapshots(snapshots())) flipBit(path)
    await assert.rejects(
      start(),
      (error) => error instanceof StartError && /no good snapshot/.test(error.message),
    )
  })
})

describe('a node that runs when a snapshot is damaged', () => {
  it('sets a newest snapshot aside that is damaged when the next is made from it, and goes on from the one before', async () => {
    const node = await start(OFTEN)
    const isSetAside = () => readdirSync(snapshots()).some((name) => name.endsWith('.damaged'))
    let nonce = 0
    // Another snapshot may come between the look at the newest and the damage: then it is tried again.
    for (; nonce < 20 && !isSetAside(); nonce++) {
      const [{ blockNumber }] = await transfers(node, { from: nonce, count: 1 })
      await snapshotAfter(Number(blockNumber))
      if (!isSetAside()) flipBit(listSnapshots(snapshots())[0]!.path)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    assert.ok(isSetAside())
    const [{ blockNumber }] = await transfers(node, { from: nonce, count: 1 })
    await snapshotAfter(Number(blockNumber))
  })
})

describe('pruneFolder', () => {
  it('keeps two snapshots, and the log from the older one on once history has the blocks', () => {
    const { request, segments } = prunable()
    assert.deepEqual(pruneFolder({ ...request, historyHead: { branch: 0n, blockNumber: 1n } }), {
      snapshotCount: 0,
      segmentCount: 0,
    })
    assert.deepEqual(listSegments(request.log), segments, 'history does not have block 2 yet')
    assert.deepEqual(pruneFolder({ ...request, historyHead: { branch: 0n, blockNumber: 2n } }), {
      snapshotCount: 1,
      segmentCount: 2,
    })
    assert.deepEqual(listSegments(request.log), segments.slice(2))
    assert.deepEqual(
      listSnapshots(request.snapshots).map(({ blockNumber }) => blockNumber),
      [3n, 2n],
    )
  })

  it('keeps the whole log, and the oldest snapshot, where it is asked to', () => {
    const { request, segments } = prunable()
    assert.deepEqual(pruneFolder({ ...request, keepLog: true }), { snapshotCount: 0, segmentCount: 0 })
    assert.deepEqual(listSegments(request.log), segments)
  })

  /** Five segments or so, and snapshots of blocks 1, 2 and 3 that go on at segments 1, 2 and 3. */
  function prunable() {
    const log = join(folder(), 'log')
    const genesisHash = new Uint8Array(32).fill(7)
    const writer = LogWriter.open(log, { genesisHash, segmentBytes: 100 })
    for (let number = 0n; number < 10n; number++)
      writer.append([{ kind: 'sealHeader', number, header: new Uint8Array(60) }])
    writer.close()
    for (const number of [1, 2, 3]) {
      const place = { segment: number, offset: 60, recordNumber: 0n }
      const head = { genesisHash, blockNumber: BigInt(number), header: new Uint8Array(1), log: place }
      prepareSnapshotFolder(snapshots())
      new SnapshotWriter(snapshotPath(snapshots(), BigInt(number)), {
        ...head,
        tail: new Uint8Array(0),
      }).finish()
    }
    const request = {
      snapshots: snapshots(),
      log,
      keepLog: false,
      historyHead: { branch: 0n, blockNumber: 3n },
    }
    return { request, segments: listSegments(log) }
  }
})

const RECIPIENT = `0x${'cd'.repeat(20)}`

function snapshots(): string {
  return join(folder(), 'snapshots')
}

function flipBit(path: string): void {
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1]! ^= 4
  writeFileSync(path, bytes)
}

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON comes
async function transfers(node: Node, { from, count }: { from: number; count: number }): Promise<any[]> {
  const receipts = []
  for (let nonce = from; nonce < from + count; nonce++) {
    const raw = signedTransaction({ nonce: BigInt(nonce), gasLimit: 21_000n, to: RECIPIENT, value: 1n })
    receipts.push(await sendSync(node, raw))
  }
  return receipts
}

/** Two snapshots, the older of at least this block. */
async function snapshotAfter(blockNumber: number): Promise<void> {
  await until(`a snapshot of block ${blockNumber}`, () => {
    const files = listSnapshots(snapshots())
    return files.length >= 2 && Number(files[1]!.blockNumber) >= blockNumber
  })
}
