import { closeSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import {
  BodyDecoder,
  decodeEntry,
  EntryChain,
  type FeedEntry,
  type FeedSource,
  type LogRecord,
  NO_STATE,
  nextRecord,
  SEGMENT_HEAD_BYTES,
} from '../../feed/index.ts'
import { keccak256 } from '../../kernels/index.ts'
import { equalBytes } from '../../lib/index.ts'
import { decodeHeader, type Header } from '../../protocol/index.ts'
import { moveSnapshot, prepareSnapshotFolder, type SnapshotHead, snapshotPath } from '../../state/index.ts'
import { CompactStateTrie } from '../../trie/index.ts'
import type { Chain } from '../chain.ts'
import type { Progress } from '../genesisSource.ts'
import { loadSnapshotInTurns, readHead, tailOf } from '../startPoint.ts'
import { CHECKING_TRIE } from '../trieOptions.ts'

/** As of an unfinished snapshot: deleted at the next start. */
const DOWNLOAD = 'snapshot-000000000000.state.new'
/** Entries behind a snapshot in which its block's header is looked for: it comes before the next block is closed. */
const PROOF_ENTRIES = 100_000

type FetchOptions = { chain: Chain; signer: Uint8Array; folder: string; onProgress: Progress | undefined }

/**
 * Fetches the newest snapshot of a source into a folder, and checks it: the state has the root that its header names, and
 * the header is one that the sequencer has signed.
 */
export async function fetchSnapshot(feed: FeedSource, options: FetchOptions): Promise<SnapshotHead> {
  const { chain, folder, onProgress } = options
  prepareSnapshotFolder(folder)
  const path = join(folder, DOWNLOAD)
  await download(feed, path, onProgress)
  const trie = new CompactStateTrie(CHECKING_TRIE)
  let done = 0
  const head = readHead(path)
  await loadSnapshotInTurns(path, (diff) => {
    trie.apply(diff)
    done += diff.length
    onProgress?.({ what: 'checking the state', done, total: done })
  })
  const header = headerOf(head, chain)
  if (!equalBytes(trie.root(), header.stateRoot))
    throw new Error(
      `its snapshot of block ${head.blockNumber} has another state than the header (WRONG_STATE_ROOT)`,
    )
  await proveHeader(feed, head, options)
  // The log here begins behind it.
  const moved = moveSnapshot(path, { segment: 0, offset: SEGMENT_HEAD_BYTES })
  renameSync(path, snapshotPath(folder, head.blockNumber, tailOf(head).branch))
  return moved
}

async function download(feed: FeedSource, path: string, onProgress: Progress | undefined): Promise<void> {
  const file = openSync(path, 'w')
  try {
    let done = 0
    for await (const piece of feed.snapshot()) {
      for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at)
      done += piece.length
      onProgress?.({ what: 'fetching the state', done, total: done })
    }
  } finally {
    closeSync(file)
  }
}

/** What a snapshot says of its block must be what its header says, as far as that tells. */
function headerOf(head: SnapshotHead, chain: Chain): Header {
  const decoded = decodeHeader(head.header)
  if (!decoded.ok || !equalBytes(head.genesisHash, chain.hash)) throw wrongHead()
  const { header } = decoded
  const { closed, sealedNumber, hashes } = tailOf(head)
  const parent = hashes.get(header.number - 1n)
  const agrees =
    header.number === head.blockNumber &&
    closed.number === header.number &&
    closed.timestamp === header.timestamp &&
    closed.gasLimit === header.gasLimit &&
    closed.gasUsed === header.gasUsed &&
    closed.baseFeePerGas === (header.baseFeePerGas ?? 0n) &&
    sealedNumber <= header.number &&
    (parent === undefined || equalBytes(parent, header.parentHash))
  if (!agrees) throw wrongHead()
  return header
}

function wrongHead(): Error {
  return new Error('its snapshot is of another chain, or contradicts itself (WRONG_SNAPSHOT)')
}

/** Finds the header in what the sequencer has signed: in the record that it went back with, or behind the block's end. */
async function proveHeader(
  feed: FeedSource,
  head: SnapshotHead,
  { chain, signer }: FetchOptions,
): Promise<void> {
  const { recordNumber } = head.log
  if (head.blockNumber === chain.header.number && recordNumber === 0n) {
    if (equalBytes(keccak256(head.header), chain.hash)) return
    throw wrongHead()
  }
  const end = new AbortController()
  let order: EntryChain | undefined
  let left = PROOF_ENTRIES
  const decoder = new BodyDecoder(NO_STATE)
  const { signal } = end
  // A stream may begin with the snapshot.
  const { firstRecord } = await feed.hello()
  const from = firstRecord < recordNumber ? recordNumber - 1n : recordNumber
  try {
    for await (const bytes of feed.entries(from, { withDictionary: true, signal })) {
      const entry = decodeEntry(bytes)
      order ??= new EntryChain({ genesisHash: chain.hash, signer, nextRecord: entry.firstRecord })
      order.accept(entry)
      if (--left === 0) break
      const record = loneRecord(decoder, entry)
      const isBefore = nextRecord(entry) <= recordNumber
      if (
        nextRecord(entry) === recordNumber &&
        record?.kind === 'rewind' &&
        equalBytes(record.header, head.header)
      )
        return
      if (isBefore || record?.kind !== 'sealHeader' || record.number < head.blockNumber) continue
      if (record.number === head.blockNumber && equalBytes(record.header, head.header)) return
      throw wrongHead()
    }
  } finally {
    end.abort()
  }
  throw new Error(
    `the header of its snapshot of block ${head.blockNumber} is not in its stream (WRONG_SNAPSHOT)`,
  )
}

/** The record of an entry that has one only, as headers do: it says so without the state, which is not there. */
function loneRecord(decoder: BodyDecoder, entry: FeedEntry): LogRecord | undefined {
  if (entry.recordCount === 1) for (const { record } of decoder.records(entry)) return record
  decoder.skip(entry)
  return undefined
}
