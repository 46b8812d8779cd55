import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const META_BYTES = 160
/** Of a page's flags: it is one of the first two. */
const IS_META = 8
const MAGIC = 0xbeefc0de
const VERSION = 2
const PAGE_BYTES_MAX = 65_536
const MAP_BYTES_MAX = 2n ** 47n
const NO_ROOT = 2n ** 64n - 1n
/** The first two pages say where the newest tree and the one before begin. */
const META_PAGES = 2n

/**
 * Deletes a folder of DiskTables whose head can't be right, or whose end is missing: LMDB trusts both, and the process would
 * die of it. Damage to a page in the middle is not looked for, since that takes reading all of them.
 *
 * @returns what was wrong, for a remark; undefined: nothing.
 */
export function clearDamaged(folder: string): string | undefined {
  const damage = damageOf(join(folder, 'data.mdb'))
  if (damage === undefined) return undefined
  rmSync(folder, { recursive: true })
  return `what was read of the fork's remote is begun anew: ${damage} (${folder})`
}

function damageOf(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return undefined // there is none yet; whatever else it is, opening it says so
  }
  try {
    const head = readAt(file, 0)
    if (head.length === 0) return undefined // as LMDB leaves one that it has just made
    const pageBytes = head.length < META_BYTES ? 0 : head.readUInt32LE(48)
    if (!isMeta(head) || !isPageSize(pageBytes)) return 'its file has no head of LMDB'
    const metas = [head, readAt(file, pageBytes)]
    // What is there already stays while another process writes: the size is read last.
    const pages = BigInt(Math.floor(fstatSync(file).size / pageBytes))
    if (!metas.every((meta) => isMeta(meta) && makesSense(meta, pageBytes)))
      return 'the head of its file makes no sense'
    return metas.every((meta) => lastPageOf(meta) < pages) ? undefined : 'the end of its file is missing'
  } finally {
    closeSync(file)
  }
}

/** Shorter where the file ends. */
function readAt(file: number, position: number): Buffer {
  const bytes = Buffer.alloc(META_BYTES)
  return bytes.subarray(0, readSync(file, bytes, 0, META_BYTES, position))
}

/**
 * A page's head of 24 bytes, with flags 2 at 18, then MDB_meta: magic 4 · version 4 · address 8 · map size 8 · the trees of free pages and of all
 * others, 48 each, of which the first begins with the page size 4 and each ends with its root 8 · last page 8 · transaction 8.
 * Numbers are little-endian on all platforms that there are binaries for.
 *
 * Source: lmdb 3.5.6, dependencies/lmdb/libraries/liblmdb/mdb.c, MDB_meta.
 */
function isMeta(bytes: Buffer): boolean {
  return (
    bytes.length === META_BYTES &&
    (bytes.readUInt16LE(18) & IS_META) !== 0 &&
    bytes.readUInt32LE(24) === MAGIC &&
    bytes.readUInt16LE(28) === VERSION
  )
}

function isPageSize(bytes: number): boolean {
  return bytes >= META_BYTES && bytes <= PAGE_BYTES_MAX && (bytes & (bytes - 1)) === 0
}

function lastPageOf(meta: Buffer): bigint {
  return meta.readBigUInt64LE(144)
}

function makesSense(meta: Buffer, pageBytes: number): boolean {
  const lastPage = lastPageOf(meta)
  const isPlace = (root: bigint) => root === NO_ROOT || (root >= META_PAGES && root <= lastPage)
  return (
    meta.readUInt32LE(48) === pageBytes &&
    meta.readBigUInt64LE(40) <= MAP_BYTES_MAX &&
    [88, 136].every((offset) => isPlace(meta.readBigUInt64LE(offset)))
  )
}
