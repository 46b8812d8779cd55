import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { blobBaseFee, calcExcessBlobGas, fakeExponential, nextBaseFee } from './fees.ts'
import { FORK_RULES, GAS_PER_BLOB } from './forks.ts'

const CANCUN = FORK_RULES.Cancun.blobSchedule
const PRAGUE = FORK_RULES.Prague.blobSchedule
const blobs = (count: number) => BigInt(count) * GAS_PER_BLOB

describe('nextBaseFee', () => {
  it('moves by the distance from the target, at most by an eighth', () => {
    const next = (gasUsed: bigint) =>
      nextBaseFee({ gasLimit: 60_000_000n, gasUsed, baseFeePerGas: 8_000_000n })
    assert.equal(next(30_000_000n), 8_000_000n)
    // A third of the target away: a third of an eighth, rounded down.
    assert.equal(next(40_000_000n), 8_333_333n)
    assert.equal(next(20_000_000n), 7_666_667n)
    assert.equal(next(60_000_000n), 9_000_000n)
    assert.equal(next(0n), 7_000_000n)
  })

  it('rises by at least one wei and never falls below zero', () => {
    assert.equal(nextBaseFee({ gasLimit: 20n, gasUsed: 11n, baseFeePerGas: 0n }), 1n)
    assert.equal(nextBaseFee({ gasLimit: 20n, gasUsed: 0n, baseFeePerGas: 7n }), 7n)
    assert.equal(nextBaseFee({ gasLimit: 20n, gasUsed: 0n, baseFeePerGas: 8n }), 7n)
  })
})

describe('fakeExponential', () => {
  it('adds up the terms of the series, each rounded down (EIP-4844, by hand)', () => {
    // 1 + 2 + 2 + 1 (of 4/3) + 0 (of 2/4)
    assert.equal(fakeExponential(1n, 2n, 1n), 6n)
    // 1 + 1 + 0 (of 1/2)
    assert.equal(fakeExponential(1n, 1n, 1n), 2n)
    // 14 (7 · 2), 21, 15 (of 21 · 3 / 4), 7 (of 15 · 3 / 6), 2 (of 7 · 3 / 8), 0: 59 / 2
    assert.equal(fakeExponential(7n, 3n, 2n), 29n)
    assert.equal(fakeExponential(977n, 0n, 1000n), 977n)
    assert.equal(fakeExponential(0n, 5n, 3n), 0n)
  })

  it('is near factor · e^(numerator / denominator)', () => {
    for (const [numerator, denominator] of [
      [7n, 5n],
      [30_000_000n, 3_338_477n],
      [100_000_000n, 5_007_716n],
    ] as const) {
      const exact = 1e9 * Math.exp(Number(numerator) / Number(denominator))
      const off = Math.abs(exact - Number(fakeExponential(1_000_000_000n, numerator, denominator)))
      assert.ok(off < exact * 1e-8, `${numerator} / ${denominator}: ${off} off ${exact}`)
    }
  })
})

describe('blobBaseFee', () => {
  it('starts at one wei and reaches each next one near its logarithm', () => {
    assert.equal(blobBaseFee(0n, CANCUN), 1n)
    // ln 2, ln 3 and ln 10 times 3,338,477 are 2,314,055.9, 3,667,691.9 and 7,687,127.4; rounding comes a little later.
    for (const [fee, excess] of [
      [2n, 2_314_058n],
      [3n, 3_667_694n],
      [10n, 7_687_129n],
    ] as const) {
      assert.equal(blobBaseFee(excess - 1n, CANCUN), fee - 1n)
      assert.equal(blobBaseFee(excess, CANCUN), fee)
    }
    assert.equal(blobBaseFee(blobs(20), CANCUN), 2n)
  })
})

describe('calcExcessBlobGas', () => {
  it('keeps what is above the target of three blobs', () => {
    const next = (excessBlobGas: bigint, used: number) =>
      calcExcessBlobGas({ excessBlobGas, blobGasUsed: blobs(used), baseFeePerGas: 1n }, 'Cancun', CANCUN)
    assert.equal(next(0n, 0), 0n)
    assert.equal(next(0n, 3), 0n)
    assert.equal(next(0n, 6), blobs(3))
    assert.equal(next(5n, 5), blobs(2) + 5n)
    assert.equal(next(blobs(7), 1), blobs(5))
    assert.equal(next(blobs(2), 1), 0n)
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
