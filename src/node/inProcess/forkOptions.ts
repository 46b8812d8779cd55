import { homedir } from 'node:os'
import { join } from 'node:path'
import { ChainOptionError, checkOption } from './checkOption.ts'

/** Of a chain that goes on after a block of another one. */
export type ChainForkOptions = {
  /** Address, over http or https, of a node that has the other chain. */
  forkUrl?: string
  /** After which block. Default: the newest. */
  forkBlockNumber?: bigint
  /** A folder for what is read, which many chains and processes may have at once; false: it is forgotten. Default: see docs. */
  forkCache?: string | false
  /** How long this thread may stand still for one value that a transaction meets, ms. Default 20,000. */
  forkTimeoutMs?: number
}

/** What only says more about a fork, and what a fork has from its block. */
const OF_A_FORK = ['forkBlockNumber', 'forkCache', 'forkTimeoutMs'] as const
const OF_THE_BLOCK = ['genesis', 'fork', 'timestamp', 'baseFeePerGas'] as const

/** A chain's options, as far as a fork has a say in them. */
type OptionsBeside = ChainForkOptions & { [name in (typeof OF_THE_BLOCK)[number]]?: unknown }

/** Addresses of remotes on this machine. */
const HERE = /^(localhost|127\..*|0\.0\.0\.0|\[::1?\])$/

/** @throws ChainOptionError for the first that can't be. The address is judged by who opens it. */
export function checkForkOptions(options: OptionsBeside): void {
  const { forkUrl, forkBlockNumber, forkCache, forkTimeoutMs } = options
  const isNumber = typeof forkBlockNumber === 'bigint' && forkBlockNumber >= 0n
  checkOption('forkBlockNumber', forkBlockNumber, isNumber, 'a bigint from 0n on')
  const isFolder = forkCache === false || (typeof forkCache === 'string' && forkCache !== '')
  checkOption('forkCache', forkCache, isFolder, 'the path of a folder, or false')
  checkOption('forkTimeoutMs', forkTimeoutMs, Number(forkTimeoutMs) >= 1, 'a number from 1 on')
  const misplaced = (forkUrl === undefined ? OF_A_FORK : OF_THE_BLOCK).find(
    (name) => options[name] !== undefined,
  )
  if (misplaced === undefined) return
  if (forkUrl === undefined)
    throw new ChainOptionError(`${misplaced} is of no use without forkUrl`, 'give both, or neither')
  throw new ChainOptionError(`${misplaced} is of no use with forkUrl`, 'give one of them')
}

/**
 * Where what is read of the remote is kept; undefined: nowhere. Unless told otherwise, only where it will be of use: of a block
 * that is named, and not of remotes on this machine, which are often begun anew.
 */
export function forkCacheFolder({
  forkUrl,
  forkBlockNumber,
  forkCache,
}: ChainForkOptions & { forkUrl: string }): string | undefined {
  if (forkCache !== undefined) return forkCache || undefined
  const isHere = URL.canParse(forkUrl) && HERE.test(new URL(forkUrl).hostname)
  return forkBlockNumber === undefined || isHere ? undefined : join(userCache(), 'leveret', 'forks')
}

/** Where programs keep what they can make again, as each system has it. */
function userCache(): string {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  if (process.platform === 'win32') return LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches')
  return XDG_CACHE_HOME || join(homedir(), '.cache')
}
