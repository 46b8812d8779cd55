import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, concatBytes, fromBigInt, hexToBytes, Prng } from '../lib/index.ts'
import { Engine } from './Engine.ts'
import { TablePair } from './testing/index.ts'

const leader = new Engine({ memoryMiB: 320 })
const follower = new Engine({ memoryMiB: 320 })

type Step =
  | { do: 'put'; at: number; nonce: number; balance: number; code: number }
  | { do: 'store'; at: number; key: number; value: number }
  | { do: 'credit'; at: number; amount: number }
  | { do: 'ship' | 'rollBack' | 'check' }

function addressOf(n: number): string {
  return bytesToHex(keccak256(fromBigInt(BigInt(n), 4)).subarray(12))
}

/** Small keys as contracts use them. */
function keyOf(n: number): string {
  return bytesToHex(fromBigInt(BigInt(n), 32))
}

function codeOf(n: number): string {
  return n === 0 ? '0x' : bytesToHex(new Uint8Array(n).fill(n))
}

function take(pair: TablePair, step: Step): void {
  switch (step.do) {
    case 'put': {
      const { nonce, balance, code } = step
      pair.put(addressOf(step.at), { nonce: BigInt(nonce), balance: BigInt(balance), code: codeOf(code) })
      break
    }
    case 'store':
      pair.store(addressOf(step.at), keyOf(step.key), BigInt(step.value))
      break
    case 'credit':
      pair.credit(addressOf(step.at), BigInt(step.amount))
      break
    case 'ship':
      pair.ship()
      break
    case 'rollBack':
      pair.rollBack()
      break
    case 'check':
      pair.checkPending()
      pair.check()
  }
}

const small = (max: number) => fc.integer({ min: 0, max })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      at: small(4),
      nonce: small(1),
      balance: small(1),
      code: small(2),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('store' as const), at: small(4), key: small(3), value: small(2) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('credit' as const), at: small(4), amount: small(1) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('ship' as const, 'rollBack' as const, 'check' as const) }),
  },
)

/** Cells of an index at first; it doubles when 3/4 are taken, and is done after less than a tenth as many insertions. */
const FIRST_CELLS = 4096
const DOUBLINGS = 3

/**
 * Writes each number's value, zero where it is taken out. Around each doubling much is taken out and put back, and all is
 * compared again and again.
 */
function growAgainstMap(
  random: Prng,
  table: { write(n: number, value: number): void; read(n: number): number; count(): number },
): void {
  const oracle = new Map<number, number>()
  const write = (n: number, value: number) => {
    table.write(n, value)
    if (value === 0) oracle.delete(n)
    else oracle.set(n, value)
  }
  const end = 0.75 * FIRST_CELLS * 2 ** DOUBLINGS
  for (let n = 0; n < end; n++) {
    write(n, 1 + random.nextInt(100))
    const doubledSince = oracle.size % (0.75 * FIRST_CELLS)
    if (doubledSince > 1000) continue
    for (let i = random.nextInt(4); i > 0; i--) write(random.nextInt(n + 1), random.nextInt(3))
    const probe = random.nextInt(2 * n + 1)
    assert.equal(table.read(probe), oracle.get(probe) ?? 0)
    if (n % 256 !== 0) continue
    assert.equal(table.count(), oracle.size)
    for (let each = 0; each <= n; each++) assert.equal(table.read(each), oracle.get(each) ?? 0)
  }
}

function growSlots(random: Prng): void {
  const holder = hexToBytes(addressOf(0))
  leader.reset()
  leader.setAccount(holder, { nonce: 1n, balance: 0n })
  const salt = random.nextBytes(16)
  const key = (n: number) => concatBytes(fromBigInt(BigInt(n), 16), salt)
  growAgainstMap(random, {
    write: (n, value) => leader.setStorage(holder, key(n), fromBigInt(BigInt(value), 32)),
    read: (n) => leader.getStorage(holder, key(n))[31]!,
    count: () => leader.slotCount,
  })
}

