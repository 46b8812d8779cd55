import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type IntrinsicGasInput, intrinsicGas } from './intrinsicGas.ts'

const transfer: IntrinsicGasInput = {
  isCreation: false,
  data: new Uint8Array(0),
  accessListAddressCount: 0,
  accessListKeyCount: 0,
  authorizationCount: 0,
}

describe('intrinsicGas', () => {
  it('is 21000 for a plain transfer, also as floor', () => {
    assert.deepEqual(intrinsicGas(transfer, 'Osaka'), { intrinsic: 21_000n, floor: 21_000n })
  })

  it('prices zero bytes at 4 and others at 16, and in the floor at 10 and 40', () => {
    const data = Uint8Array.of(0, 0, 0, 1, 2)
    assert.deepEqual(intrinsicGas({ ...transfer, data }, 'Prague'), { intrinsic: 21_044n, floor: 21_110n })
  })

  it('has no floor in Cancun', () => {
    assert.equal(intrinsicGas(transfer, 'Cancun').floor, 0n)
  })

  it('adds 32000 and 2 a word for a creation', () => {
    const data = new Uint8Array(33)
    assert.equal(
      intrinsicGas({ ...transfer, isCreation: true, data }, 'Osaka').intrinsic,
      21_000n + 132n + 32_004n,
    )
  })

  it('adds 2400 an address, 1900 a key and 25000 an authorization', () => {
    const input = { ...transfer, accessListAddressCount: 2, accessListKeyCount: 3, authorizationCount: 1 }
    assert.equal(intrinsicGas(input, 'Osaka').intrinsic, 21_000n + 4_800n + 5_700n + 25_000n)
  })
})
