import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LogLockedError, recoverLog } from '../feed/index.ts'
import { bytesToHex, hexToBytes } from '../lib/index.ts'
import type { Chain } from './chain.ts'
import { type GenesisSource, genesisDigest, type Progress } from './genesisSource.ts'
import { type ReadGenesis, readGenesis, writeGenesisSnapshot } from './importGenesis.ts'
import {
  type LocalChainJson,
  type LocalChainOptions,
  localChain,
  localChainGenesis,
  toJson,
} from './localChain.ts'

/**
 * What a data folder holds:
 *
 *     leveret.json    marks the folder as ours: format and genesis hash
 *     genesis.json    the chain's genesis without its accounts: the root of their state stands for them
 *     snapshots/      the state after some blocks, the genesis state among them: where starting begins
 *     log/            the segments of the log: the chain itself (see feed/)
 *     history/        blocks, transactions, receipts, logs, past state; begun anew from the log when it is missing
 *     pool.journal    transactions that wait in the pool
 *     compiled/       hot code as WebAssembly; a cache, made again when it is missing
 *     feed/           the entries of the stream that the node publishes or follows, and in which epoch
 *     feed.key        with which a local chain signs them
 *     fork/           what was read of the chain from which this one was forked (see forking/)
 *     evidence/       entries by which the sequencer is proven a liar
 *     peer.key        the node's key among peers; peers.json: addresses of others (see peering/). Both stay with --fresh
 *     anew/           a newer snapshot that will take the place of what a replica has
 */
const MARKER = 'leveret.json'
const GENESIS = 'genesis.json'
const SNAPSHOTS = 'snapshots'
const LOG = 'log'
const HISTORY = 'history'
const JOURNAL = 'pool.journal'
const COMPILED = 'compiled'
const FORK = 'fork'
const FEED = 'feed'
const FEED_KEY = 'feed.key'
const EVIDENCE = 'evidence'
const ANEW = 'anew'
const OUR_ENTRIES = [
  ...[MARKER, `${MARKER}.new`, GENESIS, `${GENESIS}.new`, SNAPSHOTS, LOG, HISTORY],
  ...[JOURNAL, `${JOURNAL}.new`, COMPILED, FORK, FEED, FEED_KEY, EVIDENCE, ANEW],
]
/** Of the open network: a node stays the same peer with another chain. */
const KEPT_ENTRIES = ['peer.key', 'peers.json']
const FORMAT = 2
/** Had the accounts in genesis.json and no snapshots. */
const FORMAT_WITHOUT_SNAPSHOTS = 1

/** Where in a data folder what is. */
export type FolderPaths = {
  path: string
  log: string
  snapshots: string
  history: string
  journal: string
  compiled: string
  fork: string
  feed: string
  feedKey: string
  evidence: string
  anew: string
}

export type DataFolder = FolderPaths & {
  /** Text of genesis.json. */
  genesis: string
  isNew: boolean
  /** Address of the sequencer, 20 bytes, whose chain is followed here; undefined: it is made here. */
  sequencer: Uint8Array | undefined
  /** What a local chain began with; undefined: its genesis was given. */
  local: LocalChainOptions | undefined
}

export type DataFolderOptions = {
  path: string
  /** The genesis that was asked for, if any. */
  genesis: GenesisSource | undefined
  /** That of a new chain which is forked from another. */
  forkGenesis?: GenesisSource | undefined
  /** For the genesis of a new local chain. */
  local: LocalChainOptions
  /** Deletes what the folder holds, if it is ours. */
  fresh: boolean
  /** Hears how far a large genesis is read. */
  onProgress?: Progress | undefined
}

/**
 * Opens the folder of a chain, or creates it.
 *
 * @throws DataFolderError if it belongs to something else, another genesis or another format.
 */
export function openDataFolder(options: DataFolderOptions): DataFolder {
  const { path } = options
  const marker = join(path, MARKER)
  refuseForeign(path)
  if (options.fresh && existsSync(marker)) emptyFolder(path)
  const isNew = !existsSync(marker)
  const genesisPath = join(path, GENESIS)
  if (isNew) createFolder(options)
  else checkMarker(options)
  const content = readMarker(marker)
  return {
    ...folderPaths(path),
    genesis: readFileSync(genesisPath, 'utf8'),
    sequencer: content.sequencer === undefined ? undefined : hexToBytes(content.sequencer),
    isNew,
    local: keptLocal(content),
  }
}

