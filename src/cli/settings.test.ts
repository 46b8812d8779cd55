import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { readSettings } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'leveret-settings-'))
after(() => rmSync(folder, { recursive: true }))

describe('readSettings', () => {
  it('takes the command line before the environment, that before the file, and that before the defaults', async () => {
    const config = file('mini-block-ms = 1\nblock-ms = 1\nport = 1\n')
    const options = await settings(['--config', config, '--port', '3'], {
      LEVERET_BLOCK_MS: '2',
      LEVERET_PORT: '2',
    })
    const { miniBlockMs, blockMs, port, host } = options
    assert.deepEqual(
      { miniBlockMs, blockMs, port, host },
      { miniBlockMs: 1, blockMs: 2, port: 3, host: '127.0.0.1' },
    )
  })

  it('reads switches, lists and words', async () => {
    const config = file(
      'quiet = true\nfresh = false\nhttp-vhosts = ["a", "b"]\nhttp-corsdomain = []\nhistory = "all"\n',
    )
    const options = await settings([], { LEVERET_CONFIG: config, LEVERET_FRESH: '1' })
    const { quiet, fresh, virtualHosts, corsOrigins, history } = options
    assert.deepEqual(
      { quiet, fresh, virtualHosts, corsOrigins, history },
      {
        quiet: true,
        fresh: true,
        virtualHosts: ['a', 'b'],
        corsOrigins: [],
        history: Number.POSITIVE_INFINITY,
      },
    )
  })

  it('passes over empty variables, and those of others', async () => {
    assert.equal((await settings([], { LEVERET_PORT: '', PORT: '1', LEVERETS: '1' })).port, 8545)
  })

  it('asks for no file where only help is wanted', async () => {
    assert.equal((await settings(['--help', '--config', '/nowhere'], { LEVERET_PROT: '1' })).help, true)
  })

  for (const [text, message] of [
    ['prot = 1', 'Unknown option prot in FILE. Did you mean port?'],
    ['telemetry = 1', 'Unknown option telemetry in FILE. See --help for all options.'],
    ['config = "other.toml"', 'Unknown option config in FILE. See --help for all options.'],
    ['[node]\nport = 1', 'Unknown option node in FILE. See --help for all options.'],
    ['port = 70000', 'port in FILE: expected a whole number from 0 to 65535.'],
    ['port = [1]', 'port in FILE: expected a value for N.'],
    ['host = ""', 'host in FILE: expected a value for ADDRESS.'],
    ['quiet = "yes"', 'quiet in FILE: expected true or false.'],
  ] as const) {
    it(`refuses the file's ${text.replace('\n', ' ')}`, async () => {
      const config = file(text)
      assert.equal(await refusal(['--config', config], {}), message.replace('FILE', config))
    })
  }

  it('refuses a file that is no TOML, or not there', async () => {
    assert.match(
      await refusal(['--config', file('port: 1')], {}),
      /^The configuration file can't be read: .*\n[\s\S]*file: /,
    )
    assert.match(await refusal(['--config', '/nowhere'], {}), /ENOENT/)
  })

  for (const [variable, text, message] of [
    ['LEVERET_PROT', '1', 'Unknown variable LEVERET_PROT in the environment. Did you mean LEVERET_PORT?'],
    ['LEVERET_HELP', '1', 'Unknown variable LEVERET_HELP in the environment. See --help for all options.'],
    ['LEVERET_PORT', 'x', 'LEVERET_PORT=x: expected a whole number from 0 to 65535.'],
    ['LEVERET_QUIET', 'yes', 'LEVERET_QUIET=yes: expected true or false.'],
  ] as const) {
    it(`refuses ${variable}=${text} in the environment`, async () => {
      assert.equal(await refusal([], { [variable]: text }), message)
    })
  }
})

function file(text: string): string {
  const path = join(folder, 'leveret.toml')
  writeFileSync(path, text)
  return path
}

async function settings(args: string[], environment: Record<string, string>) {
  const result = await readSettings(args, environment)
  assert.ok(result.ok, result.ok ? '' : result.message)
  return result.options
}

async function refusal(args: string[], environment: Record<string, string>): Promise<string> {
  const result = await readSettings(args, environment)
  assert.ok(!result.ok)
  return result.message
}
