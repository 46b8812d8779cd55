import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LogLockedError, recoverLog } from '../feed/index.ts'
import { bytesToHex } from '../lib/index.ts'
import { loadChain } from './chain.ts'
import { localGenesisJson } from './genesisJson.ts'

/**
 * What a data folder holds:
 *
 *     leveret.json    marks the folder as ours: format and genesis hash
 *     genesis.json    the chain's genesis, as given or the local chain's
 *     log/            the segments of the log: the chain itself (see feed/)
 *     history/        blocks, transactions, receipts, logs, past state; begun anew from the log when it is missing
 *     pool.journal    transactions that wait in the pool
 *     compiled/       hot code as WebAssembly; a cache, made again when it is missing
 */
const MARKER = 'leveret.json'
const GENESIS = 'genesis.json'
const LOG = 'log'
const HISTORY = 'history'
const JOURNAL = 'pool.journal'
const COMPILED = 'compiled'
const OUR_ENTRIES = [MARKER, `${MARKER}.new`, GENESIS, LOG, HISTORY, JOURNAL, `${JOURNAL}.new`, COMPILED]
const FORMAT = 1

export type DataFolder = {
  path: string
  log: string
  history: string
  journal: string
  compiled: string
  genesis: string
  isNew: boolean
}

export type DataFolderOptions = {
  path: string
  /** Text of the genesis file that was asked for, if any. */
  genesis: string | undefined
  /** For the genesis of a new local chain. */
  chainId: bigint | undefined
  /** Deletes what the folder holds, if it is ours. */
  fresh: boolean
}

/**
 * Opens the folder of a chain, or creates it.
 *
 * @throws DataFolderError if it belongs to something else, another genesis or another format.
 */
export function openDataFolder(options: DataFolderOptions): DataFolder {
  const { path } = options
  const marker = join(path, MARKER)
  const foreign = existsSync(path) ? readdirSync(path).filter((name) => !OUR_ENTRIES.includes(name)) : []
  if (!existsSync(marker) && foreign.length > 0) throw notOurs(path, foreign)
  if (options.fresh && existsSync(marker)) {
    refuseIfInUse(join(path, LOG))
    // Only what we made, the marker last: a deletion that was broken off can be repeated.
    for (const name of OUR_ENTRIES.toReversed()) rmSync(join(path, name), { recursive: true, force: true })
  }
  const isNew = !existsSync(marker)
  const genesisPath = join(path, GENESIS)
  if (isNew) createFolder(options, marker, genesisPath)
  else checkMarker(options, marker)
  return {
    path,
    log: join(path, LOG),
    history: join(path, HISTORY),
    journal: join(path, JOURNAL),
    compiled: join(path, COMPILED),
    genesis: readFileSync(genesisPath, 'utf8'),
    isNew,
  }
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

function createFolder(options: DataFolderOptions, marker: string, genesisPath: string): void {
  const genesis =
    options.genesis ?? localGenesisJson(options.chainId === undefined ? {} : { chainId: options.chainId })
  const genesisHash = describeGenesis(genesis).hash
  mkdirSync(options.path, { recursive: true })
  // The marker comes last and whole: a folder that has it is complete.
  writeFileSync(genesisPath, genesis)
  writeFileSync(`${marker}.new`, `${JSON.stringify({ format: FORMAT, genesisHash }, undefined, 2)}\n`)
  renameSync(`${marker}.new`, marker)
}

function checkMarker(options: DataFolderOptions, marker: string): void {
  const { format } = readMarker(marker)
  if (format !== FORMAT) {
    throw new DataFolderError(
      `The data folder has another format.\n  folder: ${options.path}\n  its format: ${format}   expected: ${FORMAT}`,
      'use the version of leveret that wrote it, or start anew with --fresh.',
    )
  }
  const asked =
    options.genesis ??
    (options.chainId === undefined ? undefined : localGenesisJson({ chainId: options.chainId }))
  if (asked === undefined) return
  const own = describeGenesis(readFileSync(join(options.path, GENESIS), 'utf8'))
  const other = describeGenesis(asked)
  if (own.rules === other.rules && own.hash === other.hash) return
  throw new DataFolderError(
    `The data folder holds a chain with another genesis.\n  folder: ${options.path}\n` +
      `  its chain id: ${own.chainId}   its genesis: ${own.hash}\n` +
      `  asked for: ${other.chainId}   genesis: ${other.hash}`,
    'name another folder with --data, or start anew with --fresh (which deletes this chain).',
  )
}

/** The hash leaves out the chain id and the times of forks, which make another chain as well. */
function describeGenesis(json: string): { hash: string; chainId: bigint; rules: string } {
  const { genesis, chainId, hash } = loadChain(json, { blockMs: 1000 })
  const rules = JSON.stringify(genesis.config, (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  return { hash: bytesToHex(hash), chainId, rules }
}

function readMarker(marker: string): { format: unknown } {
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
