import { keccak256 } from '../../kernels/index.ts'
import { fromBigInt } from '../../lib/index.ts'
import {
  bloomOfLogs,
  decodeReceipt,
  ExecutedTransactions,
  encodeHeader,
  encodeReceipt,
  type Header,
  headerHash,
  type Log,
  mergeBloom,
} from '../../protocol/index.ts'
import type { SealedBlockRecord } from '../SealedBlockRecord.ts'

const word = (fill: number) => new Uint8Array(32).fill(fill)

/** A header with nothing in it. */
export function headerOf(number: bigint): Header {
  return {
    parentHash: word(1),
    ommersHash: word(2),
    coinbase: new Uint8Array(20),
    stateRoot: word(3),
    transactionsRoot: word(4),
    receiptsRoot: word(5),
    logsBloom: new Uint8Array(256),
    difficulty: 0n,
    number,
    gasLimit: 30_000_000n,
    gasUsed: 21_000n,
    timestamp: 1_000n + number,
    extraData: new Uint8Array(0),
    prevRandao: word(6),
    nonce: new Uint8Array(8),
    baseFeePerGas: 7n,
  }
}

/** A sealed block for tests of the history: for each transaction the logs of its receipt. `salt` makes another of the same number. */
export function blockRecord(number: bigint, logs: Log[][], salt = 0): SealedBlockRecord {
  const header = headerOf(number)
  header.extraData = Uint8Array.of(salt)
  const transactions = logs.map((ofTransaction, index) => {
    const bloom = bloomOfLogs(ofTransaction)
    mergeBloom(header.logsBloom, bloom)
    const raw = keccak256(fromBigInt(number * 1_000_000n + BigInt(index * 256 + salt), 16))
    const cumulativeGasUsed = 21_000n * BigInt(index + 1)
    const receipt = encodeReceipt({ type: 2, status: 1, cumulativeGasUsed, bloom, logs: ofTransaction })
    return { hash: keccak256(raw), sender: raw.slice(0, 20), raw, receipt }
  })
  return {
    ...{ number, hash: headerHash(header), header: encodeHeader(header), miniBlockCount: 3 },
    transactions: ExecutedTransactions.of(transactions),
  }
}

/** The logs of a receipt that {@link blockRecord} made. */
export function logsOf(receipt: Uint8Array): Log[] {
  const decoded = decodeReceipt(receipt)
  if (!decoded.ok) throw new RangeError(decoded.message)
  return decoded.receipt.logs
}
