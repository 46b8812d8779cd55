/** Holds docs/operations.md to the tree. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { ENVIRONMENT_FLAGS, FILE_FLAGS, readSettings, variableOf } from '../src/cli/settings.ts'
import { EVENTS } from '../src/node/operating/events.ts'

const page = readFileSync(resolve(import.meta.dirname, '../docs/operations.md'), 'utf8')

/** Every match's captured groups. */
const find = (pattern: RegExp) => [...page.matchAll(pattern)].map((match) => match.slice(1))

describe('the events of docs/operations.md', () => {
  it('are all that are logged, with their levels', () => {
    const rows = find(/^\| `(\w+)` \| (debug|info|warn|error) \|/gm)
    assert.deepEqual(
      rows,
      Object.entries(EVENTS).map(([event, { level }]) => [event, level]),
    )
  })
})

describe('the settings of docs/operations.md', () => {
  const rows = find(/^\| `--([\w-]+)(?: ([A-Z]+))?` \| `(\w+)` \| (?:–|`([^`]+)`) \|$/gm)

  it('are every option that the environment has, with its variable', () => {
    const named = rows.map(([name, value, variable]) => ({ name, value, variable }))
    const expected = ENVIRONMENT_FLAGS.map(({ name, value }) => ({ name, value, variable: variableOf(name) }))
    assert.deepEqual(named, expected)
  })

  it('are a file that is taken, with every option that a file has', async () => {
    const lines = rows.map(([, , , line]) => line).filter((line) => line !== undefined)
    assert.deepEqual(
      lines.map((line) => line.split(' = ')[0]),
      FILE_FLAGS.map(({ name }) => name),
    )
    const folder = mkdtempSync(join(tmpdir(), 'leveret-operations-'))
    try {
      writeFileSync(join(folder, 'leveret.toml'), lines.join('\n'))
      const result = await readSettings(['--config', join(folder, 'leveret.toml')], {})
      assert.ok(result.ok, result.ok ? '' : result.message)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
