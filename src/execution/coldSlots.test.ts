import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { fromBigInt } from '../lib/index.ts'
import { EMPTY_CODE_HASH, encodeStateDiff } from '../protocol/index.ts'
import { Engine } from './Engine.ts'
import { asm, RETURN_TOP, TestChain } from './testing/index.ts'

/** Room for about 27,000 slots beside 24,000 accounts in the engine, and for 13,000 slots in each MiB of the store. */
const SMALL = { memoryMiB: 192, evmMemoryMiB: 114 }
const OWNER = new Uint8Array(20).fill(0xc0)
const EMPTY_DIFF = new Uint8Array(12)
const word = (n: number) => fromBigInt(BigInt(n), 32)
const owner = {
  address: OWNER,
  deleted: false,
  nonce: 0n,
  balance: 1n,
  codeHash: EMPTY_CODE_HASH,
}

/** The owner with slots of keys from `from` on, each with its key's successor as value. */
function slotsDiff(from: number, count: number): Uint8Array {
  const slots = Array.from({ length: count }, (_, i) => ({
    address: OWNER,
    key: word(from + i),
    value: word(from + i + 1),
  }))
  return encodeStateDiff({ accounts: [owner], slots, codes: [] })
}

/** In diffs that the engine's input has room for. */
function loadSlots(engine: Engine, count: number): void {
  for (let from = 0; from < count; from += 1000) engine.applyDiff(slotsDiff(from, 1000))
}

function checkSlots(engine: Engine, count: number): void {
  assert.equal(engine.slotCount, count)
  for (let n = 0; n < count; n++) assert.deepEqual(engine.getStorage(OWNER, word(n)), word(n + 1))
}

describe('a cold store', () => {
  it('takes what the engine has no room for', () => {
    const engine = new Engine({ ...SMALL, coldMemoryMiB: 4 })
    const count = 50_000
    assert.ok(new Engine(SMALL).limits.slots < count)
    loadSlots(engine, count)
    checkSlots(engine, count)
    const undo = engine.applyDiffWithUndo(slotsDiff(count - 500, 1000))
    engine.applyDiff(undo)
    checkSlots(engine, count)
    assert.deepEqual(engine.takeDiff(), EMPTY_DIFF)
    engine.reset()
    assert.equal(engine.slotCount, 0)
    engine.applyDiff(slotsDiff(0, 1))
    checkSlots(engine, 1)
  })

  it('is full at the limit that the engine names, and reading goes on', () => {
    const chain = new TestChain({}, new Engine({ ...SMALL, coldMemoryMiB: 1 }))
    const { engine } = chain
    const reader = chain.deploy(asm`PUSH0 CALLDATALOAD SLOAD ${RETURN_TOP}`)
    engine.applyDiff(encodeStateDiff({ accounts: [owner], slots: [], codes: [] }))
    const { slots } = engine.limits
    for (let n = 0; n < slots; n++) engine.setStorage(n % 2 === 0 ? OWNER : reader, word(n), word(n + 1))
    assert.throws(() => engine.setStorage(OWNER, word(slots), word(1)), {
      name: 'EngineLimitError',
      message: /storage slots is full[\s\S]*cold memory for slots: 1 MiB[\s\S]*more cold memory/,
    })
    // A slot that is far away would have to come in, which fails; nothing is lost by that.
    assert.throws(() => chain.call({ to: reader, data: word(1) }), { name: 'EngineLimitError' })
    assert.equal(engine.slotCount, slots)
    for (let n = 0; n < slots; n++)
      assert.deepEqual(engine.getStorage(n % 2 === 0 ? OWNER : reader, word(n)), word(n + 1))
    // Where one goes, one can come in.
    engine.setStorage(reader, word(slots - 1 - (slots % 2)), word(0))
    assert.deepEqual(chain.call({ to: reader, data: word(1) }).output, word(2))
  })

  it('does not fill the table by what calls and transactions look at', () => {
    const chain = new TestChain({}, new Engine({ ...SMALL, coldMemoryMiB: 4 }))
    // Adds up 500 slots from the key that is given.
    const at = chain.deploy(asm`
      PUSH0 PUSH 500
      loop: PUSH 1 SWAP1 SUB
      DUP1 PUSH0 CALLDATALOAD ADD SLOAD SWAP1 SWAP2 ADD SWAP1
      DUP1 @loop JUMPI
      POP ${RETURN_TOP}`)
    const count = 50_000
    for (let n = 0; n < count; n++) chain.engine.setStorage(at, word(n), word(n))
    assert.ok(new Engine(SMALL).limits.slots < count)
    for (let round = 0; round < 3; round++) {
      for (let from = 0; from < count; from += 500) {
        const sum = fromBigInt(BigInt(500 * from + (500 * 499) / 2), 32)
        const request = { to: at, data: word(from) }
        const output = round === 2 ? chain.run(request).output : chain.call(request).output
        assert.deepEqual(output, sum)
      }
    }
    assert.equal(chain.engine.slotCount, count)
  })

  it('leaves room to accounts', () => {
    const engine = new Engine({ ...SMALL, coldMemoryMiB: 4 })
    loadSlots(engine, 50_000)
    const { accounts } = engine.limits
    assert.ok(accounts > 12_000, `${accounts}`)
    for (let n = 1; n < accounts; n++)
      engine.setAccount(fromBigInt(BigInt(n), 20), { nonce: 1n, balance: 0n })
    assert.equal(engine.accountCount, accounts)
    checkSlots(engine, 50_000)
  })

  it('gives back the storage of an account that goes, and its number starts anew', () => {
    const engine = new Engine({ ...SMALL, coldMemoryMiB: 4, keptSlots: 0 })
    const holder = new Uint8Array(20).fill(1)
    engine.applyDiff(slotsDiff(0, 1000))
    engine.setAccount(holder, { nonce: 1n, balance: 0n })
    engine.setStorage(holder, word(1), word(9))
    const gone = encodeStateDiff({
      accounts: [{ ...owner, deleted: true, balance: 0n, codeHash: word(0) }],
      slots: [],
      codes: [],
    })
    const undo = engine.applyDiffWithUndo(gone)
    assert.deepEqual([engine.accountCount, engine.slotCount], [1, 1])
    assert.deepEqual(engine.getStorage(holder, word(1)), word(9))
    engine.applyDiff(undo)
    assert.equal(engine.slotCount, 1001)
    engine.applyDiff(gone)
    // Another account has the number now, and none of the slots.
    const next = { ...owner, address: new Uint8Array(20).fill(2) }
    engine.applyDiff(encodeStateDiff({ accounts: [next], slots: [], codes: [] }))
    assert.equal(engine.slotCount, 1)
    for (let n = 0; n < 1000; n++) {
      assert.deepEqual(engine.getStorage(next.address, word(n)), word(0))
      assert.deepEqual(engine.getStorage(OWNER, word(n)), word(0))
    }
  })

  it('is looked at before an engine is made', () => {
    for (const coldMemoryMiB of [-1, 0.5, 4 * 4095 + 1]) {
      assert.throws(() => new Engine({ ...SMALL, coldMemoryMiB }), RangeError)
    }
  })
})
