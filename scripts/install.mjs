// Installs what is missing, so that `npm start` and `npm test` work on a fresh checkout.
// With a folder as argument: what that folder's package asks for.
// Runs on any Node >= 20: it must not use anything newer, and nothing from node_modules.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const folder = process.argv[2] ?? '.'
const lock = `${folder}/package-lock.json`
const stamp = `${folder}/node_modules/.leveret-installed`

if (!isCurrent()) {
  process.stderr.write('leveret: installing dependencies (once) …\n')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  // Not `npm ci`: it refuses a lock file that was written where other platforms' optional binaries were out of reach.
  const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const install = spawnSync(npm, ['install', ...flags], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (install.status !== 0) {
    process.stderr.write(
      'leveret: npm install failed (see above). Check the network or the npm registry, then run again.\n',
    )
    process.exit(install.status ?? 1)
  }
  writeFileSync(stamp, lockDigest())
}

function isCurrent() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lockDigest()
}

function lockDigest() {
  return createHash('sha256').update(readFileSync(lock)).digest('hex')
}
