import { strict as assert } from 'node:assert'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { zstdDecompressSync } from 'node:zlib'
import { bytesToHex, concatBytes, fromBigInt, hexToBytes } from '../../lib/index.ts'
import type { Fork } from '../../protocol/index.ts'
import { type Curves, NOBLE_CURVES, replaceCurves } from './curves.ts'
import { loadMclBls12381 } from './mclBls12381.ts'
import { loadMclBn254 } from './mclBn254.ts'
import { loadMclP256 } from './mclP256.ts'
import { precompileAddresses, precompileAt, runPrecompile } from './table.ts'

const MCL_CURVES: Curves = {
  bn254: await loadMclBn254(),
  bls12381: await loadMclBls12381(),
  p256: await loadMclP256(),
}
const IMPLEMENTATIONS: [string, Curves][] = [
  ['noble', NOBLE_CURVES],
  ['mcl', MCL_CURVES],
]
const PLENTY = 1n << 60n

type Published = {
  name: string
  origin: string
  address: number
  fork: Fork
  gas: number
  input: string
  expected: string
}

describe('published vectors', () => {
  const file = new URL('fixtures/published.json', import.meta.url)
  const vectors = JSON.parse(readFileSync(file, 'utf8')) as Published[]
  for (const [implementation, curves] of IMPLEMENTATIONS) {
    for (const { name, origin, address, fork, gas, input, expected } of vectors) {
      it(`0x${address.toString(16)}: ${name} of ${origin}, ${implementation}`, () => {
        replaceCurves(curves)
        const outcome = runPrecompile(address, hexToBytes(`0x${input}`), PLENTY, fork)
        assert.deepEqual(
          [outcome.ok, outcome.gasUsed, bytesToHex(outcome.output)],
          [true, BigInt(gas), `0x${expected}`],
        )
      })
    }
  }
})

