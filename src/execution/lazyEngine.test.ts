import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { bytesToHex, concatBytes, fromBigInt } from '../lib/index.ts'
import { encodePrepared } from '../protocol/index.ts'
import { Engine } from './Engine.ts'
import { BaseUnavailableError } from './index.ts'
import { asm, BLOCK, baseOf, callCode, hashOf, RETURN_TOP, SENDER, TestChain } from './testing/index.ts'

const SMALL = { memoryMiB: 192, evmMemoryMiB: 114 }
const NOBODY = new Uint8Array(20).fill(0x0b)
const word = (n: number) => fromBigInt(BigInt(n), 32)

/** A full engine's chain, and a lazy engine that stands on it. */
function standing(): { full: TestChain; lazy: Engine; asked: string[] } {
  const full = new TestChain({}, new Engine(SMALL))
  const asked: string[] = []
  const lazy = new Engine({ ...SMALL, base: baseOf(full.engine, asked) })
  lazy.beginBlock(BLOCK, hashOf)
  return { full, lazy, asked }
}

function send(chain: TestChain, engine: Engine, to: Uint8Array, data = new Uint8Array(0)) {
  const { raw, sender, authorities } = chain.prepare({ to, data })
  return engine.executeTransaction(raw, sender, authorities)
}

describe('a lazy engine', () => {
  it('reads accounts, code and slots from its base', () => {
    const { full, lazy } = standing()
    const at = full.deploy(asm`STOP`, { balance: 7n, storage: [[1n, 2n]] })
    assert.deepEqual(lazy.getAccount(at), full.engine.getAccount(at))
    assert.deepEqual(lazy.getCode(at), asm`STOP`)
    assert.deepEqual([lazy.getStorage(at, word(1)), lazy.getStorage(at, word(2))], [word(2), word(0)])
    assert.equal(lazy.getAccount(NOBODY), undefined)
  })

  it('asks once', () => {
    const { full, lazy, asked } = standing()
    const at = full.deploy(asm`PUSH 1 SLOAD PUSH 2 SLOAD STOP`, { storage: [[1n, 2n]] })
    for (let i = 0; i < 3; i++) assert.equal(send(full, lazy, at).kind, i === 0 ? 'executed' : 'invalid')
    lazy.takeDiff()
    lazy.getStorage(at, word(2))
    assert.equal(new Set(asked).size, asked.length)
    assert.ok(asked.includes(`${bytesToHex(at)} ${bytesToHex(word(2))}`))
  })

  it('asks nothing of the storage of who has none', () => {
    const { full, lazy, asked } = standing()
    full.engine.setAccount(NOBODY, { nonce: 0n, balance: 1n })
    assert.deepEqual(lazy.getStorage(NOBODY, word(1)), word(0))
    assert.deepEqual(asked, [bytesToHex(NOBODY)])
  })

  it('knows a slot that became zero, also after the diff', () => {
    const { full, lazy } = standing()
    const at = full.deploy(asm`PUSH0 PUSH 1 SSTORE STOP`, { storage: [[1n, 2n]] })
    send(full, lazy, at)
    lazy.takeDiff()
    assert.deepEqual(lazy.getStorage(at, word(1)), word(0))
    lazy.applyDiff(lazy.takeDiff().slice())
    assert.deepEqual(lazy.getStorage(at, word(1)), word(0))
  })

  it('brings a slot back that is rolled back', () => {
    const { full, lazy } = standing()
    const at = full.deploy(asm`PUSH0 PUSH 1 SSTORE STOP`, { storage: [[1n, 2n]] })
    send(full, lazy, at)
    lazy.rollBack()
    assert.deepEqual(lazy.getStorage(at, word(1)), word(2))
    assert.equal(lazy.getAccount(SENDER)!.nonce, 0n)
  })

  it('does not read the storage of a deleted account again', () => {
    const { full, lazy } = standing()
    // Storage without code or nonce: only a genesis makes it. A withdrawal of nothing deletes the account (EIP-161).
    full.engine.setAccount(NOBODY, { nonce: 0n, balance: 0n })
    full.engine.setStorage(NOBODY, word(1), word(2))
    const base = baseOf(full.engine)
    lazy.rebase({
      ...base,
      account: (address) => {
        const account = base.account(address)
        return account && { ...account, hasStorage: bytesToHex(address) === bytesToHex(NOBODY) }
      },
    })
    assert.deepEqual(lazy.getStorage(NOBODY, word(1)), word(2))
    lazy.credit(NOBODY, 0n)
    assert.equal(lazy.getAccount(NOBODY), undefined)
    lazy.takeDiff()
    lazy.credit(NOBODY, 1n)
    for (const key of [1, 2]) assert.deepEqual(lazy.getStorage(NOBODY, word(key)), word(0))
    lazy.rollBack()
    assert.equal(lazy.getAccount(NOBODY), undefined)
  })

  it('keeps codes that it has come to know during a call', () => {
    const { full, lazy } = standing()
    const callee = full.deploy(concatBytes(asm`PUSH 42`, RETURN_TOP))
    const caller = full.deploy(concatBytes(callCode(callee, { gas: 100_000 }), RETURN_TOP))
    const chain = Object.create(full, { engine: { value: lazy } }) as TestChain
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(chain.call({ to: caller }).output, word(1))
      assert.deepEqual(chain.call({ to: callee }).output, word(42))
      assert.deepEqual(chain.call({ data: asm`PUSH0 PUSH0 RETURN` }).status, 'success')
    }
  })

  it('passes on what its base throws, and goes on', () => {
    const { full, lazy } = standing()
    const at = full.deploy(asm`PUSH 1 SLOAD PUSH0 MSTORE PUSH 32 PUSH0 RETURN`, { storage: [[1n, 2n]] })
    const base = baseOf(full.engine)
    let isThere = false
    lazy.rebase({
      ...base,
      slot: (address, key) => {
        if (!isThere) throw new Error('it is not there')
        return base.slot(address, key)
      },
    })
    const chain = Object.create(full, { engine: { value: lazy } }) as TestChain
    assert.throws(() => chain.call({ to: at }), /it is not there/)
    isThere = true
    assert.deepEqual(chain.call({ to: at }).output, word(2))
  })

  it('stands on another state when it is told to', () => {
    const { full, lazy } = standing()
    const at = full.deploy(asm`STOP`, { storage: [[1n, 2n]] })
    lazy.getStorage(at, word(1))
    full.engine.setStorage(at, word(1), word(3))
    assert.deepEqual(lazy.getStorage(at, word(1)), word(2))
    lazy.rebase(baseOf(full.engine))
    assert.deepEqual(lazy.getStorage(at, word(1)), word(3))
  })
})

