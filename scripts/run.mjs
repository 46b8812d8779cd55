// Starts a TypeScript entry point on Node >= 26: `node scripts/run.mjs FILE [arguments]`. npm puts node_modules/.bin
// first in PATH, so the `node` that runs this file is the packaged one; where no package has one, the system's must be
// new enough.
import { enableCompileCache } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [major] = process.versions.node.split('.').map(Number)
if (major < 26) {
  process.stderr.write(
    `leveret needs Node >= 26; this is ${process.version} on ${process.platform}-${process.arch}, for which no npm package brings one.\n` +
      '  next: install Node 26 or newer from https://nodejs.org and run the command again.\n',
  )
  process.exit(1)
}
// glibc gives each thread a heap of its own, and what one has freed is of no use to another: memory then grows for days.
// It reads the limit only when a process begins, as V8 does its flags, so the process begins anew, as itself, in some 30 ms.
const MALLOC_HEAPS = { MALLOC_ARENA_MAX: '2' }
// V8's young generation takes up to 52 MB of the main thread, for no less work: most of what is made dies at once.
const V8_FLAGS = ['--max-semi-space-size=8']
// What runs so and starts another, as benchmarks start nodes, hands the environment down, but not the flags.
if (process.platform === 'linux' && !process.execArgv.includes(V8_FLAGS[0])) {
  const command = [process.execPath, ...V8_FLAGS, ...process.execArgv, ...process.argv.slice(1)]
  process.execve(process.execPath, command, { ...MALLOC_HEAPS, ...process.env })
}
const [entry] = process.argv.splice(2, 1)
process.argv[1] = resolve(entry)
// Before the first file with types: what takes them out, 4 MB of source, is then only loaded for files that have changed.
enableCompileCache()
await import(pathToFileURL(process.argv[1]).href)
