import assert from 'node:assert/strict'
import { it } from 'node:test'
import { precompileAddresses } from '../src/evm/precompiles/table.ts'
import { isAtLeast } from '../src/protocol/index.ts'
import { PRECOMPILE_NAMES } from '../src/rpc/methods/config.ts'

for (const fork of ['Cancun', 'Prague', 'Osaka'] as const) {
  it(`eth_config names the precompiles that the EVM has in ${fork}`, () => {
    const named = PRECOMPILE_NAMES.filter(({ since }) => isAtLeast(fork, since)).map(({ address }) => address)
    assert.deepEqual(
      named.sort((a, b) => a - b),
      precompileAddresses(fork),
    )
  })
}
