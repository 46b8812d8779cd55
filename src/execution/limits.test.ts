import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { fromBigInt } from '../lib/index.ts'
import { Engine } from './Engine.ts'
import { asm, TestChain } from './testing/index.ts'

/** As small as an engine gets: room for about 30,000 accounts and slots. */
const SMALL = { memoryMiB: 192, evmMemoryMiB: 114 }
const word = (n: number) => fromBigInt(BigInt(n), 32)
const addressOf = (n: number) => fromBigInt(BigInt(n + 0x10000), 20)

/** Repeats until the engine refuses; returns how often it went. */
function fill(limit: string, step: (i: number) => void): number {
  for (let i = 0; i < 1_000_000; i++) {
    try {
      step(i)
    } catch (error) {
      assert.ok(error instanceof Error && 'recovery' in error, String(error))
      assert.deepEqual([error.name, error.recovery], ['EngineLimitError', 'stop'])
      assert.match(error.message, new RegExp(`room for ${limit} is full`))
      assert.match(error.message, /192 MiB[\s\S]*more engine memory/)
      return i
    }
  }
  throw new Error(`${limit} never got full`)
}

/** Programs that take as much of one resource as their gas can buy. */
const GREEDY: [name: string, code: Uint8Array][] = [
  // Each frame takes some memory, then calls itself with all gas.
  ...[500, 1000, 2000, 4000, 8000, 16_000].map((words): [string, Uint8Array] => [
    `memory of nested calls, ${words} words each`,
    asm`PUSH ${words * 32} MLOAD PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 ADDRESS GAS CALL`,
  ]),
  ['memory of one frame', asm`loop: MSIZE MLOAD POP MSIZE PUSH 65536 ADD MLOAD POP @loop JUMP`],
  ['large return data', asm`PUSH 3000000 PUSH0 RETURN`],
  ['nested creations', asm`CODESIZE PUSH0 PUSH0 CODECOPY PUSH 49152 PUSH0 PUSH0 CREATE`],
  ['transient slots', asm`loop: GAS GAS TSTORE @loop JUMP`],
  ['writes of one transient slot', asm`loop: GAS PUSH0 TSTORE @loop JUMP`],
  ['writes of one slot', asm`loop: GAS PUSH0 SSTORE @loop JUMP`],
  ['cold accounts', asm`loop: GAS BALANCE POP @loop JUMP`],
  ['cold slots', asm`loop: GAS SLOAD POP @loop JUMP`],
  ['large logs', asm`loop: PUSH 30000 PUSH0 LOG0 @loop JUMP`],
  ['small logs', asm`loop: PUSH0 PUSH0 LOG0 @loop JUMP`],
]

