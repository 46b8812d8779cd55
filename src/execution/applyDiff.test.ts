import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { keccak256 } from '../kernels/index.ts'
import { fromBigInt } from '../lib/index.ts'
import { EMPTY_CODE_HASH, encodeStateDiff, type StateDiff } from '../protocol/index.ts'
import { Engine, StateDiffError } from './Engine.ts'

const EMPTY_DIFF = new Uint8Array(12)
const engine = new Engine({ memoryMiB: 320 })

const address = new Uint8Array(20).fill(1)
const other = new Uint8Array(20).fill(2)
const third = new Uint8Array(20).fill(3)
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

describe('applyDiff', () => {
  /** Refused with a named error, and everything as before. */
  function refuses(diff: Uint8Array, reason: RegExp): void {
    const { exports } = engine.kernel
    const before = [exports.accountCount(), exports.slotCount()]
    assert.throws(
      () => engine.applyDiff(diff),
      (error) => error instanceof StateDiffError && reason.test(error.message),
    )
    assert.deepEqual([exports.accountCount(), exports.slotCount()], before)
    assert.deepEqual(engine.takeDiff(), EMPTY_DIFF)
  }

  it('refuses a diff that is cut off at any byte, or has one too many', () => {
    engine.reset()
    for (let length = 0; length < whole.length; length++) refuses(whole.subarray(0, length), /malformed/)
    refuses(Uint8Array.of(...whole, 0), /malformed/)
    engine.applyDiff(whole)
    assert.deepEqual(engine.getCode(address), code)
  })

  it('refuses counts beyond all bounds and unknown flags', () => {
    engine.reset()
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
    engine.reset()
    const unknown = account({ codeHash: word(7) })
    refuses(encodeStateDiff({ accounts: [unknown], slots: [], codes: [] }), /code/)
    refuses(encodeStateDiff({ accounts: [unknown], slots: [], codes: [{ hash: word(7), code }] }), /code/)
    engine.applyDiff(whole)
    engine.applyDiff(
      encodeStateDiff({
        accounts: [account({ address: other, codeHash: keccak256(code) })],
        slots: [],
        codes: [],
      }),
    )
    assert.deepEqual(engine.getCode(other), code, 'a code that is known need not come again')
  })

  it('changes nothing the second time', () => {
    engine.reset()
    engine.applyDiff(whole)
    engine.applyDiff(whole)
    const { exports } = engine.kernel
    assert.deepEqual([exports.accountCount(), exports.slotCount(), exports.codeCount()], [2, 1, 1])
    assert.equal(engine.getAccount(address)?.balance, 2n)
  })

  it('deletes an account with its storage, and passes over slots that nobody has', () => {
    engine.reset()
    engine.applyDiff(whole)
    const slots = [
      { address, key: word(5), value: word(5) },
      { address: third, key: word(5), value: word(5) },
    ]
    engine.applyDiff(encodeStateDiff({ accounts: [account({ deleted: true })], slots, codes: [] }))
    const { exports } = engine.kernel
    assert.deepEqual([exports.accountCount(), exports.slotCount()], [1, 0])
    engine.setAccount(address, { nonce: 1n, balance: 0n })
    assert.deepEqual(engine.getStorage(address, word(1)), word(0))
    assert.deepEqual(engine.getStorage(address, word(5)), word(0))
  })

  it('never does anything but refuse or apply (random bytes)', () => {
    engine.reset()
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.nat({ max: 2 }), { maxLength: 12 }),
        (bytes, head) => {
          const diff = bytes.slice()
          diff.set(head.slice(0, diff.length))
          try {
            engine.applyDiff(diff)
          } catch (error) {
            assert.ok(error instanceof StateDiffError)
          }
          assert.deepEqual(engine.takeDiff(), EMPTY_DIFF)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('applyDiffWithUndo', () => {
  it('gives back what really changes, as it was', () => {
    engine.reset()
    engine.applyDiff(whole)
    const change = encodeStateDiff({
      accounts: [account({ deleted: true }), account({ address: other }), account({ address: third })],
      slots: [
        { address, key: word(1), value: word(0) },
        { address: third, key: word(1), value: word(6) },
        { address: third, key: word(2), value: word(0) },
      ],
      codes: [],
    })
    const none = { nonce: 0n, balance: 0n, codeHash: word(0) }
    assert.deepEqual(
      engine.applyDiffWithUndo(change),
      encodeStateDiff({
        accounts: [
          account({ address: third, deleted: true, ...none }),
          account({ codeHash: keccak256(code) }),
        ],
        slots: [
          { address, key: word(1), value: word(2) },
          { address: third, key: word(1), value: word(0) },
        ],
        codes: [],
      }),
    )
    assert.throws(() => engine.applyDiffWithUndo(change.subarray(1)), StateDiffError)
  })

  it('leaves out what one of the same group has given back, but not a code that goes', () => {
    engine.reset()
    engine.applyDiff(whole)
    const toAccount = (fields: object) =>
      encodeStateDiff({ accounts: [account({ ...before, ...fields })], slots: [], codes: [] })
    const slotTo = (value: number) =>
      encodeStateDiff({ accounts: [], slots: [{ address, key: word(1), value: word(value) }], codes: [] })
    const before = engine.getAccount(address)!
    assert.deepEqual(engine.applyDiffWithUndo(slotTo(8), 7), slotTo(2))
    assert.deepEqual(engine.applyDiffWithUndo(slotTo(9), 7), EMPTY_DIFF)
    assert.deepEqual(engine.applyDiffWithUndo(slotTo(10), 8), slotTo(9))
    assert.deepEqual(engine.applyDiffWithUndo(slotTo(11)), slotTo(10))
    assert.deepEqual(engine.applyDiffWithUndo(toAccount({ nonce: 2n }), 7), toAccount({}))
    assert.deepEqual(engine.applyDiffWithUndo(toAccount({ nonce: 3n }), 7), EMPTY_DIFF)
    const withoutCode = toAccount({ nonce: 4n, codeHash: EMPTY_CODE_HASH })
    assert.deepEqual(engine.applyDiffWithUndo(withoutCode, 7), toAccount({ nonce: 3n }))
  })
})