function growAccounts(random: Prng): void {
  leader.reset()
  const salt = random.nextBytes(16)
  const address = (n: number) => concatBytes(fromBigInt(BigInt(n), 4), salt)
  growAgainstMap(random, {
    write: (n, value) => {
      leader.setAccount(address(n), { nonce: BigInt(value), balance: 0n })
      if (value === 0) leader.credit(address(n), 0n)
      leader.takeDiff()
    },
    read: (n) => Number(leader.getAccount(address(n))?.nonce ?? 0n),
    count: () => leader.accountCount,
  })
}

describe('the tables', () => {
  it('hold what a plain map holds, through diffs, deletions and roll-backs', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const pair = new TablePair(leader, follower)
        for (const each of steps) take(pair, each)
        pair.check()
      }),
      { numRuns: 300 },
    )
  })

  it('grow their indexes and free their records, with thousands of each', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = new Prng(seed)
        const pair = new TablePair(leader, follower)
        // The indexes begin with 4,096 cells and are at most 3/4 full: several growths.
        for (let i = 0; i < 12_000; i++) {
          const at = random.nextInt(8000)
          take(pair, { do: 'put', at, nonce: random.nextInt(2), balance: 0, code: 0 })
          for (let key = random.nextInt(4); key >= 0; key--)
            take(pair, { do: 'store', at, key, value: 1 + key })
          if (random.nextInt(3000) === 0) take(pair, { do: 'ship' })
        }
        pair.check()
        for (let i = 0; i < 20_000; i++) {
          const at = random.nextInt(8000)
          const key = random.nextInt(4)
          take(pair, { do: 'store', at, key, value: random.nextInt(3) === 0 ? 7 : 0 })
          if (random.nextInt(20) === 0) take(pair, { do: 'credit', at, amount: 0 })
          if (random.nextInt(4000) === 0) take(pair, { do: random.nextInt(3) === 0 ? 'rollBack' : 'ship' })
        }
        pair.check()
      }),
      { numRuns: 1 },
    )
  })

  it('hold what a map holds while their indexes double, with deletions in the middle of it', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        growSlots(new Prng(seed))
        growAccounts(new Prng(seed))
      }),
      { numRuns: 2 },
    )
  })

  it('use the numbers of freed records again', () => {
    // Room for about 30,000 accounts and slots: three times as many come and go.
    const tight = new Engine({ memoryMiB: 192, evmMemoryMiB: 114 })
    const holder = hexToBytes(addressOf(0))
    tight.setAccount(holder, { nonce: 1n, balance: 0n })
    for (let round = 0; round < 30; round++) {
      const addresses = Array.from({ length: 1000 }, (_, i) => hexToBytes(addressOf(1 + round * 1000 + i)))
      const keys = Array.from({ length: 3000 }, (_, i) => fromBigInt(BigInt(round * 3000 + i), 32))
      for (const address of addresses) tight.credit(address, 1n)
      for (const key of keys) tight.setStorage(holder, key, key.with(0, 1))
      tight.takeDiff()
      for (const address of addresses) {
        tight.setAccount(address, { nonce: 0n, balance: 0n })
        tight.credit(address, 0n)
      }
      for (const key of keys) tight.setStorage(holder, key, new Uint8Array(32))
      tight.takeDiff()
    }
    assert.deepEqual([tight.accountCount, tight.slotCount], [1, 0])
  })

  it('put nothing into a diff that is as it was', () => {
    const pair = new TablePair(leader, follower)
    const at = addressOf(1)
    pair.put(at, { nonce: 1n, balance: 5n, code: codeOf(3) })
    pair.store(at, keyOf(1), 9n)
    pair.ship()
    pair.put(at, { nonce: 2n, balance: 6n, code: codeOf(4) })
    pair.store(at, keyOf(1), 8n)
    pair.store(at, keyOf(2), 7n)
    pair.put(at, { nonce: 1n, balance: 5n, code: codeOf(3) })
    pair.store(at, keyOf(1), 9n)
    pair.store(at, keyOf(2), 0n)
    // One account: the one that opens each diff.
    assert.equal(pair.ship().length, 12 + 93)
    pair.check()
  })
})
