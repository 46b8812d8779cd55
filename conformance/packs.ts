/**
 * Finds the packs and reads the files in them. A pack is a `.tar.zst` archive or a folder; its name is the suite's.
 * What kind of tests a file holds is decided later, by the shape of its JSON.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { constants, zstdDecompressSync } from 'node:zlib'
import { type ArchiveFile, readTar } from './tar.ts'

export type Pack = { suite: string; path: string }

const ROOT = resolve(import.meta.dirname, '..')
const DEFAULT_FOLDER = resolve(ROOT, '../shared/conformance')
const FIXTURES = join(import.meta.dirname, 'fixtures')
const ARCHIVE = '.tar.zst'
/** The packs were compressed with a window of 2^27 bytes. */
const WINDOW_LOG = 27

/** The packs that are run when none is named: those beside the checkout, else the few tests kept in the repository. */
export function defaultPacks(): Pack[] {
  if (existsSync(DEFAULT_FOLDER)) {
    const found = packsIn(DEFAULT_FOLDER)
    if (found.length > 0) return found
  }
  return existsSync(FIXTURES) ? [{ suite: 'fixtures', path: FIXTURES }] : []
}

/** Whether the full packs are there, not only the tests kept in the repository. */
export function hasFullPacks(): boolean {
  return existsSync(DEFAULT_FOLDER) && packsIn(DEFAULT_FOLDER).length > 0
}

/**
 * The packs of a path that the user names: an archive, a folder of archives, or a folder of JSON.
 *
 * @throws PackError when there is none.
 */
export function packsAt(path: string): Pack[] {
  const absolute = resolve(path)
  if (!existsSync(absolute)) throw new PackError(path, 'there is no such file or folder')
  if (!statSync(absolute).isDirectory()) {
    if (absolute.endsWith(ARCHIVE) || absolute.endsWith('.json'))
      return [{ suite: suiteName(absolute), path: absolute }]
    throw new PackError(path, `neither a ${ARCHIVE} archive, a .json file nor a folder`)
  }
  const archives = packsIn(absolute)
  return archives.length > 0 ? archives : [{ suite: suiteName(absolute), path: absolute }]
}

/** Every file of a pack, in the order of its paths. */
export function readPack(pack: Pack): ArchiveFile[] {
  if (pack.path.endsWith(ARCHIVE)) {
    const params = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG }
    return [...readTar(zstdDecompressSync(readFileSync(pack.path), { params }))]
  }
  if (!statSync(pack.path).isDirectory())
    return [{ path: basename(pack.path), bytes: readFileSync(pack.path) }]
  return readdirSync(pack.path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({ path: file.slice(pack.path.length + 1), bytes: readFileSync(file) }))
}

function packsIn(folder: string): Pack[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ARCHIVE))
    .sort()
    .map((name) => ({ suite: suiteName(name), path: join(folder, name) }))
}

function suiteName(path: string): string {
  const name = basename(path)
  if (name.endsWith(ARCHIVE)) return name.slice(0, -ARCHIVE.length)
  return name.endsWith('.json') ? name.slice(0, -'.json'.length) : name
}

/** A pack that was named and can't be used. */
export class PackError extends Error {
  override readonly name = 'PackError'
  constructor(path: string, what: string) {
    super(
      `Can't use the pack ${path}: ${what}.\n  next: give --pack a .tar.zst archive, or a folder of such archives or of test JSON.`,
    )
  }
}
