// Builds the explorer's page into dist/explorer/, unless it has been built from the same sources: a start from a fresh
// checkout has it, and the next one doesn't wait. A page that can't be built keeps nobody from starting the node.
// Runs on any Node >= 20: it must not use anything newer, and nothing from node_modules but vite.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const SOURCES = 'explorer'
/** Of these it takes what checks the feed. */
const ROOMS = ['client', 'feed', 'kernels', 'lib', 'protocol', 'trie'].map((room) => `src/${room}`)
const BUILT = 'dist/explorer'
const stamp = `${BUILT}/.built`

const digest = sourcesDigest()
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) build()

function build() {
  process.stderr.write('leveret: building the explorer (once) …\n')
  // Aside, and put in place as a whole: another start may build at the same time.
  const aside = resolve(`${BUILT}-${process.pid}`)
  const vite = resolve('node_modules/vite/bin/vite.js')
  // The first `node` in npm's PATH is the packaged one, once it is installed.
  const run = spawnSync('node', [vite, 'build', SOURCES, '--outDir', aside, '--logLevel', 'error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (run.status === 0) {
    writeFileSync(`${aside}/.built`, digest)
    put(aside)
  } else
    process.stderr.write(
      'leveret: the explorer could not be built (see above); the node starts without it.\n',
    )
  rmSync(aside, { recursive: true, force: true })
}

function put(aside) {
  rmSync(BUILT, { recursive: true, force: true })
  try {
    renameSync(aside, BUILT)
  } catch (error) {
    // Another start was faster.
    if (!existsSync(stamp)) throw error
  }
}

/** Of what the page is made of, and of the packages' versions. */
function sourcesDigest() {
  const hash = createHash('sha256').update(readFileSync('package-lock.json'))
  const files = [SOURCES, ...ROOMS]
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(file))
  return hash.digest('hex')
}