export function folderPaths(path: string): FolderPaths {
  return {
    path,
    log: join(path, LOG),
    snapshots: join(path, SNAPSHOTS),
    history: join(path, HISTORY),
    journal: join(path, JOURNAL),
    compiled: join(path, COMPILED),
    fork: join(path, FORK),
    feed: join(path, FEED),
    feedKey: join(path, FEED_KEY),
    evidence: join(path, EVIDENCE),
    anew: join(path, ANEW),
  }
}

/** Which chain a folder holds: its genesis hash, and the address of the sequencer if it is followed, as hex. */
export function markedChain(path: string): { genesisHash: string; sequencer: string | undefined } {
  const { genesisHash, sequencer } = readMarker(join(path, MARKER))
  return { genesisHash: String(genesisHash), sequencer }
}

/** Whether there is a chain in the folder already. */
export function holdsChain(path: string): boolean {
  return existsSync(join(path, MARKER))
}

function refuseForeign(path: string): void {
  if (holdsChain(path) || !existsSync(path)) return
  const foreign = readdirSync(path).filter((name) => ![...OUR_ENTRIES, ...KEPT_ENTRIES].includes(name))
  if (foreign.length > 0) throw notOurs(path, foreign)
}

/** Deletes only what we made, the marker last: a deletion that was broken off can be repeated. */
function emptyFolder(path: string): void {
  refuseIfInUse(join(path, LOG))
  for (const name of OUR_ENTRIES.toReversed()) rmSync(join(path, name), { recursive: true, force: true })
}

/**
 * Empties a folder for the chain of another node: its snapshot and log are put there, then {@link finishFollowedFolder}.
 *
 * @throws DataFolderError if it belongs to something else, LogLockedError while a node runs with it.
 */
export function prepareFollowedFolder(path: string): FolderPaths {
  refuseForeign(path)
  emptyFolder(path)
  mkdirSync(path, { recursive: true })
  return folderPaths(path)
}

/** Marks the folder of a followed chain as complete. */
export function finishFollowedFolder(
  path: string,
  { genesis, chain, signer }: { genesis: string; chain: Chain; signer: Uint8Array },
): void {
  replaceFile(join(path, GENESIS), genesis)
  const digest = genesisDigest({ text: genesis })
  writeMarker(path, { chain, genesisDigest: digest, fileDigest: digest, sequencer: bytesToHex(signer) })
}

/** @throws LogLockedError while another process writes there. */
function refuseIfInUse(log: string): void {
  try {
    // Takes the lock, then stops at the first file's head: no log has this genesis.
    recoverLog(log, { genesisHash: new Uint8Array(32) })
  } catch (error) {
    if (error instanceof LogLockedError) throw error
  }
}

function createFolder(options: DataFolderOptions): void {
  const local = options.genesis === undefined ? localChain(options.local) : undefined
  const source = options.genesis ?? options.forkGenesis ?? { text: localChainGenesis(local!) }
  const read = readGenesis(source, options.onProgress)
  mkdirSync(options.path, { recursive: true })
  fillFolder(options, { read, digest: genesisDigest(source), local: local && toJson(local) })
}

/** The marker comes last and whole: a folder that has it is complete. */
function fillFolder(
  { path, onProgress }: DataFolderOptions,
  { read, digest, local }: { read: ReadGenesis; digest: string; local: LocalChainJson | undefined },
): void {
  writeGenesisSnapshot(read, { folder: join(path, SNAPSHOTS), onProgress })
  replaceFile(join(path, GENESIS), read.json)
  const fileDigest = genesisDigest({ text: read.json })
  writeMarker(path, { chain: read.chain, genesisDigest: digest, fileDigest, local })
}

function writeMarker(
  path: string,
  { chain, ...fields }: Omit<Marker, 'format' | 'genesisHash'> & { chain: Chain },
): void {
  const marker = { format: FORMAT, genesisHash: bytesToHex(chain.hash), ...fields }
  replaceFile(join(path, MARKER), `${JSON.stringify(marker, undefined, 2)}\n`)
}

