import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bytesToHex } from '../lib/index.ts'
import { ExecutedTransactions, type Log } from '../protocol/index.ts'
import { History, HistoryMismatchError, HistoryOrderError, type SealedBlockRecord } from './index.ts'
import { decodePart, decodeSealedHead, encodePart, encodeSealedHead } from './SealedBlockRecord.ts'
import { blockRecord } from './testing/index.ts'

const genesisHash = new Uint8Array(32).fill(0x6e)

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-history-'))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const noLogs = (count: number): Log[][] => Array.from({ length: count }, () => [])
const blockOf = (number: bigint, transactionCount = 2): SealedBlockRecord =>
  blockRecord(number, noLogs(transactionCount))

/** Compares as plain byte strings: the database gives Buffers. */
function assertSameBlock(actual: SealedBlockRecord | undefined, expected: SealedBlockRecord): void {
  assert.ok(actual !== undefined, `block ${expected.number} is there`)
  assert.deepEqual(plain(actual), plain(expected))
}

function plain({ number, hash, header, miniBlockCount, transactions }: SealedBlockRecord): unknown {
  const texts = Array.from(transactions, (each) =>
    [each.hash, each.sender, each.raw, each.receipt].map(bytesToHex),
  )
  return [number, bytesToHex(hash), bytesToHex(header), miniBlockCount, texts]
}

function assertReads(history: History, blocks: SealedBlockRecord[]): void {
  for (const block of blocks) {
    assertSameBlock(history.blockByNumber(block.number), block)
    assertSameBlock(history.blockByHash(block.hash), block)
    assert.equal(history.numberByHash(block.hash), block.number)
    for (const [index, { hash }] of [...block.transactions].entries()) {
      assert.deepEqual(history.transactionLocation(hash), { blockNumber: block.number, index })
    }
  }
  assert.equal(history.headNumber, blocks.at(-1)?.number)
}

describe('History with a limit of what is committed', () => {
  it('commits the oldest nevertheless when more than 1,023 wait, and those only', () =>
    withFolder(async (folder) => {
      const blocks = Array.from({ length: 1030 }, (_, i) => blockOf(BigInt(i + 1)))
      const history = History.open(folder, { genesisHash })
      history.commitUpTo({ branch: 0n, blockNumber: 0n })
      for (const block of blocks) history.append(block)
      assert.deepEqual([history.committedNumber, history.uncommittedBlocks], [7n, 1023])
      assertReads(history, blocks)
      await history.indexed()
      assertReads(history, blocks)
      await history.close()
      const again = History.open(folder, { genesisHash })
      assertReads(again, blocks.slice(0, 7))
      await again.close()
    }))

  it('commits no block beyond the limit that it was given, and keeps it readable until it is closed', () =>
    withFolder(async (folder) => {
      const blocks = [1n, 2n, 3n].map((number) => blockOf(number))
      const history = History.open(folder, { genesisHash })
      history.commitUpTo({ branch: 0n, blockNumber: 1n })
      for (const block of blocks) history.append(block)
      await history.flush()
      assert.equal(history.flushed?.blockNumber, 1n)
      assertReads(history, blocks)
      history.commitUpTo({ branch: 0n, blockNumber: 2n })
      await history.close()
      const reopened = History.open(folder, { genesisHash })
      assertReads(reopened, blocks.slice(0, 2))
      await reopened.close()
    }))
})

