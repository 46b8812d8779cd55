/**
 * `npm run bench -- NAME [options] [--json]`: runs one benchmark; without a name, lists them.
 * A benchmark is a file of this folder that exports `bench`.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Bench, describeOptions, runBench } from './harness.ts'

const NOT_BENCHES = new Set(['harness.ts', 'main.ts'])

const [name, ...args] = process.argv.slice(2)
if (name === undefined || name.startsWith('-')) {
  process.stdout.write('npm run bench -- NAME [options]\n\n')
  for (const known of benchNames()) process.stdout.write(`${describeOptions(await load(known))}\n`)
} else if (!benchNames().includes(name)) {
  process.stderr.write(`There is no benchmark ${name}.\n  next: choose one of ${benchNames().join(', ')}.\n`)
  process.exitCode = 2
} else {
  await runBench(await load(name), args)
}

function benchNames(): string[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !NOT_BENCHES.has(file))
    .map((file) => file.slice(0, -3))
    .sort()
}

async function load(known: string): Promise<Bench> {
  const module = await import(pathToFileURL(join(import.meta.dirname, `${known}.ts`)).href)
  return module.bench as Bench
}
