import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Site, SiteFile } from '../rpc/index.ts'

/** Where `npm run build` and `npm start` put the page: the same place seen from `src/node/` and from `dist/bundle/`. */
const FOLDER = fileURLToPath(new URL('../../dist/explorer/', import.meta.url))

const PAGE = 'index.html'
/** Vite names what is in here after its content. */
const ASSETS = 'assets'

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * The explorer's files; undefined where the page hasn't been built. They are read when the first is asked for, and kept.
 * Only what lies in the folder then can be asked for.
 */
export function explorerSite(folder: string = FOLDER): Site | undefined {
  if (!existsSync(join(folder, PAGE))) return undefined
  let files: Map<string, SiteFile> | undefined
  return (path) => {
    files ??= readSite(folder)
    return files.get(path)
  }
}

function readSite(folder: string): Map<string, SiteFile> {
  const files = new Map<string, SiteFile>()
  for (const name of [...filesOf(folder, ''), ...filesOf(folder, `${ASSETS}/`)]) {
    files.set(name === PAGE ? '/' : `/${name}`, readSiteFile(folder, name))
  }
  return files
}

/** Those that have a content type. */
function filesOf(folder: string, prefix: string): string[] {
  if (!existsSync(join(folder, prefix))) return []
  const names = readdirSync(join(folder, prefix))
  return names.filter((name) => extname(name) in CONTENT_TYPES).map((name) => `${prefix}${name}`)
}

function readSiteFile(folder: string, name: string): SiteFile {
  const bytes = readFileSync(join(folder, name))
  return {
    bytes,
    contentType: CONTENT_TYPES[extname(name)]!,
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    isImmutable: name.startsWith(`${ASSETS}/`),
  }
}
