import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')

/** Builds what the npm package carries, without the explorer; gives the folder of its files, from the project's root. */
export function builtPackage(): string {
  const run = (program: string, argument: string) =>
    execFileSync(program, [argument], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] })
  run(join(ROOT, 'node_modules/.bin/tsc'), '-b')
  run(process.execPath, 'scripts/bundle.mjs')
  return 'dist/bundle'
}
