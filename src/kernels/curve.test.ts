import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { Prng } from '../lib/index.ts'
import { compileKernel } from './build.ts'
import { CurveKernel, type CurveSignature } from './CurveKernel.ts'
import { TARGETS } from './targets.ts'

const P = 2n ** 256n - 2n ** 32n - 977n
const { Point } = secp256k1
const N = Point.Fn.ORDER
const seed = Number(process.env.FUZZ_SEED ?? 1)

const ELEMENT_BYTES = 80
/** Where the test's elements stand, behind the kernel's own data. */
const [A, B, OUT] = [0, 1, 2].map((i) => 32_768 + i * ELEMENT_BYTES) as [number, number, number]

type FieldExports = {
  memory: WebAssembly.Memory
  multiply(a: number, b: number, out: number): void
  square(a: number, out: number): void
  subtract(a: number, b: number, out: number): void
  addMultiple(a: number, b: number, factor: number, out: number): void
}

describe('the field, as pairs of five doubles', () => {
  let field: FieldExports
  let doubles: Float64Array

  before(async () => {
    const { flags } = TARGETS.find(({ name }) => name === 'curve')!
    const wasm = await compileKernel({ name: 'field', entry: 'assembly/curve/field.ts', flags })
    field = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as FieldExports
    doubles = new Float64Array(field.memory.buffer)
  })

  const put = (at: number, lanes: number[][]) => {
    for (const [lane, limbs] of lanes.entries())
      for (const [i, limb] of limbs.entries()) doubles[at / 8 + 2 * i + lane] = limb
  }
  const read = (at: number, lane: number) => [0, 1, 2, 3, 4].map((i) => doubles[at / 8 + 2 * i + lane]!)
  const numberIn = (limbs: number[]) =>
    limbs.reduce((sum, limb, i) => sum + BigInt(limb) * 2n ** BigInt(51 * i), 0n)
  const modulo = (value: bigint) => ((value % P) + P) % P

  /** Limbs up to the sizes that are allowed, often at them. */
  const randomNarrow = (random: Prng): number[] => {
    const limb = (size: number) =>
      random.pick([size, -size, 0, 1, Math.round((2 * random.nextInt(2 ** 32)) / 2 ** 32 - 1) * size]) ||
      Math.floor((random.nextInt(2 ** 32) / 2 ** 31 - 1) * size)
    const low = [0, 1, 2, 3].map(() => limb(2 ** 50 + 2 ** 40))
    return [...low, limb(2 ** 51 + 2 ** 7)]
  }

  it('gives what bigints give, and narrow limbs, up to the largest limbs', () => {
    const random = new Prng(seed)
    for (let round = 0; round < 20_000; round++) {
      const [a, b] = [A, B].map((at) => {
        const lanes = [randomNarrow(random), randomNarrow(random)]
        put(at, lanes)
        return lanes.map(numberIn)
      }) as [bigint[], bigint[]]
      // An element stands for twice its value.
      const operations: [run: () => void, expected: (lane: number) => bigint][] = [
        [() => field.multiply(A, B, OUT), (lane) => 2n * a[lane]! * b[lane]!],
        [() => field.square(A, OUT), (lane) => 2n * a[lane]! ** 2n],
        [() => field.subtract(A, B, OUT), (lane) => a[lane]! - b[lane]!],
        [() => field.addMultiple(A, B, -2, OUT), (lane) => a[lane]! - 2n * b[lane]!],
        [() => field.addMultiple(A, B, 2, OUT), (lane) => a[lane]! + 2n * b[lane]!],
      ]
      for (const [operation, [run, expected]] of operations.entries()) {
        run()
        for (const lane of [0, 1]) {
          const limbs = read(OUT, lane)
          const message = `seed ${seed}, round ${round}, operation ${operation}`
          assert.equal(modulo(numberIn(limbs)), modulo(expected(lane)), message)
          for (const limb of limbs.slice(0, 4)) assert.ok(Math.abs(limb) <= 2 ** 50 + 2 ** 40, message)
          assert.ok(Math.abs(limbs[4]!) <= 2 ** 51 + 2 ** 7, message)
        }
      }
    }
  })

  it('may write its result over an operand', () => {
    const random = new Prng(seed)
    const lanes = [randomNarrow(random), randomNarrow(random)]
    for (const [run, expected] of [
      [() => field.multiply(A, A, A), (a: bigint) => 2n * a * a],
      [() => field.square(A, A), (a: bigint) => 2n * a * a],
      [() => field.subtract(A, A, A), () => 0n],
      [() => field.addMultiple(A, A, 2, A), (a: bigint) => 3n * a],
    ] as const) {
      put(A, lanes)
      run()
      for (const lane of [0, 1])
        assert.equal(modulo(numberIn(read(A, lane))), modulo(expected(numberIn(lanes[lane]!))))
    }
  })
})

const wordOf = (value: bigint): Uint8Array => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
const randomScalar = (random: Prng): bigint => 1n + (random.nextBigInt(256) % (N - 1n))

type Made = CurveSignature & { key: Uint8Array }

