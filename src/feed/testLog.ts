import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { ExecutedTransactions } from '../protocol/index.ts'
import {
  chunkDigest,
  encodeRecord,
  type LogRecord,
  miniBlockDigest,
  payloadOf,
  type Rewind,
  rewindDigest,
} from './index.ts'

/** What the tests of this room share: folders, records of any content, and short valid logs. */
export const GENESIS_HASH: Uint8Array = new Uint8Array(32).fill(0x6e)

/** In memory where there is such a folder: the tests sync thousands of times. */
const PARENT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** Runs `use` with an empty folder that is removed afterwards. */
export function withFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(PARENT, 'leveret-feed-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  let result: T
  try {
    result = use(folder)
  } catch (error) {
    remove()
    throw error
  }
  if (result instanceof Promise) return result.finally(remove) as T
  remove()
  return result
}

const plain = { noNullPrototype: true }
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const u32 = fc.nat(0xffffffff)
const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const bytes = fc.uint8Array({ maxLength: 80 })

/** Any record that the types allow. */
export const anyRecord: fc.Arbitrary<LogRecord> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('openBlock' as const),
      number: u64,
      timestamp: u64,
      coinbase: fixed(20),
      gasLimit: u64,
      baseFeePerGas: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      prevRandao: fixed(32),
      excessBlobGas: u64,
      parentBeaconBlockRoot: fixed(32),
    },
    plain,
  ),
  fc.record(
    {
      kind: fc.constant('chunk' as const),
      miniBlockNumber: u64,
      firstTransactionIndex: u32,
      transactions: fc
        .array(fc.record({ sender: fixed(20), hash: fixed(32), raw: bytes, receipt: bytes }, plain), {
          maxLength: 4,
        })
        .map(ExecutedTransactions.of),
      diff: bytes,
    },
    plain,
  ),
  fc.record(
    {
      kind: fc.constant('sealMiniBlock' as const),
      number: u64,
      epoch: u64,
      timestampUs: u64,
      blockNumber: u64,
      indexInBlock: u32,
      transactionCount: u32,
      gasUsed: u64,
      parentDigest: fixed(32),
      digest: fixed(32),
    },
    plain,
  ),
  fc.record(
    {
      kind: fc.constant('closeBlock' as const),
      number: u64,
      gasUsed: u64,
      blobGasUsed: u64,
      requests: fc.array(bytes, { maxLength: 3 }),
    },
    plain,
  ),
  fc.record({ kind: fc.constant('sealHeader' as const), number: u64, header: bytes }, plain),
  fc.record(
    {
      kind: fc.constant('rewind' as const),
      number: u64,
      epoch: u64,
      timestampUs: u64,
      blockNumber: u64,
      adoptedCount: u32,
      miniBlockCount: u32,
      header: bytes,
      hashes: bytes,
      diff: bytes,
      adopted: bytes,
      parentDigest: fixed(32),
      digest: fixed(32),
    },
    plain,
  ),
)

/** A record whose transactions can be compared. */
export function plainRecord(record: LogRecord): unknown {
  return record.kind === 'chunk' ? { ...record, transactions: [...record.transactions] } : record
}

/** Goes back to a block of a {@link validLog} of `blockCount` blocks, behind it. */
export function rewindOf(blockCount: number, blockNumber: bigint): Rewind {
  const seal = validLog(blockCount).findLast((record) => record.kind === 'sealMiniBlock')
  const rewind = {
    kind: 'rewind' as const,
    number: BigInt(blockCount) + 1n,
    epoch: 1n,
    timestampUs: 1000n * BigInt(blockCount),
    blockNumber,
    adoptedCount: 0,
    miniBlockCount: 1,
    header: Uint8Array.of(0xc1, 0x80),
    hashes: new Uint8Array(32),
    diff: new Uint8Array(12),
    adopted: new Uint8Array(0),
    parentDigest: seal?.kind === 'sealMiniBlock' ? seal.digest : GENESIS_HASH,
  }
  return { ...rewind, digest: rewindDigest(rewind) }
}

/** A valid log: `blockCount` blocks of one mini-block with one chunk with one transaction. */
export function validLog(blockCount: number, raw: Uint8Array = new Uint8Array(30).fill(0xf8)): LogRecord[] {
  const records: LogRecord[] = []
  let parentDigest = GENESIS_HASH
  for (let number = 1n; number <= BigInt(blockCount); number++) {
    const chunk: LogRecord = {
      kind: 'chunk',
      miniBlockNumber: number,
      firstTransactionIndex: 0,
      transactions: ExecutedTransactions.of([
        { sender: new Uint8Array(20), hash: new Uint8Array(32), raw, receipt: Uint8Array.of(2, 0xc0) },
      ]),
      diff: new Uint8Array(12),
    }
    const seal = {
      kind: 'sealMiniBlock' as const,
      number,
      epoch: 1n,
      timestampUs: 1000n * number,
      blockNumber: number,
      indexInBlock: 0,
      transactionCount: 1,
      gasUsed: 21000n,
      parentDigest,
    }
    const digest = miniBlockDigest(seal, [chunkDigest(payloadOf(encodeRecord(chunk)))])
    records.push(openBlock(number), chunk, { ...seal, digest })
    records.push({ kind: 'closeBlock', number, gasUsed: 21000n, blobGasUsed: 0n, requests: [] })
    records.push({ kind: 'sealHeader', number, header: Uint8Array.of(0xc1, 0x80) })
    parentDigest = digest
  }
  return records
}

export function openBlock(number: bigint): LogRecord {
  return {
    kind: 'openBlock',
    number,
    timestamp: number,
    coinbase: new Uint8Array(20),
    gasLimit: 30_000_000n,
    baseFeePerGas: 7n,
    prevRandao: new Uint8Array(32),
    excessBlobGas: 0n,
    parentBeaconBlockRoot: new Uint8Array(32),
  }
}
