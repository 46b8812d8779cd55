import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FLAGS, helpText, parseOptions } from './options.ts'

describe('parseOptions', () => {
  it('has defaults', () => {
    const { port, host, data, miniBlockMs, blockMs, rpcGasCap, history, evm } = parsed()
    assert.deepEqual(
      { port, host, data, miniBlockMs, blockMs, rpcGasCap, history, evm },
      {
        port: 8545,
        host: '127.0.0.1',
        data: '.leveret',
        miniBlockMs: 10,
        blockMs: 1000,
        rpcGasCap: 50_000_000n,
        history: 128,
        evm: 'auto',
      },
    )
  })

  it('reads values behind a space and behind an equals sign', () => {
    assert.equal(parsed('--port', '9000').port, 9000)
    assert.equal(parsed('--port=9001').port, 9001)
    assert.equal(parsed('--data=a=b').data, 'a=b')
    assert.equal(parsed('--rpc-gas-cap', '9007199254740991').rpcGasCap, 2n ** 53n - 1n)
    assert.deepEqual(parsed('--http-corsdomain', 'https://a, http://b').corsOrigins, [
      'https://a',
      'http://b',
    ])
    assert.deepEqual(parsed('--http-corsdomain=none').corsOrigins, [])
    assert.deepEqual(parsed('--http-vhosts', '*').virtualHosts, ['*'])
  })

  it('reads what a local chain begins with, and when its blocks come', () => {
    const { local, mining, blockMs } = parsed('-a', '3', '--balance=7', '--hardfork', 'Prague', '-b', '0.05')
    assert.deepEqual(
      { local, mining, blockMs },
      {
        local: { accounts: 3, balanceWei: 7n * 10n ** 18n, fork: 'Prague' },
        mining: 'interval',
        blockMs: 50,
      },
    )
    assert.equal(parsed().mining, undefined)
    assert.equal(parsed('--block-ms', '9').mining, 'interval')
    assert.equal(parsed('--no-mining').mining, 'manual')
    assert.equal(parsed('--mnemonic', ' a  b ').local.mnemonic, 'a b')
    assert.deepEqual(parsed('--timestamp', '5', '--gas-limit', '30000000', '--base-fee', '0').local, {
      ...{ timestamp: 5n, gasLimit: 30_000_000n, baseFeePerGas: 0n },
    })
  })

  it('reads each tier', () => {
    for (const tier of ['auto', 'interpreter', 'compiled']) assert.equal(parsed('--evm', tier).evm, tier)
  })

  it('reads how much history is kept', () => {
    assert.equal(parsed('--history', '5').history, 5)
    assert.equal(parsed('--history', 'all').history, Number.POSITIVE_INFINITY)
  })

  it('reads switches, also short ones', () => {
    assert.equal(parsed('--fresh').fresh, true)
    assert.equal(parsed('-h').help, true)
    assert.equal(parsed('--no-explorer').explorer, false)
    assert.equal(parsed().explorer, true)
  })

  for (const [args, message] of [
    [['--prot', '1'], 'Unknown option --prot. Did you mean --port?'],
    [['--mini-blok-ms', '1'], 'Unknown option --mini-blok-ms. Did you mean --mini-block-ms?'],
    [['--telemetry'], 'Unknown option --telemetry. See --help for all options.'],
    [['8545'], 'Unknown option 8545. See --help for all options.'],
    [['--block-time', '0'], '--block-time 0: expected seconds from 0.001 to 3600.'],
    [['--accounts', '1001'], '--accounts 1001: expected a whole number from 1 to 1000.'],
    [['--hardfork', 'paris'], '--hardfork paris: expected one of cancun, prague, osaka, latest.'],
    [['--port'], '--port needs a value: --port N'],
    [['--port', '70000'], '--port 70000: expected a whole number from 0 to 65535.'],
    [['--mini-block-ms', '0'], '--mini-block-ms 0: expected a whole number from 1 to 3600000.'],
    [['--rpc-gas-cap', '0'], '--rpc-gas-cap 0: expected a whole number from 21000 to 9007199254740991.'],
    [['--block-ms', '1.5'], '--block-ms 1.5: expected a whole number from 1 to 3600000.'],
    [['--history', 'some'], '--history some: expected a whole number from 1 to 9007199254740991.'],
    [['--evm', 'fast'], '--evm fast: expected one of auto, interpreter, compiled.'],
    [['--fresh=yes'], '--fresh takes no value.'],
  ] as const) {
    it(`refuses ${args.join(' ')}`, () => {
      assert.deepEqual(parseOptions(args), { ok: false, message })
    })
  }

  it('explains every flag in the help text', () => {
    for (const flag of FLAGS) assert.match(helpText(), new RegExp(`--${flag.name}\\b`))
  })

  it('names every command in the help text', () => {
    for (const command of ['replica', 'network', 'db'])
      assert.match(helpText(), new RegExp(`^ +npm start -- ${command} `, 'm'))
  })
})

function parsed(...args: string[]) {
  const result = parseOptions(args)
  assert.ok(result.ok)
  return result.options
}
