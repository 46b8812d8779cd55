// Runs test files: `node scripts/test.mjs PATTERN…`. As many at once as there are processors: by default Node leaves one
// out, which of two is half. What each file's process has compiled is kept for the next one, and for the nodes it starts,
// until the next run: tests also compile what they put into folders of their own, which never comes again.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

const patterns = process.argv.slice(2)
if (patterns.length === 0) {
  console.error("Which tests? For example: node scripts/test.mjs 'src/rpc/*.test.ts'")
  process.exit(2)
}
const compiled = join(import.meta.dirname, '../node_modules/.cache/compiled')
rmSync(compiled, { recursive: true, force: true })
const flags = ['--test', '--test-timeout=300000', `--test-concurrency=${availableParallelism()}`]
const { status, error } = spawnSync(process.execPath, [...flags, ...patterns], {
  stdio: 'inherit',
  env: { NODE_COMPILE_CACHE: compiled, ...process.env },
})
if (error !== undefined) throw error
process.exitCode = status ?? 1
