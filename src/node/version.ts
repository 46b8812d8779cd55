import { readFileSync } from 'node:fs'

/** The package's version. */
export const VERSION: string = readVersion()

/** What web3_clientVersion answers. */
export const CLIENT_VERSION: string = `leveret/v${VERSION}/${process.platform}-${process.arch}/node${process.versions.node}`

/** The same two folders up from `src/node` and from `dist/bundle`. */
function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