/** A signature of any r, s and hash, and the key that it is of by definition: r⁻¹ (s R - hash G). */
function signatureOf(r: bigint, s: bigint, yParity: number, hash: Uint8Array): Made | undefined {
  const signature = Buffer.concat([wordOf(r), wordOf(s)])
  try {
    const parsed = secp256k1.Signature.fromBytes(signature, 'compact').addRecoveryBit(yParity)
    return { signature, yParity, hash, key: parsed.recoverPublicKey(hash).toBytes(false).slice(1) }
  } catch {
    // No point of the curve has this x.
    return undefined
  }
}

function signedBy(privateKey: bigint, hash: Uint8Array): Made {
  const bytes = secp256k1.sign(hash, wordOf(privateKey), { prehash: false, format: 'recovered' })
  return {
    signature: bytes.slice(1),
    yParity: bytes[0]!,
    hash,
    key: secp256k1.getPublicKey(wordOf(privateKey), false).slice(1),
  }
}

const created = (): CurveKernel => {
  const kernel = CurveKernel.create()
  assert.ok(kernel !== undefined, 'a machine on which tests run multiplies and adds with one rounding')
  return kernel
}

/** What the kernel says of signatures by the keys at these places. */
const verdicts = (kernel: CurveKernel, list: readonly (CurveSignature & { place: number })[]): boolean[] => {
  kernel.clear()
  const numbers = list.map(({ place, ...signature }) => kernel.add(signature, place))
  kernel.verify()
  return numbers.map((number) => kernel.hasKey(number))
}