function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { flush: true })
  renameSync(`${path}.new`, path)
}

function keptLocal({ local }: Marker): LocalChainOptions | undefined {
  return local === undefined ? undefined : localChain({}, local)
}

/** Undefined: nothing was asked for that could be otherwise. */
function askedGenesis({ genesis, local }: DataFolderOptions, marker: Marker): GenesisSource | undefined {
  if (genesis !== undefined) return genesis
  if (Object.keys(local).length === 0) return undefined
  return { text: localChainGenesis(localChain(local, marker.local)) }
}

function checkMarker(options: DataFolderOptions): void {
  const { path } = options
  const marker = readMarker(join(path, MARKER))
  const { format, genesisDigest: digest, fileDigest } = marker
  if (format === FORMAT_WITHOUT_SNAPSHOTS) {
    const source = { path: join(path, GENESIS) }
    fillFolder(options, { read: readGenesis(source), digest: genesisDigest(source), local: undefined })
  } else if (format !== FORMAT) {
    throw new DataFolderError(
      `The data folder has another format.\n  folder: ${path}\n  its format: ${format}   expected: ${FORMAT}`,
      'use the version of leveret that wrote it, or start anew with --fresh.',
    )
  } else checkGenesisFile(join(path, GENESIS), fileDigest)
  const asked = askedGenesis(options, marker)
  if (asked === undefined || genesisDigest(asked) === digest) return
  const own = describeGenesis({ path: join(path, GENESIS) })
  const other = describeGenesis(asked, options.onProgress)
  if (own.rules === other.rules && own.hash === other.hash) return
  throw new DataFolderError(
    `The data folder holds a chain with another genesis.\n  folder: ${path}\n` +
      `  its chain id: ${own.chainId}   its genesis: ${own.hash}\n` +
      `  asked for: ${other.chainId}   genesis: ${other.hash}`,
    'name another folder with --data, or start anew with --fresh (which deletes this chain).',
  )
}

/** The genesis hash alone would not tell another chain id or time of a fork. */
function checkGenesisFile(file: string, digest: unknown): void {
  const isThere = existsSync(file)
  if (isThere && genesisDigest({ path: file }) === digest) return
  throw new DataFolderError(
    `The folder's genesis is ${isThere ? 'not as it was written, or its marker is not' : 'missing'}.\n  file: ${file}`,
    'put back genesis.json and leveret.json from a copy, or start anew with --fresh (which deletes this chain).',
  )
}

/** The hash leaves out the chain id and the times of forks, which make another chain as well. */
function describeGenesis(
  source: GenesisSource,
  onProgress?: Progress,
): { hash: string; chainId: bigint; rules: string } {
  const { genesis, chainId, hash } = readGenesis(source, onProgress).chain
  const rules = JSON.stringify(genesis.config, (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  return { hash: bytesToHex(hash), chainId, rules }
}

/**
 * `fileDigest`: of genesis.json. `genesisDigest`: of the genesis that it was made from. `local`: none was given.
 * `sequencer`: address of the sequencer whose chain is followed.
 */
type Marker = {
  format?: unknown
  genesisHash?: unknown
  genesisDigest?: unknown
  fileDigest?: unknown
  local?: LocalChainJson | undefined
  sequencer?: string
}

function readMarker(marker: string): Marker {
  try {
    return JSON.parse(readFileSync(marker, 'utf8'))
  } catch (error) {
    throw new DataFolderError(
      `The data folder's marker can't be read.\n  file: ${marker}\n  reason: ${(error as Error).message}`,
      'restore it from a backup, or start anew with --fresh.',
    )
  }
}

function notOurs(path: string, foreign: string[]): DataFolderError {
  return new DataFolderError(
    `The folder is not empty and was not made by leveret.\n  folder: ${path}\n  it holds: ${foreign.slice(0, 5).join(', ')}`,
    'name another folder with --data.',
  )
}

/** A data folder that can't be used; nothing in it was changed. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError'

  constructor(what: string, next: string) {
    super(`${what}\n  next: ${next}`)
  }
}
