import type { OpenBlock } from '../feed/index.ts'
import type { SealedBlockRecord } from '../history/index.ts'
import { assert } from '../lib/index.ts'
import {
  BLOOM_SIZE,
  decodeHeader,
  EMPTY_TRIE_ROOT,
  ExecutedTransactions,
  encodedBlockLength,
  type Header,
} from '../protocol/index.ts'
import type { ViewBlock } from '../rpc/index.ts'
import { EXTRA_DATA } from '../sequencer/index.ts'
import type { Chain } from './chain.ts'

/** A block as the view keeps it: with its transactions in bytes. */
export type KeptBlock = ViewBlock & { transactions: ExecutedTransactions }

/** A block that has just been opened: roots are the newest sealed block's until its own are known. */
export function viewOfOpenBlock(open: OpenBlock, parent: Pick<ViewBlock, 'hash' | 'stateRoot'>): KeptBlock {
  return {
    number: open.number,
    hash: undefined,
    // All zeros while the parent isn't sealed; set when it is.
    parentHash: parent.hash ?? new Uint8Array(32),
    timestamp: open.timestamp,
    coinbase: open.coinbase,
    gasLimit: open.gasLimit,
    gasUsed: 0n,
    baseFeePerGas: open.baseFeePerGas,
    prevRandao: open.prevRandao,
    extraData: EXTRA_DATA,
    logsBloom: new Uint8Array(BLOOM_SIZE),
    stateRoot: parent.stateRoot,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: open.excessBlobGas,
    parentBeaconBlockRoot: open.parentBeaconBlockRoot,
    requestsHash: undefined,
    header: undefined,
    size: 0,
    transactions: new ExecutedTransactions(),
  }
}

/** Overwrites what the header settles. `block` keeps its identity: whoever holds it sees it sealed. */
export function sealViewBlock(block: KeptBlock, header: Header, hash: Uint8Array): void {
  Object.assign(block, fieldsOf(header), { hash, size: sizeOf(header, block.transactions) })
}

/** A sealed block as history keeps it. */
export function viewOfSealedBlock(
  header: Header,
  hash: Uint8Array,
  transactions: ExecutedTransactions,
): KeptBlock {
  return { ...fieldsOf(header), hash, transactions, size: sizeOf(header, transactions) }
}

function fieldsOf(header: Header): Omit<ViewBlock, 'hash' | 'size' | 'transactions'> {
  return {
    number: header.number,
    parentHash: header.parentHash,
    timestamp: header.timestamp,
    coinbase: header.coinbase,
    gasLimit: header.gasLimit,
    gasUsed: header.gasUsed,
    baseFeePerGas: header.baseFeePerGas ?? 0n,
    prevRandao: header.prevRandao,
    extraData: header.extraData,
    logsBloom: header.logsBloom,
    stateRoot: header.stateRoot,
    transactionsRoot: header.transactionsRoot,
    receiptsRoot: header.receiptsRoot,
    withdrawalsRoot: header.withdrawalsRoot,
    blobGasUsed: header.blobGasUsed,
    excessBlobGas: header.excessBlobGas,
    parentBeaconBlockRoot: header.parentBeaconBlockRoot,
    requestsHash: header.requestsHash,
    header,
  }
}

function sizeOf(header: Header, transactions: ExecutedTransactions): number {
  const withdrawals = header.withdrawalsRoot === undefined ? undefined : []
  return encodedBlockLength({ header, ommers: [], withdrawals }, transactions.rlpLength())
}

/** Of a sealed block, as the log and history have it. */
export function headerOf(encoded: Uint8Array): Header {
  const decoded = decodeHeader(encoded)
  assert(decoded.ok, 'the log and history hold headers that this program wrote')
  return decoded.header
}

const NO_HASH: Uint8Array = new Uint8Array(32)

/** The fields of a block that its environment is made of. */
export function openBlockOf({ excessBlobGas, parentBeaconBlockRoot, ...block }: BlockFields): OpenFields {
  return {
    ...block,
    excessBlobGas: excessBlobGas ?? 0n,
    parentBeaconBlockRoot: parentBeaconBlockRoot ?? NO_HASH,
  }
}

type OpenFields = Omit<OpenBlock, 'kind'>
type BlockFields = Omit<OpenFields, 'excessBlobGas' | 'parentBeaconBlockRoot'> &
  Partial<Pick<ViewBlock, 'excessBlobGas' | 'parentBeaconBlockRoot'>>

/** Block 0 as history has it. */
export function genesisRecord(chain: Chain): SealedBlockRecord {
  const { header, hash, encodedHeader } = chain
  return {
    number: header.number,
    hash,
    header: encodedHeader,
    miniBlockCount: 0,
    transactions: new ExecutedTransactions(),
  }
}
