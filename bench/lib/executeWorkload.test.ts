import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Engine } from '../../src/execution/index.ts'
import { hexToBytes } from '../../src/lib/index.ts'
import { executedOf, prepareWorkload, usedGas } from './executeWorkload.ts'

const SMALL = { memoryMiB: 192, evmMemoryMiB: 16 }
const NOTHING = new Uint8Array(0)

function execute(code: string, calldata: Uint8Array) {
  const call = prepareWorkload(new Engine(SMALL), {
    name: '',
    code: hexToBytes(code),
    calldata,
    gas: 100_000n,
  })
  return [executedOf(call(), calldata), executedOf(call(), calldata)] as const
}

describe('executedOf', () => {
  it('gives the gas of the execution alone, the same again in the next call', () => {
    // PUSH1 1 PUSH0 SSTORE: 3 + 2 + 22100
    const [first, second] = execute('0x60015f55', NOTHING)
    assert.deepEqual(first, { status: 'success', output: NOTHING, gasUsed: 22_105n, atFloor: false })
    assert.deepEqual(second, first)
  })

  it('gives it before refunds', () => {
    // PUSH1 1 PUSH0 SSTORE, PUSH0 PUSH0 SSTORE: 22105 + 4 + 100
    assert.equal(execute('0x60015f555f5f55', NOTHING)[0].gasUsed, 22_209n)
  })

  it('knows only a bound where the floor of the calldata is dearer', () => {
    const calldata = Uint8Array.of(0, 1)
    // PUSH0 PUSH0: 4; two bytes of 5 tokens cost 20, at least 50.
    const [executed] = execute('0x5f5f', calldata)
    assert.deepEqual([executed.gasUsed, executed.atFloor], [30n, true])
    assert.equal(usedGas(executed, 4n), true)
    assert.equal(usedGas(executed, 31n), false)
  })
})

describe('usedGas', () => {
  it('compares exactly otherwise', () => {
    const [executed] = execute('0x5f5f', NOTHING)
    assert.equal(usedGas(executed, 4n), true)
    assert.equal(usedGas(executed, 3n), false)
  })
})
