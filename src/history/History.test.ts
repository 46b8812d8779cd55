import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, fromBigInt, hexToBytes } from '../lib/index.ts'
import { encodeHeader, headerHash } from '../protocol/index.ts'
import { History, HistoryMismatchError, HistoryOrderError, type SealedBlockRecord } from './index.ts'
import { decodeSealedBlock, encodeSealedBlock } from './SealedBlockRecord.ts'

const genesisHash = new Uint8Array(32).fill(0x6e)

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-history-'))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function blockOf(number: bigint, transactionCount = 2, bloomBit?: number): SealedBlockRecord {
  const logsBloom = new Uint8Array(256)
  if (bloomBit !== undefined) logsBloom[bloomBit >> 3]! |= 1 << (bloomBit & 7)
  const word = (fill: number) => new Uint8Array(32).fill(fill)
  const header = {
    parentHash: word(1),
    ommersHash: word(2),
    coinbase: new Uint8Array(20),
    stateRoot: word(3),
    transactionsRoot: word(4),
    receiptsRoot: word(5),
    logsBloom,
    difficulty: 0n,
    number,
    gasLimit: 30_000_000n,
    gasUsed: 21_000n,
    timestamp: number,
    extraData: new Uint8Array(0),
    prevRandao: word(6),
    nonce: new Uint8Array(8),
    baseFeePerGas: 7n,
  }
  const transactions = Array.from({ length: transactionCount }, (_, index) => {
    const raw = keccak256(fromBigInt(number * 100_000n + BigInt(index), 8))
    return { hash: keccak256(raw), sender: raw.slice(0, 20), raw, receipt: raw.slice(0, index % 32) }
  })
  return { number, hash: headerHash(header), header: encodeHeader(header), miniBlockCount: 3, transactions }
}

/** Compares as plain byte strings: the database gives Buffers. */
function assertSameBlock(actual: SealedBlockRecord | undefined, expected: SealedBlockRecord): void {
  assert.ok(actual !== undefined, `block ${expected.number} is there`)
  const plain = (block: SealedBlockRecord) => ({
    number: block.number,
    bytes: bytesToHex(encodeSealedBlock(block)),
  })
  assert.deepEqual(plain(actual), plain(expected))
}

function assertReads(history: History, blocks: SealedBlockRecord[]): void {
  for (const block of blocks) {
    assertSameBlock(history.blockByNumber(block.number), block)
    assertSameBlock(history.blockByHash(block.hash), block)
    assert.equal(history.numberByHash(block.hash), block.number)
    for (const [index, { hash }] of block.transactions.entries()) {
      assert.deepEqual(history.transactionLocation(hash), { blockNumber: block.number, index })
    }
  }
  assert.equal(history.headNumber, blocks.at(-1)?.number)
}

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
        refused(blockOf(8n, 2, 1), 'OTHER_HASH')
        assertReads(history, blocks)
      }
      await history.close()
    }))

  it('scans the blocks whose bloom matches, in order and inside the range', () =>
    withFolder(async (folder) => {
      const history = History.open(folder, { genesisHash })
      for (let number = 3n; number < 40n; number++) {
        history.append(blockOf(number, 1, number % 3n === 0n ? 100 : undefined))
        if (number === 20n) await history.flush()
      }
      const numbers = (from: bigint, to: bigint, mayMatch: (bloom: Uint8Array) => boolean) =>
        [...history.scan(from, to, mayMatch)].map((block) => block.number)
      const hasBit = (bloom: Uint8Array) => {
        assert.equal(bloom.length, 256)
        return (bloom[12]! & 16) !== 0
      }
      assert.deepEqual(numbers(0n, 12n, hasBit), [3n, 6n, 9n, 12n])
      assert.deepEqual(numbers(17n, 25n, hasBit), [18n, 21n, 24n])
      assert.deepEqual(
        numbers(37n, 100n, () => true),
        [37n, 38n, 39n],
      )
      assert.deepEqual(
        numbers(10n, 9n, () => true),
        [],
      )
      await history.flush()
      assert.deepEqual(numbers(0n, 100n, hasBit).length, 13)
      await history.close()
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

describe('the stored value of a block', () => {
  const bytes = fc.uint8Array({ maxLength: 50 })
  const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  const transaction = fc.record(
    { hash: fixed(32), sender: fixed(20), raw: bytes, receipt: bytes },
    { noNullPrototype: true },
  )
  const block = fc.record(
    {
      number: fc.constant(9n),
      hash: fixed(32),
      header: bytes,
      miniBlockCount: fc.nat(),
      transactions: fc.array(transaction, { maxLength: 5 }),
    },
    { noNullPrototype: true },
  )

  it('comes back as it was, and is refused at any other length', () => {
    fc.assert(
      fc.property(block, (block) => {
        const encoded = encodeSealedBlock(block)
        assert.deepEqual(decodeSealedBlock(9n, encoded), block)
        for (let length = 0; length < encoded.length; length++) {
          assert.equal(decodeSealedBlock(9n, encoded.subarray(0, length)), undefined)
        }
        assert.equal(decodeSealedBlock(9n, Uint8Array.of(...encoded, 0)), undefined)
      }),
      { numRuns: 50 },
    )
  })

  it('has this form', () => {
    const block = {
      number: 1n,
      hash: new Uint8Array(32).fill(0xaa),
      header: Uint8Array.of(0xc0),
      miniBlockCount: 258,
      transactions: [
        {
          hash: new Uint8Array(32).fill(0xbb),
          sender: new Uint8Array(20).fill(0xcc),
          raw: Uint8Array.of(1, 2),
          receipt: Uint8Array.of(3),
        },
      ],
    }
    const expected = `0x${'aa'.repeat(32)}020100000100000001000000c0${'bb'.repeat(32)}${'cc'.repeat(20)}0200000001000000010203`
    assert.deepEqual(encodeSealedBlock(block), hexToBytes(expected))
  })
})
