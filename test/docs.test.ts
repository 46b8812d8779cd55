/** Holds README and docs/ to the tree: commands, flags, examples, rooms, benchmarks, links and licences. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { FLAGS } from '../src/cli/options.ts'
import { ENVIRONMENT_FLAGS, FILE_FLAGS, readSettings, variableOf } from '../src/cli/settings.ts'
import { EVENTS } from '../src/node/events/events.ts'
import { startNode } from '../src/node/index.ts'

const root = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const manifest = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}
const readme = read('README.md')
const architecture = read('docs/architecture.md')
const pages = ['README.md', ...filesIn('docs', '.md')]
const rooms = readdirSync(join(root, 'src')).sort()

/** Every match's captured groups. */
const find = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match.slice(1))

describe('README.md', () => {
  it('describes every flag of the command line with its value, and no other', () => {
    const described = find(readme, /^\| `--([\w-]+)(?: ([A-Z]+))?`/gm).map(([name, value]) => [name, value])
    assert.deepEqual(described.sort(), FLAGS.map(({ name, value }) => [name, value]).sort())
  })

  it('gives the defaults that the help text gives', () => {
    const rows = find(readme, /^\| `--([\w-]+)[^|]*\|[^|]*\| (\S[^|]*?) \|$/gm)
    assert.equal(rows.length, FLAGS.filter(({ help }) => help.includes('default')).length)
    for (const [name, fallback] of rows) {
      const { help } = FLAGS.find((flag) => flag.name === name)!
      assert.ok(
        help.includes(`default ${fallback}`) || help.includes(`default: ${fallback}`),
        `--${name}: ${help}`,
      )
    }
  })

  it('has an example for viem that runs against a new chain', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leveret-docs-'))
    const node = await startNode({ port: 0, data: join(folder, 'chain'), memoryMiB: 384 })
    try {
      const example = exampleOf('viem')
      assert.ok(example.includes("'http://127.0.0.1:8545'"), 'the example names the default address')
      assert.ok(example.split('\n').filter((line) => line !== '').length <= 10, 'about ten lines')
      const output = await run(example.replace('http://127.0.0.1:8545', node.url))
      assert.equal(output, 'success 10001000000000000000000n\n')
    } finally {
      await node.close()
      rmSync(folder, { recursive: true })
    }
  })

  it('has an example of the engine that runs', async () => {
    const example = exampleOf('evm').replace("'leveret/evm'", "'./src/execution/index.ts'")
    // 21,000 for the call, five pushes of 3 and 2 gas, ADD, MSTORE with a word of memory.
    assert.equal(await run(example), 'success 5 21022n\n')
  })

  it('has an example of a chain in a test of node:test that passes', async () => {
    assert.match(await run(fromSource(exampleOf('node:test'))), /^(ℹ|#) pass 1$/m)
  })

  it('has an example for vitest that passes, with what it takes of vitest made of node:test', async () => {
    const vitest = [
      "import { afterEach, beforeEach, test } from 'node:test'",
      "import assert from 'node:assert/strict'",
      'const expect = (value: unknown) => ({ toBe: (other: unknown) => assert.equal(value, other) })',
    ]
    const example = exampleOf('vitest')
    assert.match(example, /^import \{ afterEach, beforeEach, expect, test \} from 'vitest'$/m)
    const code = fromSource(example).replace(/^import .* from 'vitest'$/m, vitest.join('\n'))
    assert.match(await run(code), /^(ℹ|#) pass 1$/m)
  })
})

describe('docs/in-process.md', () => {
  it('lists every option of createChain, and no other', () => {
    const listed = find(read('docs/in-process.md'), /^\| (`\w+`(?:, `\w+`)*) \| .* \|.*\|$/gm)
    const names = listed.flatMap(([names]) => find(names!, /`(\w+)`/g).flat())
    const types = ['localChain', 'inProcess/chainOptions', 'inProcess/forkOptions']
    const options = types.flatMap((name) => find(read(`src/node/${name}.ts`), /^ {2}(\w+)\?: /gm).flat())
    // The provider's members stand in a table as well.
    assert.deepEqual(names.filter((name) => options.includes(name)).sort(), options.sort())
    assert.equal(new Set(names).size, names.length)
  })
})

describe('docs/operations.md', () => {
  const operations = read('docs/operations.md')
  const settings = find(operations, /^\| `--([\w-]+)(?: ([A-Z]+))?` \| `(\w+)` \| (?:–|`([^`]+)`) \|$/gm)
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)

  it('lists every option that the environment has, with its variable', () => {
    const listed = settings.map(([name, value, variable]) => ({ name: name!, value, variable }))
    const expected = ENVIRONMENT_FLAGS.map(({ name, value }) => ({ name, value, variable: variableOf(name) }))
    assert.deepEqual(listed.sort(byName), expected.sort(byName))
  })

  it('shows a configuration file that is taken, with every option that a file has', async () => {
    const lines = settings.map(([, , , line]) => line).filter((line) => line !== undefined)
    const named = lines.map((line) => line.split(' = ')[0])
    assert.deepEqual(named.sort(), FILE_FLAGS.map(({ name }) => name).sort())
    const folder = mkdtempSync(join(tmpdir(), 'leveret-docs-'))
    try {
      writeFileSync(join(folder, 'leveret.toml'), lines.join('\n'))
      const result = await readSettings(['--config', join(folder, 'leveret.toml')], {})
      assert.ok(result.ok, result.ok ? '' : result.message)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('lists every event that is logged, with its level', () => {
    const listed = find(operations, /^\| `(\w+)` \| (debug|info|warn|error) \|/gm)
    const expected = Object.entries(EVENTS).map(([event, { level }]) => [event, level])
    assert.deepEqual(listed.sort(), expected.sort())
  })
})

describe('the pages', () => {
  it('name commands that package.json has', () => {
    for (const page of pages) {
      for (const [name] of find(read(page), /npm run ([\w:]+)/g)) {
        assert.ok(name! in manifest.scripts, `${page}: npm run ${name}`)
      }
    }
  })

  it('link to pages and headings that are there', () => {
    for (const page of pages) {
      for (const [link] of find(read(page), /\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(link!)) continue
        const [path, heading] = link!.split('#') as [string, string?]
        const target = path === '' ? page : join(dirname(page), path)
        assert.ok(existsSync(join(root, target)), `${page} links to ${link}`)
        if (heading !== undefined) assert.ok(anchorsOf(target).includes(heading), `${page} links to ${link}`)
      }
    }
  })

  it('describe every benchmark, and no other', () => {
    const benches = readdirSync(join(root, 'bench'))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => file.slice(0, -3))
      .filter((name) => name !== 'main' && name !== 'harness')
    const described = find(read('docs/performance.md'), /^npm run bench -- (\w+)$/gm).flat()
    assert.deepEqual(described.sort(), benches.sort())
  })

  it('number decisions without gaps', () => {
    const numbers = readdirSync(join(root, 'docs/decisions'))
      .sort()
      .map((file) => Number(file.slice(0, 4)))
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
    )
  })
})

describe('docs/architecture.md', () => {
  const rows = find(architecture, /^\| `(\w+)` \| [^|]+ \| [^|]+ \| ([^|]+) \|$/gm) as [string, string][]

  it('has a row for every room, and for no other', () => {
    assert.deepEqual(rows.map(([room]) => room).sort(), rooms)
  })

  it('lets each room import what its project references allow', () => {
    for (const [place, [room, allowed]] of rows.entries()) {
      const { references = [] } = JSON.parse(read(`src/${room}/tsconfig.json`)) as {
        references?: { path: string }[]
      }
      const named =
        allowed === 'all above' ? rows.slice(0, place).map(([above]) => above) : allowed.split(', ')
      assert.deepEqual(
        references.map(({ path }) => path.slice('../'.length)).sort(),
        named.filter((each) => each !== '–').sort(),
        room,
      )
    }
  })

  it('names files that are there', () => {
    const named = find(architecture, /`((?:\w+\/)+\w+\.(?:ts|mjs|md))`/g).flat() as string[]
    assert.ok(named.length > 30)
    for (const file of named) {
      assert.ok(
        [`src/${file}`, `${file}`].some((path) => existsSync(join(root, path))),
        file,
      )
    }
  })
})

describe('what the package ships', () => {
  const permissive = /^(MIT|ISC|Apache-2\.0|BSD-[23]-Clause)( OR (MIT|ISC|Apache-2\.0))*$/
  const licenceOf = (name: string) =>
    (JSON.parse(read(`node_modules/${name}/package.json`)) as { license: string }).license

  it('depends on permissive licences only', () => {
    for (const name of Object.keys(manifest.dependencies)) assert.match(licenceOf(name), permissive, name)
  })

  it('has its other licences among the development dependencies that decision 0007 lists', () => {
    const page = read('docs/decisions/0007-development-licences.md')
    for (const name of Object.keys(manifest.devDependencies)) {
      if (permissive.test(licenceOf(name))) continue
      assert.ok(page.includes(`\`${name}\``) || page.includes(`\`${name.split('/')[1]}\``), name)
      assert.ok(page.includes(licenceOf(name)), licenceOf(name))
    }
  })

  it('imports nothing but its dependencies', () => {
    for (const file of filesIn('src', '.ts').filter(isShipped)) {
      for (const [name] of find(
        read(file),
        /^(?:import|export)\b[^'\n]*(?:\n[^'\n]+)*? from '([^'.][^']*)'/gm,
      )) {
        const known = builtinModules.includes(name!.replace('node:', ''))
        const packageName = name!
          .split('/')
          .slice(0, name!.startsWith('@') ? 2 : 1)
          .join('/')
        assert.ok(known || packageName in manifest.dependencies, `${file} imports ${name}`)
      }
    }
  })
})

/** As the `files` of package.json have it. */
function isShipped(file: string): boolean {
  return !/\.test\.ts$|\/testing\/|\/assembly\/|kernels\/(build|targets|readPack)|feed\/testLog/.test(file)
}

function exampleOf(name: string): string {
  const [[code] = []] = find(readme, new RegExp(`<!-- test: ${name} -->\\n\`\`\`ts\\n([^]*?)\`\`\``, 'g'))
  assert.ok(code !== undefined, `README.md has an example marked ${name}`)
  return code
}

/** The package's own names, as this tree has them. */
function fromSource(example: string): string {
  return example
    .replace("'leveret'", "'./src/node/index.ts'")
    .replace("'leveret/viem'", "'./src/node/viem.ts'")
}

/** Runs code as a file of this folder would, and returns what it prints. */
async function run(code: string): Promise<string> {
  const args = ['--input-type=module-typescript', '--eval', code]
  // Without what tells tests that they are run by tests.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env, timeout: 60_000 })
  return stdout
}

/** Headings as the links of a page name them. */
function anchorsOf(page: string): string[] {
  return find(read(page), /^#+ (.+)$/gm).map(([heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()
}
