import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, fromBigInt, hexToBytes, Prng } from '../lib/index.ts'
import { EMPTY_CODE_HASH, encodeStateDiff, type StateDiff } from '../protocol/index.ts'
import { Engine, StateDiffError } from './Engine.ts'
import { TablePair } from './testing/index.ts'

const EMPTY_DIFF = new Uint8Array(12)
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

  it('use the numbers of freed records again', () => {
    // Room for about 10,000 accounts and 29,000 slots: three times as many come and go.
    const tight = new Engine({ memoryMiB: 192, evmMemoryMiB: 117 })
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
    const { exports } = tight.kernel
    assert.deepEqual([exports.accountCount(), exports.slotCount()], [1, 0])
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

describe('applyDiff', () => {
  const address = hexToBytes(addressOf(1))
  const other = hexToBytes(addressOf(2))
  const code = Uint8Array.of(1, 2, 3)
  const word = (n: number) => fromBigInt(BigInt(n), 32)
  const account = (fields: Partial<StateDiff['accounts'][0]>) => ({
    address,
    deleted: false,
    nonce: 1n,
    balance: 2n,
    codeHash: EMPTY_CODE_HASH,
    ...fields,
  })
  const whole = encodeStateDiff({
    accounts: [account({ codeHash: keccak256(code) }), account({ address: other })],
    slots: [{ address, key: word(1), value: word(2) }],
    codes: [{ hash: keccak256(code), code }],
  })

  /** Refused with a named error, and everything as before. */
  function refuses(diff: Uint8Array, reason: RegExp): void {
    const { exports } = leader.kernel
    const before = [exports.accountCount(), exports.slotCount()]
    assert.throws(
      () => leader.applyDiff(diff),
      (error) => error instanceof StateDiffError && reason.test(error.message),
    )
    assert.deepEqual([exports.accountCount(), exports.slotCount()], before)
    assert.deepEqual(leader.takeDiff(), EMPTY_DIFF)
  }

  it('refuses a diff that is cut off at any byte, or has one too many', () => {
    leader.reset()
    for (let length = 0; length < whole.length; length++) refuses(whole.subarray(0, length), /malformed/)
    refuses(Uint8Array.of(...whole, 0), /malformed/)
    leader.applyDiff(whole)
    assert.deepEqual(leader.getCode(address), code)
  })

  it('refuses counts beyond all bounds and unknown flags', () => {
    leader.reset()
    for (const at of [0, 4 + 2 * 93, whole.length - 39 - 4]) {
      for (const count of [3, 0xffff, 0xffffffff, 0xb02c0b03]) {
        const diff = whole.slice()
        new DataView(diff.buffer).setUint32(at, count, true)
        refuses(diff, /malformed/)
      }
    }
    const flags = whole.slice()
    flags[24] = 2
    refuses(flags, /malformed/)
    const codeLength = whole.slice()
    new DataView(codeLength.buffer).setUint32(whole.length - 7, 0xffffffff, true)
    refuses(codeLength, /malformed/)
  })

  it('refuses a code that is neither known nor brought, whatever hash the diff claims', () => {
    leader.reset()
    const unknown = account({ codeHash: word(7) })
    refuses(encodeStateDiff({ accounts: [unknown], slots: [], codes: [] }), /code/)
    refuses(encodeStateDiff({ accounts: [unknown], slots: [], codes: [{ hash: word(7), code }] }), /code/)
    leader.applyDiff(whole)
    leader.applyDiff(
      encodeStateDiff({
        accounts: [account({ address: other, codeHash: keccak256(code) })],
        slots: [],
        codes: [],
      }),
    )
    assert.deepEqual(leader.getCode(other), code, 'a code that is known need not come again')
  })

  it('changes nothing the second time', () => {
    leader.reset()
    leader.applyDiff(whole)
    leader.applyDiff(whole)
    const { exports } = leader.kernel
    assert.deepEqual([exports.accountCount(), exports.slotCount(), exports.codeCount()], [2, 1, 1])
    assert.equal(leader.getAccount(address)?.balance, 2n)
  })

  it('deletes an account with its storage, and passes over slots that nobody has', () => {
    leader.reset()
    leader.applyDiff(whole)
    const slots = [
      { address, key: word(5), value: word(5) },
      { address: hexToBytes(addressOf(3)), key: word(5), value: word(5) },
    ]
    leader.applyDiff(encodeStateDiff({ accounts: [account({ deleted: true })], slots, codes: [] }))
    const { exports } = leader.kernel
    assert.deepEqual([exports.accountCount(), exports.slotCount()], [1, 0])
    leader.setAccount(address, { nonce: 1n, balance: 0n })
    assert.deepEqual(leader.getStorage(address, word(1)), word(0))
    assert.deepEqual(leader.getStorage(address, word(5)), word(0))
  })

  it('never does anything but refuse or apply (random bytes)', () => {
    leader.reset()
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.nat({ max: 2 }), { maxLength: 12 }),
        (bytes, head) => {
          const diff = bytes.slice()
          diff.set(head.slice(0, diff.length))
          try {
            leader.applyDiff(diff)
          } catch (error) {
            assert.ok(error instanceof StateDiffError)
          }
          assert.deepEqual(leader.takeDiff(), EMPTY_DIFF)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