describe('a chain on a lazy engine', () => {
  it('refuses the transaction of a batch for which its base fails, and keeps those before', () => {
    const { full, lazy } = standing()
    const [first, second] = [1, 2].map((n) =>
      full.deploy(asm`PUSH 1 PUSH0 SSTORE STOP`, { balance: BigInt(n) }),
    )
    const base = baseOf(full.engine)
    let isThere = false
    const give = <T>(address: Uint8Array, read: () => T): T => {
      if (!isThere && bytesToHex(address) === bytesToHex(second!)) throw new BaseUnavailableError('not there')
      return read()
    }
    lazy.rebase({
      account: (address) => give(address, () => base.account(address)),
      slot: (address, key) => give(address, () => base.slot(address, key)),
      code: (hash) => base.code(hash),
    })
    lazy.beginBlock(BLOCK, hashOf)
    const sent = [first, second, first].map((to, i) => full.prepare({ to, nonce: BigInt(i) }))
    const entries = encodePrepared(sent)
    const limits = { transactions: 10, gas: 1n << 40n }
    let left = entries
    const outcomes: unknown[] = []
    for (let i = 0; i < 4 && left.length > 0; i++) {
      const { executed, bytesTaken, stop } = lazy.executeBatch(left, limits)
      outcomes.push([executed, stop?.kind])
      left = left.subarray(bytesTaken)
      if (stop !== undefined) isThere = true
    }
    assert.deepEqual(outcomes, [
      [1, undefined],
      [0, 'unavailable'],
      [2, undefined],
    ])
    assert.equal(lazy.takeChunk().count, 3)
    assert.equal(lazy.getAccount(SENDER)!.nonce, 3n)
  })

  it('takes a diff of an account that keeps its code, and of slots that it has not met', () => {
    const { full, lazy } = standing()
    const at = full.deploy(asm`PUSH 7 PUSH 1 SSTORE STOP`, {
      storage: [
        [1n, 2n],
        [2n, 3n],
      ],
    })
    const { engine } = full
    const follower = new Engine({ ...SMALL, base: baseOf(engine) })
    assert.equal(send(full, lazy, at).kind, 'executed')
    follower.applyDiff(lazy.takeDiff().slice())
    assert.deepEqual([follower.getStorage(at, word(1)), follower.getStorage(at, word(2))], [word(7), word(3)])
    assert.deepEqual(follower.getCode(at), engine.getCode(at))
  })
})