/** The keys that it recovers, in hex; undefined where it can't. */
const recovered = (kernel: CurveKernel, list: readonly CurveSignature[]): (string | undefined)[] => {
  kernel.clear()
  const numbers = list.map((signature) => kernel.add(signature))
  kernel.recover()
  return numbers.map((number) => (kernel.hasKey(number) ? hex(kernel.keyOf(number)) : undefined))
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const EDGES = [1n, 2n, N - 1n, N - 2n, N >> 1n, (N >> 1n) + 1n, 2n ** 255n, 2n ** 128n, 2n ** 128n - 1n]

/** Of any numbers, often at the edges of the group; undefined where r is the x of no point. */
function randomSignature(random: Prng): Made | undefined {
  const scalar = () => (random.nextInt(4) === 0 ? random.pick(EDGES) : randomScalar(random))
  const edge = wordOf(random.pick([0n, 1n, N - 1n, N, N + 1n, 2n ** 256n - 1n]))
  const hash = random.nextInt(4) === 0 ? edge : random.nextBytes(32)
  return signatureOf(scalar(), scalar(), random.nextInt(2), hash)
}

function randomSignatures(random: Prng, count: number): Made[] {
  const made: Made[] = []
  while (made.length < count) {
    const signature = randomSignature(random)
    if (signature !== undefined) made.push(signature)
  }
  return made
}

describe('CurveKernel that knows keys', () => {
  it('knows signatures of any numbers by the key that noble recovers from them', () => {
    const random = new Prng(seed)
    const kernel = created()
    const made = randomSignatures(random, kernel.limit)
    for (let i = 0; i < made.length; i += 2)
      assert.ok(kernel.learn([i, i + 1], [made[i]!.key, made[i + 1]!.key]))
    const list = made.map((signature, place) => ({ ...signature, place }))
    assert.deepEqual(verdicts(kernel, list), Array(list.length).fill(true), `seed ${seed}`)
    // Any number of them, in any order.
    for (const count of [1, 2, 3, 7, 64, 127]) {
      const some = Array.from({ length: count }, () => random.pick(list))
      assert.deepEqual(verdicts(kernel, some), Array(count).fill(true), `seed ${seed}, ${count}`)
    }
  })

  it('does not take one for made of which anything is another', () => {
    const random = new Prng(seed)
    const kernel = created()
    const signers = [0, 1, 2, 3].map(() => randomScalar(random))
    const list = signers.map((key, place) => ({ ...signedBy(key, random.nextBytes(32)), place }))
    kernel.learn([0, 1], [list[0]!.key, list[1]!.key])
    kernel.learn([2, 3], [list[2]!.key, list[3]!.key])
    const changed = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
    const [one] = list as [(typeof list)[number]]
    const s = BigInt(`0x${Buffer.from(one.signature.slice(32)).toString('hex')}`)
    const wrong = [
      { ...one, place: 1 },
      { ...one, yParity: 1 - one.yParity },
      { ...one, hash: changed(one.hash, 31) },
      { ...one, hash: changed(one.hash, 0) },
      { ...one, signature: changed(one.signature, 31) },
      { ...one, signature: changed(one.signature, 63) },
      { ...one, signature: Buffer.concat([one.signature.slice(0, 32), wordOf(N - s)]) },
    ]
    for (const [i, each] of wrong.entries()) {
      // Its neighbours are right.
      assert.deepEqual(
        verdicts(kernel, [list[1]!, each, list[2]!, list[3]!]),
        [true, false, true, true],
        `${i}`,
      )
    }
    // The other s goes with the other y of R: it is as good.
    const mirrored = { ...one, yParity: 1 - one.yParity, signature: wrong[6]!.signature }
    assert.deepEqual(verdicts(kernel, [mirrored]), [true])
  })

  it('says no where points of a sum are the same, and what is right of the others', () => {
    const random = new Prng(seed)
    const kernel = created()
    const honest = { ...signedBy(randomScalar(random), random.nextBytes(32)), place: 0 }
    kernel.learn([0, 0], [honest.key, honest.key])
    let unknown = 0
    // The first is the generator: its multiples are the same points.
    for (const key of [1n, 2n, 3n, 16n, N - 1n, N - 2n]) {
      const made = Array.from({ length: 400 }, () => ({ ...signedBy(key, random.nextBytes(32)), place: 1 }))
      kernel.learn([1, 1], [made[0]!.key, made[0]!.key])
      for (const signature of made) {
        const wrong = { ...signature, hash: honest.hash }
        const list = [wrong, signature, honest, signature]
        const [isWrongMade, isMade, isHonestMade, isMadeAgain] = verdicts(kernel, list)
        assert.deepEqual([isWrongMade, isHonestMade], [false, true], `seed ${seed}, key ${key}`)
        assert.equal(isMade, isMadeAgain)
        if (!isMade) unknown++
      }
    }
    assert.ok(unknown > 0 && unknown < 100, `seed ${seed}: ${unknown}`)
  })

  it('knows one whose hash is zero, so that the generator has no part in it', () => {
    const kernel = created()
    const signature = signatureOf(Point.BASE.multiply(5n).x, 7n, 0, new Uint8Array(32))!
    kernel.learn([0, 0], [signature.key, signature.key])
    assert.deepEqual(verdicts(kernel, [{ ...signature, place: 0 }]), [true])
  })
})

describe('CurveKernel that recovers keys', () => {
  it('gives the keys that noble gives, for any numbers', () => {
    const random = new Prng(seed)
    const kernel = created()
    for (const count of [1, 2, 3, 7, 64, 127, 128, 128, 128, 128]) {
      const made = randomSignatures(random, count)
      const keys = recovered(kernel, made)
      for (const [i, { hash, signature, key, yParity }] of made.entries()) {
        const message = `seed ${seed}: ${hex(signature)} ${yParity} ${hex(hash)}`
        // A hash of zero leaves nothing of the generator, whose points then sum up to infinity.
        if (BigInt(`0x${hex(hash)}`) % N === 0n) assert.ok([undefined, hex(key)].includes(keys[i]), message)
        else assert.equal(keys[i], hex(key), message)
      }
    }
  })

  it('knows no key where there is none, nor where a formula fails, and all of the others', () => {
    const random = new Prng(seed)
    const kernel = created()
    const honest = [1, 2, 3].map(() => signedBy(randomScalar(random), random.nextBytes(32)))
    // R is the generator, and s the hash: s R - hash G is nothing.
    const { x, y } = Point.BASE
    const hash = random.nextBytes(32)
    const s = BigInt(`0x${hex(hash)}`) % N
    const nothing = {
      ...{ signature: Buffer.concat([wordOf(x), wordOf(s)]), hash },
      yParity: Number(y & 1n),
    }
    assert.equal(signatureOf(x, s, nothing.yParity, hash), undefined)
    // No point has this x.
    const noPoint = { ...honest[0]!, signature: Buffer.concat([wordOf(5n), wordOf(7n)]) }
    assert.equal(signatureOf(5n, 7n, 0, hash), undefined)
    // The same point twice in the last sum: s R = - hash G.
    const twice = { ...nothing, signature: Buffer.concat([wordOf(x), wordOf(N - s)]) }
    const keys = recovered(kernel, [honest[0]!, nothing, noPoint, honest[1]!, twice, honest[2]!, noPoint])
    const [first, second, third] = honest.map(({ key }) => hex(key))
    assert.deepEqual(
      keys.filter((_, i) => i !== 4),
      [first, undefined, undefined, second, third, undefined],
    )
    const expected = signatureOf(x, N - s, nothing.yParity, hash)!
    assert.ok([undefined, hex(expected.key)].includes(keys[4]))
  })

  it('gives the right key or none for multiples of the generator that meet on the way', () => {
    const random = new Prng(seed)
    const kernel = created()
    for (let round = 0; round < 40; round++) {
      const made = Array.from({ length: 32 }, () => {
        const { x, y } = Point.BASE.multiply(BigInt(1 + random.nextInt(40)))
        const small = () => BigInt(1 + random.nextInt(300))
        const s = random.nextBool() ? small() : N - small()
        return signatureOf(x, s, Number(y & 1n), wordOf(random.nextBool() ? small() : N - small()))
      }).filter((signature) => signature !== undefined)
      for (const [i, key] of recovered(kernel, made).entries())
        if (key !== undefined) assert.equal(key, hex(made[i]!.key), `seed ${seed}, round ${round}`)
    }
  })
})