describe('History', () => {
  it('reads blocks at once, after the commit, and after opening again', () =>
    withFolder(async (folder) => {
      const blocks = Array.from({ length: 20 }, (_, i) => blockOf(BigInt(i), i))
      const history = History.open(folder, { genesisHash })
      assert.equal(history.headNumber, undefined)
      for (const [index, block] of blocks.entries()) {
        history.append(block)
        assertReads(history, blocks.slice(0, index + 1))
        if (index === 10) await history.flush()
      }
      await history.flush()
      assertReads(history, blocks)
      await history.close()
      const again = History.open(folder, { genesisHash })
      assertReads(again, blocks)
      const next = blockOf(20n)
      again.append(next)
      assertReads(again, [...blocks, next])
      await again.close()
    }))

  it('knows nothing of what it does not have', () =>
    withFolder(async (folder) => {
      const history = History.open(folder, { genesisHash })
      history.append(blockOf(5n))
      for (const number of [-1n, 0n, 4n, 6n, 2n ** 70n])
        assert.equal(history.blockByNumber(number), undefined)
      for (const hash of [new Uint8Array(32), new Uint8Array(0), new Uint8Array(3000)]) {
        assert.equal(history.blockByHash(hash), undefined)
        assert.equal(history.transactionLocation(hash), undefined)
      }
      await history.close()
    }))

  it('passes over blocks that it has, and refuses gaps and other blocks at their numbers', () =>
    withFolder(async (folder) => {
      const blocks = [blockOf(7n), blockOf(8n)]
      let history = History.open(folder, { genesisHash })
      const refused = (block: SealedBlockRecord, code: string) =>
        assert.throws(
          () => history.append(block),
          (error) => error instanceof HistoryOrderError && error.code === code,
        )
      for (const reopen of [false, true]) {
        if (reopen) {
          await history.close()
          history = History.open(folder, { genesisHash })
        }
        for (const block of blocks) history.append(block)
        refused(blockOf(10n), 'GAP')
        refused(blockOf(6n), 'GAP')
        refused(blockRecord(8n, noLogs(2), 1), 'OTHER_HASH')
        assertReads(history, blocks)
      }
      await history.close()
    }))

  it('tells its first block, and what is on the disk for good', () =>
    withFolder(async (folder) => {
      const history = History.open(folder, { genesisHash })
      assert.deepEqual([history.firstNumber, history.flushed?.blockNumber], [undefined, undefined])
      for (let number = 70n; number < 90n; number++) history.append(blockOf(number))
      assert.deepEqual([history.firstNumber, history.flushed?.blockNumber], [70n, undefined])
      await history.flush()
      assert.equal(history.flushed?.blockNumber, 89n)
      history.append(blockOf(90n))
      assert.equal(history.flushed?.blockNumber, 89n)
      await history.close()
      assert.equal(history.flushed?.blockNumber, 90n)
      const again = History.open(folder, { genesisHash })
      assert.deepEqual([again.firstNumber, again.headNumber], [70n, 90n])
      await again.close()
    }))

  it('stays bounded and right when thousands of blocks are appended without a pause', () =>
    withFolder(async (folder) => {
      const history = History.open(folder, { genesisHash })
      const blocks = Array.from({ length: 3000 }, (_, i) => blockOf(BigInt(i), 1))
      for (const block of blocks) history.append(block)
      const sample = blocks.filter((_, index) => index % 97 === 0 || index > 2990)
      assertReads(history, [...sample])
      await history.close()
      const again = History.open(folder, { genesisHash })
      assertReads(again, [...sample])
      await again.close()
    }))

  it('refuses the folder of another chain', () =>
    withFolder(async (folder) => {
      await History.open(folder, { genesisHash }).close()
      assert.throws(() => History.open(folder, { genesisHash: new Uint8Array(32) }), HistoryMismatchError)
      await History.open(folder, { genesisHash }).close()
    }))
})

describe('the stored values of a block', () => {
  const bytes = fc.uint8Array({ maxLength: 50 })
  const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const transaction = fc.record(
    { hash: fixed(32), sender: fixed(20), raw: bytes, receipt: bytes },
    { noNullPrototype: true },
  )
  const part = fc.record(
    {
      firstIndex: fc.constant(16),
      logsBefore: fc.nat(),
      transactions: fc.array(transaction, { maxLength: 5 }).map(ExecutedTransactions.of),
    },
    { noNullPrototype: true },
  )

  it('come back as they were, and are refused when a transaction is cut', () => {
    fc.assert(
      fc.property(part, (part) => {
        const encoded = encodePart(part)
        const decoded = decodePart(16, encoded)!
        assert.deepEqual(
          { ...decoded, transactions: [...decoded.transactions] },
          { ...part, transactions: [...part.transactions] },
        )
        if (part.transactions.length > 0) assert.equal(decodePart(16, encoded.subarray(0, -1)), undefined)
        assert.equal(decodePart(16, Uint8Array.of(...encoded, 0)), undefined)
      }),
      { numRuns: 50 },
    )
    const block = blockOf(9n, 3)
    const head = decodeSealedHead(9n, encodeSealedHead(block))
    const { transactions, ...rest } = block
    assert.deepEqual(head, { ...rest, transactionCount: transactions.length })
    assert.equal(decodeSealedHead(9n, new Uint8Array(39)), undefined)
  })

  it('have this form', () => {
    const part = {
      firstIndex: 0,
      logsBefore: 259,
      transactions: ExecutedTransactions.of([
        {
          hash: new Uint8Array(32).fill(0xbb),
          sender: new Uint8Array(20).fill(0xcc),
          raw: Uint8Array.of(1, 2),
          receipt: Uint8Array.of(3),
        },
      ]),
    }
    const expected = `0x03010000${'cc'.repeat(20)}${'bb'.repeat(32)}0200000001020100000003`
    assert.equal(bytesToHex(encodePart(part)), expected)
    const block = { ...blockOf(1n, 1), hash: new Uint8Array(32).fill(0xaa), miniBlockCount: 258 }
    const head = { ...block, header: Uint8Array.of(0xc0) }
    assert.equal(bytesToHex(encodeSealedHead(head)), `0x${'aa'.repeat(32)}0201000001000000c0`)
  })
})