describe('vectors of the conformance pack', () => {
  const pack = new URL('../../../../shared/conformance/precompiles.tar.zst', import.meta.url)
  const skip = existsSync(pack) ? false : `${pack.pathname} is missing`
  for (const [implementation, curves] of IMPLEMENTATIONS) {
    it(`are met by ${implementation} (a sample of each file; all run in conformance)`, { skip }, () => {
      replaceCurves(curves)
      for (const [path, vectors] of readTar(zstdDecompressSync(readFileSync(pack)))) {
        const name = path.replace(/^.*\//, '').replace(/\.json$/, '')
        const target = PACK_FILES[name.replace(/^fail-/, '')]
        assert.ok(target !== undefined, `a file without an address: ${name}`)
        for (const vector of sample(vectors)) checkPackVector(name, vector, target)
      }
    })
  }
})

describe('runPrecompile', () => {
  it('has each precompile from its fork on', () => {
    assert.equal(precompileAddresses('Cancun').length, 10)
    assert.equal(precompileAddresses('Prague').length, 17)
    assert.deepEqual(precompileAddresses('Osaka').slice(-2), [0x11, 0x100])
    assert.equal(precompileAt(0x0b, 'Cancun'), undefined)
    assert.equal(precompileAt(0x100, 'Prague'), undefined)
    assert.equal(precompileAt(0, 'Osaka'), undefined)
    assert.equal(precompileAt(0x12, 'Osaka'), undefined)
  })

  it('takes all gas and does nothing when there is too little', () => {
    const huge = new Uint8Array(213)
    huge.fill(0xff, 0, 4)
    const outcome = runPrecompile(9, huge, 1000n, 'Osaka')
    assert.deepEqual([outcome.ok, outcome.gasUsed, outcome.output.length], [false, 1000n, 0])
    assert.equal(runPrecompile(4, new Uint8Array(33), 21n, 'Osaka').ok, true)
    assert.equal(runPrecompile(4, new Uint8Array(33), 20n, 'Osaka').ok, false)
  })

  it('takes all gas for invalid input', () => {
    for (const [address, length] of [
      [0x08, 191],
      [0x09, 212],
      [0x0a, 191],
      [0x0b, 255],
      [0x0c, 0],
      [0x0f, 0],
      [0x11, 127],
    ] as const) {
      const outcome = runPrecompile(address, new Uint8Array(length), 100_000n, 'Osaka')
      assert.deepEqual([outcome.ok, outcome.gasUsed], [false, 100_000n], `0x${address.toString(16)}`)
    }
  })
})

describe('hash precompiles', () => {
  const abc = new TextEncoder().encode('abc')

  it('give the standard digests of "abc" and price by words', () => {
    const sha = runPrecompile(2, abc, PLENTY, 'Osaka')
    assert.equal(bytesToHex(sha.output), '0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    assert.equal(sha.gasUsed, 72n)
    const ripemd = runPrecompile(3, abc, PLENTY, 'Osaka')
    assert.equal(bytesToHex(ripemd.output), `0x${'00'.repeat(12)}8eb208f7e05d987a9b044a8e98c6b087f15a0bfc`)
    assert.equal(ripemd.gasUsed, 720n)
    assert.equal(runPrecompile(2, new Uint8Array(0), PLENTY, 'Osaka').gasUsed, 60n)
  })
})

describe('ecrecover', () => {
  it('gives nothing for another v or a signature out of range', () => {
    const input = new Uint8Array(128).fill(1)
    input.fill(0, 32, 63)
    for (const v of [0, 1, 26, 29]) {
      input[63] = v
      assert.equal(runPrecompile(1, input, 3000n, 'Osaka').output.length, 0)
    }
    input[63] = 27
    input[32] = 1
    assert.equal(runPrecompile(1, input, 3000n, 'Osaka').output.length, 0)
    input[32] = 0
    input.fill(0xff, 64, 96)
    assert.deepEqual(runPrecompile(1, input, 3000n, 'Osaka'), {
      ok: true,
      gasUsed: 3000n,
      output: new Uint8Array(0),
    })
  })
})

describe('modexp', () => {
  const call = (lengths: [bigint, bigint, bigint], data: number[], fork: Fork) => {
    const head = lengths.map((length) => fromBigInt(length, 32))
    return runPrecompile(5, concatBytes(...head, Uint8Array.from(data)), PLENTY, fork)
  }

  it('treats what is missing as zero', () => {
    assert.deepEqual(call([1n, 1n, 1n], [3, 2], 'Osaka').output, Uint8Array.of(0))
    assert.deepEqual(call([1n, 1n, 2n], [3, 2, 1], 'Osaka').output, Uint8Array.of(0, 9))
    assert.deepEqual(runPrecompile(5, new Uint8Array(0), PLENTY, 'Osaka').output, new Uint8Array(0))
  })

  it('gives one for an exponent of zero unless the modulus is one or zero', () => {
    assert.deepEqual(call([1n, 0n, 1n], [0, 5], 'Prague').output, Uint8Array.of(1))
    assert.deepEqual(call([1n, 0n, 1n], [0, 1], 'Prague').output, Uint8Array.of(0))
    assert.deepEqual(call([1n, 0n, 1n], [0, 0], 'Prague').output, Uint8Array.of(0))
  })

  it('agrees with plain square-and-multiply over windows', () => {
    for (const size of [7, 8, 9, 33, 100]) {
      const bytes = Array.from({ length: 3 * size }, (_, i) => (i * 89 + size) % 251)
      const number = (at: number) => BigInt(bytesToHex(Uint8Array.from(bytes.slice(at, at + size))))
      const modulus = number(2 * size)
      let expected = 1n
      for (const bit of number(size).toString(2)) {
        expected = (expected * expected) % modulus
        if (bit === '1') expected = (expected * number(0)) % modulus
      }
      const length = BigInt(size)
      assert.deepEqual(call([length, length, length], bytes, 'Prague').output, fromBigInt(expected, size))
    }
  })

  it('fails for lengths above 1024 bytes from Osaka on (EIP-7823)', () => {
    assert.equal(call([0n, 0n, 1024n], [], 'Osaka').ok, true)
    assert.equal(call([0n, 0n, 1025n], [], 'Osaka').ok, false)
    assert.equal(call([0n, 1025n, 0n], [], 'Osaka').ok, false)
    assert.equal(call([0n, 0n, 1025n], [], 'Prague').ok, true)
  })

  it('prices absurd lengths without computing with them', () => {
    const absurd = (1n << 256n) - 1n
    assert.equal(call([absurd, absurd, absurd], [], 'Prague').ok, false)
    // Nothing is raised to a power modulo nothing: cheap whatever the exponent's length (EIP-2565).
    assert.deepEqual(call([0n, absurd, 0n], [], 'Prague'), {
      ok: true,
      gasUsed: 200n,
      output: new Uint8Array(0),
    })
  })
})

type PackVector = { Input: string; Expected?: string; Name: string; Gas?: number }
type Target = { address: number; fork: Fork; checksGas?: boolean }

/** Which precompile a file of the pack is about. `modexp` is priced by rules before Berlin. */
const PACK_FILES: Record<string, Target> = {
  ecRecover: { address: 0x01, fork: 'Cancun' },
  modexp: { address: 0x05, fork: 'Cancun', checksGas: false },
  modexp_eip2565: { address: 0x05, fork: 'Prague' },
  modexp_eip7883: { address: 0x05, fork: 'Osaka' },
  bn256Add: { address: 0x06, fork: 'Cancun' },
  bn256ScalarMul: { address: 0x07, fork: 'Cancun' },
  bn256Pairing: { address: 0x08, fork: 'Cancun' },
  blake2F: { address: 0x09, fork: 'Cancun' },
  blake2f: { address: 0x09, fork: 'Cancun' },
  pointEvaluation: { address: 0x0a, fork: 'Cancun' },
  blsG1Add: { address: 0x0b, fork: 'Prague' },
  blsG1Mul: { address: 0x0c, fork: 'Prague' },
  blsG1MultiExp: { address: 0x0c, fork: 'Prague' },
  blsG2Add: { address: 0x0d, fork: 'Prague' },
  blsG2Mul: { address: 0x0e, fork: 'Prague' },
  blsG2MultiExp: { address: 0x0e, fork: 'Prague' },
  blsPairing: { address: 0x0f, fork: 'Prague' },
  blsMapG1: { address: 0x10, fork: 'Prague' },
  blsMapG2: { address: 0x11, fork: 'Prague' },
  p256Verify: { address: 0x100, fork: 'Osaka' },
}

function checkPackVector(file: string, vector: PackVector, target: Target): void {
  const outcome = runPrecompile(target.address, hexToBytes(`0x${vector.Input}`), PLENTY, target.fork)
  const label = `${file}: ${vector.Name}`
  assert.equal(outcome.ok, !file.startsWith('fail-'), label)
  if (!outcome.ok) return
  assert.equal(bytesToHex(outcome.output), `0x${vector.Expected}`, label)
  if (target.checksGas !== false) assert.equal(outcome.gasUsed, BigInt(vector.Gas!), label)
}

/** At most this many vectors of a file, of inputs that take milliseconds. */
const SAMPLE_SIZE = 12
const SAMPLE_INPUT_DIGITS = 8_000

function sample(vectors: PackVector[]): PackVector[] {
  const small = vectors.filter(({ Input }) => Input.length <= SAMPLE_INPUT_DIGITS)
  const step = Math.max(1, Math.floor(small.length / SAMPLE_SIZE))
  return small.filter((_, i) => i % step === 0)
}

/** The JSON files of a ustar archive. */
function* readTar(tar: Uint8Array): Generator<[path: string, vectors: PackVector[]]> {
  const text = new TextDecoder()
  for (let offset = 0; offset < tar.length && tar[offset] !== 0; ) {
    const field = (start: number, end: number) =>
      text.decode(tar.subarray(offset + start, offset + end)).split('\0')[0]!
    const size = Number.parseInt(field(124, 136), 8)
    const path = field(0, 100)
    const content = tar.subarray(offset + 512, offset + 512 + size)
    if (path.endsWith('.json')) yield [path, JSON.parse(text.decode(content)) as PackVector[]]
    offset += 512 + Math.ceil(size / 512) * 512
  }
}
