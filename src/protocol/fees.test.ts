import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { blobBaseFee, calcExcessBlobGas, fakeExponential, nextBaseFee } from './fees.ts'
import { FORK_RULES, GAS_PER_BLOB } from './forks.ts'

const CANCUN = FORK_RULES.Cancun.blobSchedule
const PRAGUE = FORK_RULES.Prague.blobSchedule
const blobs = (count: number) => BigInt(count) * GAS_PER_BLOB

describe('nextBaseFee', () => {
  it('moves by the distance from the target (vectors of go-ethereum, eip1559_test.go)', () => {
    const next = (gasUsed: bigint) =>
      nextBaseFee({ gasLimit: 20_000_000n, gasUsed, baseFeePerGas: 1_000_000_000n })
    assert.equal(next(10_000_000n), 1_000_000_000n)
    assert.equal(next(9_000_000n), 987_500_000n)
    assert.equal(next(11_000_000n), 1_012_500_000n)
  })

  it('rises by at least one wei and never falls below zero', () => {
    assert.equal(nextBaseFee({ gasLimit: 20n, gasUsed: 11n, baseFeePerGas: 0n }), 1n)
    assert.equal(nextBaseFee({ gasLimit: 20n, gasUsed: 0n, baseFeePerGas: 7n }), 7n)
    assert.equal(nextBaseFee({ gasLimit: 20n, gasUsed: 0n, baseFeePerGas: 8n }), 7n)
  })
})

describe('fakeExponential', () => {
  it('gives the vectors of go-ethereum (eip4844_test.go)', () => {
    const vectors = [
      [1, 0, 1, 1],
      [38493, 0, 1000, 38493],
      [0, 1234, 2345, 0],
      [1, 2, 1, 6],
      [1, 4, 2, 6],
      [1, 3, 1, 16],
      [1, 6, 2, 18],
      [1, 4, 1, 49],
      [1, 8, 2, 50],
      [10, 8, 2, 542],
      [11, 8, 2, 596],
      [1, 5, 1, 136],
      [1, 5, 2, 11],
      [2, 5, 2, 23],
      [1, 50000000, 2225652, 5709098764],
    ].map((row) => row.map(BigInt) as [bigint, bigint, bigint, bigint])
    for (const [factor, numerator, denominator, expected] of vectors) {
      assert.equal(fakeExponential(factor, numerator, denominator), expected)
    }
  })
})

describe('blobBaseFee', () => {
  it('starts at one wei and grows with the excess (vectors of go-ethereum, eip4844_test.go)', () => {
    assert.equal(blobBaseFee(0n, CANCUN), 1n)
    assert.equal(blobBaseFee(2314057n, CANCUN), 1n)
    assert.equal(blobBaseFee(2314058n, CANCUN), 2n)
    assert.equal(blobBaseFee(10n * 1024n * 1024n, CANCUN), 23n)
  })
})

describe('calcExcessBlobGas', () => {
  it('keeps what is above the target (vectors of go-ethereum, eip4844_test.go)', () => {
    const next = (excessBlobGas: bigint, used: number) =>
      calcExcessBlobGas({ excessBlobGas, blobGasUsed: blobs(used), baseFeePerGas: 1n }, 'Cancun', CANCUN)
    assert.equal(next(0n, 0), 0n)
    assert.equal(next(0n, 3), 0n)
    assert.equal(next(0n, 4), GAS_PER_BLOB)
    assert.equal(next(1n, 4), GAS_PER_BLOB + 1n)
    assert.equal(next(blobs(3), 2), blobs(2))
    assert.equal(next(blobs(3) - 1n, 0), 0n)
  })

  it('does not let the blob fee fall far below the execution fee from Osaka on (EIP-7918)', () => {
    const parent = { excessBlobGas: blobs(6), blobGasUsed: blobs(6), baseFeePerGas: 1_000_000_000n }
    assert.equal(calcExcessBlobGas(parent, 'Prague', PRAGUE), blobs(6))
    assert.equal(calcExcessBlobGas(parent, 'Osaka', PRAGUE), blobs(6) + blobs(2))
    // The reserve price is 8192 · base fee / 131072 = base fee / 16.
    assert.equal(calcExcessBlobGas({ ...parent, baseFeePerGas: 16n }, 'Osaka', PRAGUE), blobs(6))
    assert.equal(calcExcessBlobGas({ ...parent, baseFeePerGas: 17n }, 'Osaka', PRAGUE), blobs(8))
    assert.equal(calcExcessBlobGas({ ...parent, excessBlobGas: 0n, blobGasUsed: 0n }, 'Osaka', PRAGUE), 0n)
  })
})