describe('limits of an engine', () => {
  it('accounts', () => {
    const engine = new Engine(SMALL)
    const count = fill('accounts', (i) => engine.setAccount(addressOf(i), { nonce: 1n, balance: 0n }))
    assert.equal(count, engine.limits.accounts)
    assert.equal(engine.getAccount(addressOf(count - 1))?.nonce, 1n)
  })

  it('storage slots', () => {
    const engine = new Engine(SMALL)
    engine.setAccount(addressOf(0), { nonce: 1n, balance: 0n })
    const count = fill('storage slots', (i) => engine.setStorage(addressOf(0), word(i), word(1)))
    assert.equal(count, engine.limits.slots)
  })

  it('accounts and slots together', () => {
    const engine = new Engine(SMALL)
    const { accountsAndSlots } = engine.limits
    engine.setAccount(addressOf(0), { nonce: 1n, balance: 0n })
    const free = 10_000
    for (let i = 0; i < accountsAndSlots - 1 - free; i++) engine.setStorage(addressOf(0), word(i), word(1))
    const count = fill('accounts', (i) => engine.setAccount(addressOf(1 + i), { nonce: 1n, balance: 0n }))
    assert.equal(count, free)
    assert.throws(
      () => engine.setStorage(addressOf(0), word(accountsAndSlots), word(1)),
      /storage slots is full/,
    )
    assert.deepEqual([engine.accountCount, engine.slotCount], [1 + free, accountsAndSlots - 1 - free])
    // What goes makes room for its kind.
    engine.setStorage(addressOf(0), word(0), word(0))
    engine.setStorage(addressOf(0), word(accountsAndSlots), word(1))
    assert.deepEqual(engine.getStorage(addressOf(0), word(1)), word(1))
  })

  it('code', () => {
    const engine = new Engine(SMALL)
    const count = fill('code', (i) => {
      const code = new Uint8Array(20_000)
      code.set(word(i))
      engine.setAccount(addressOf(0), { nonce: 1n, balance: 0n, code })
    })
    assert.ok(count > 20, `${count}`)
  })

  it('the state diff', () => {
    const engine = new Engine(SMALL)
    // Pending from here on: the list of what changed is full before the accounts are.
    engine.credit(addressOf(0), 1n)
    const count = fill('state diff', (i) => engine.credit(addressOf(i), 1n))
    assert.ok(count > 1000, `${count}`)
  })

  it('the journal of a transaction', () => {
    const chain = new TestChain({ fork: 'Prague' }, new Engine(SMALL))
    chain.open({ gasLimit: 1n << 50n })
    const at = chain.deploy(asm`loop: PUSH0 NOT PUSH0 TSTORE @loop JUMP`)
    fill('journal', () => chain.send({ to: at, gas: 1n << 34n }))
  })

  it('logs of a transaction', () => {
    const chain = new TestChain({ fork: 'Prague' }, new Engine(SMALL))
    chain.open({ gasLimit: 1n << 50n })
    const at = chain.deploy(asm`loop: PUSH 10000 PUSH0 LOG0 @loop JUMP`)
    fill('logs', () => chain.send({ to: at, gas: 1n << 34n }))
  })

  it('input', () => {
    const chain = new TestChain({ fork: 'Prague' }, new Engine(SMALL))
    fill('input', (i) =>
      chain.send({ to: addressOf(1), data: new Uint8Array(i * 50_000), gas: 190_000_000n }),
    )
  })

  it('EVM memory', () => {
    const chain = new TestChain({ fork: 'Prague' }, new Engine({ memoryMiB: 192, evmMemoryMiB: 1 }))
    chain.open({ gasLimit: 1n << 50n })
    const touch = (end: number) => chain.runCode(asm`PUSH ${end - 32} MLOAD`, { gas: 1n << 40n })
    assert.equal(touch(2 ** 20).status, 1)
    fill('EVM memory', () => touch(2 ** 20 + 32))
  })

  it('are looked at before an engine is made', () => {
    for (const options of [
      { memoryMiB: 100 },
      { memoryMiB: 4096 },
      { memoryMiB: 256.5 },
      { memoryMiB: 192, evmMemoryMiB: 192 },
    ]) {
      assert.throws(() => new Engine(options), RangeError, JSON.stringify(options))
    }
  })
})

describe('the default engine', () => {
  /** Of one transaction from Osaka on (EIP-7825), and what the node gives an eth_call. */
  const TRANSACTION_GAS = 16_777_216n
  const CALL_GAS = 50_000_000n
  const chain = new TestChain({}, new Engine())

  for (const [name, code] of GREEDY) {
    it(`has room for ${name}`, () => {
      const to = chain.deploy(code)
      chain.open()
      chain.run({ to, gas: TRANSACTION_GAS })
      chain.call({ to, gas: CALL_GAS })
      chain.engine.takeDiff()
    })
  }

  it('gives the room of codes back that calls bring', () => {
    const small = new TestChain({}, new Engine(SMALL))
    const address = addressOf(1)
    // 4 MB in all; there is room for less than 1 MB.
    for (let i = 1; i <= 200; i++) {
      const code = new Uint8Array(20_000)
      code.set(word(i), 1)
      assert.equal(small.call({ to: address, stateOverrides: [{ address, code }] }).status, 'success')
    }
  })

  it('goes on after a call that reached a limit', () => {
    const engine = new Engine(SMALL)
    const small = new TestChain({}, engine)
    const greedy = small.deploy(asm`loop: GAS GAS TSTORE @loop JUMP`)
    const modest = small.deploy(asm`PUSH 1 PUSH0 SSTORE`)
    engine.takeDiff()
    const counts = () => [engine.kernel.exports.accountCount(), engine.kernel.exports.slotCount()]
    const before = counts()
    assert.throws(() => small.call({ to: greedy, gas: CALL_GAS }), { name: 'EngineLimitError' })
    assert.deepEqual(counts(), before)
    assert.deepEqual(engine.peekDiff(), new Uint8Array(12))
    assert.equal(small.run({ to: modest }).status, 1)
    assert.equal(small.storage(modest, 0n), 1n)
  })
})
