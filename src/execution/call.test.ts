import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { bytesToHex, concatBytes, fromBigInt, toBigInt } from '../lib/index.ts'
import { asm, BASE_FEE, callCode, ETHER, initCode, RETURN_TOP, SENDER, TestChain } from './testing/index.ts'

const NOBODY = new Uint8Array(20).fill(0x0b)
const EMPTY_DIFF = new Uint8Array(12)
const word = (value: bigint | number) => fromBigInt(BigInt(value), 32)

describe('call', () => {
  const chain = new TestChain()

  /** What code answers at a fresh address. */
  function answer(code: Uint8Array, request: Parameters<TestChain['call']>[0] = {}): bigint {
    const outcome = chain.call({ to: chain.deploy(concatBytes(code, RETURN_TOP)), ...request })
    assert.equal(outcome.status, 'success', outcome.error ?? 'without an error')
    return toBigInt(outcome.output)
  }

  it('tells success, revert and halt apart', () => {
    const call = (code: Uint8Array) => chain.call({ to: chain.deploy(code), gas: 100_000n })
    const success = call(asm`PUSH 7 ${RETURN_TOP}`)
    assert.deepEqual([success.status, toBigInt(success.output), success.error], ['success', 7n, undefined])
    const revert = call(asm`PUSH 7 PUSH0 MSTORE PUSH 32 PUSH0 REVERT`)
    assert.deepEqual([revert.status, toBigInt(revert.output), revert.error], ['revert', 7n, undefined])
    const halt = call(asm`INVALID`)
    assert.deepEqual([halt.status, halt.error, halt.gasUsed], ['halt', 'invalid opcode', 100_000n])
  })

  it('gives the gas that a transaction would take, and the refund in it', () => {
    const at = chain.deploy(asm`PUSH0 PUSH0 SSTORE PUSH 1 PUSH 1 SSTORE`, { storage: [[0n, 1n]] })
    const { gasUsed, gasRefunded } = chain.call({ to: at, data: asm`ADD STOP` })
    const executed = chain.run({ to: at, data: asm`ADD STOP` })
    assert.deepEqual([gasUsed, gasRefunded], [executed.gasUsed, executed.refunded])
    assert.equal(gasRefunded, 4800n)
  })

  it('creates, and tells the address', () => {
    const nonce = chain.engine.getAccount(SENDER)!.nonce
    const { status, output, created } = chain.call({ to: undefined, data: initCode(asm`PUSH 9`) })
    assert.deepEqual([status, bytesToHex(output)], ['success', '0x6009'])
    assert.ok(created !== undefined)
    assert.equal(chain.engine.getAccount(created), undefined)
    assert.equal(chain.engine.getAccount(SENDER)?.nonce, nonce)
  })

  it('does not mind the nonce, the code of the sender, the gas cap, or the block’s gas', () => {
    const from = chain.deploy(asm`STOP`)
    assert.equal(chain.call({ from, to: NOBODY, gas: 1_000_000_000n }).status, 'success')
  })

  it('refuses what the sender can not pay, and gas below the intrinsic', () => {
    const poor = chain.call({ from: NOBODY, to: SENDER, value: 1n })
    assert.equal(poor.status, 'invalid')
    assert.match(poor.error!, /insufficient funds .* have 0 want 1/)
    const expensive = chain.call({ from: NOBODY, to: SENDER, gasPrice: 10n })
    assert.match(expensive.error!, /insufficient funds/)
    const low = chain.call({ to: NOBODY, gas: 20_999n })
    assert.match(low.error!, /intrinsic gas too low: have 20999, want 21000/)
    assert.match(chain.call({ to: NOBODY, gasPrice: BASE_FEE - 1n }).error!, /less than block base fee/)
  })

  it('reads BASEFEE as 0 without a gas price, else as it is', () => {
    assert.equal(answer(asm`BASEFEE`), 0n)
    assert.equal(answer(asm`BASEFEE`, { gasPrice: 50n }), BASE_FEE)
    assert.equal(answer(asm`GASPRICE`, { gasPrice: 50n }), 50n)
  })

  it('warms and charges what the access list names', () => {
    const at = chain.deploy(asm`PUSH 9 SLOAD PUSH ${NOBODY} BALANCE`)
    const cold = chain.call({ to: at }).gasUsed
    const accessList = [
      { address: at, storageKeys: [word(9)] },
      { address: NOBODY, storageKeys: [] },
    ]
    assert.equal(cold, 21_000n + 6n + 2100n + 2600n)
    assert.equal(chain.call({ to: at, accessList }).gasUsed, 21_000n + 4800n + 1900n + 6n + 200n)
  })

  it('lets delegations be in force', () => {
    const delegate = chain.deploy(asm`ADDRESS ${RETURN_TOP}`)
    const { output } = chain.call({ to: NOBODY, authorizations: [{ authority: NOBODY, delegate }] })
    assert.deepEqual(output.subarray(12), NOBODY)
    assert.equal(chain.engine.getCode(NOBODY).length, 0)
  })
})

describe('overrides of a call', () => {
  const chain = new TestChain()
  const at = chain.deploy(asm`PUSH0 SLOAD PUSH 1 SLOAD PUSH 256 MUL ADD ${RETURN_TOP}`, {
    storage: [
      [0n, 3n],
      [1n, 4n],
    ],
  })
  const read = (override: object) =>
    toBigInt(chain.call({ to: at, stateOverrides: [{ address: at, ...override }] }).output)

  it('replace the whole storage, or single slots', () => {
    assert.equal(read({}), 0x403n)
    assert.equal(read({ stateDiff: [{ key: word(0), value: word(9) }] }), 0x409n)
    assert.equal(read({ state: [{ key: word(0), value: word(9) }] }), 0x009n)
    assert.equal(read({ state: [] }), 0n)
    assert.equal(read({}), 0x403n, 'and are gone afterwards')
  })

  it('count as the values at the start of the transaction (EIP-2200)', () => {
    const clears = chain.deploy(asm`PUSH0 PUSH0 SSTORE`)
    const call = (
      stateOverrides: { address: Uint8Array; state?: { key: Uint8Array; value: Uint8Array }[] }[],
    ) => chain.call({ to: clears, stateOverrides })
    assert.equal(call([]).gasRefunded, 0n)
    const cleared = call([{ address: clears, state: [{ key: word(0), value: word(1) }] }])
    assert.deepEqual([cleared.gasUsed, cleared.gasRefunded], [21_000n + 4n + 5000n - 4800n, 4800n])
  })

  it('replace balance, nonce and code', () => {
    const told = asm`PUSH ${NOBODY} BALANCE PUSH ${NOBODY} EXTCODESIZE PUSH 256 MUL ADD ${RETURN_TOP}`
    const { output } = chain.call({
      to: at,
      stateOverrides: [
        { address: at, code: told },
        { address: NOBODY, balance: 5n, code: asm`STOP STOP` },
      ],
    })
    assert.equal(toBigInt(output), 0x205n)
    assert.equal(chain.call({ from: NOBODY, to: SENDER, value: ETHER }).status, 'invalid')
    const stateOverrides = [{ address: NOBODY, balance: ETHER }]
    assert.equal(chain.call({ from: NOBODY, to: SENDER, value: ETHER, stateOverrides }).status, 'success')
    const created = (nonce: bigint) =>
      chain.call({ data: asm`STOP`, stateOverrides: [{ address: SENDER, nonce }] }).created
    assert.notDeepEqual(created(5n), created(6n))
    assert.deepEqual(created(5n), created(5n))
  })

  it('replace what the block gives', () => {
    const told = (opcode: Uint8Array, gasPrice = 0n) =>
      toBigInt(
        chain.call({
          to: at,
          gasPrice,
          stateOverrides: [{ address: at, code: concatBytes(opcode, RETURN_TOP) }],
          blockOverrides: {
            number: 11n,
            time: 12n,
            gasLimit: 13n,
            feeRecipient: NOBODY,
            prevRandao: word(14),
            baseFeePerGas: 15n,
            blobBaseFee: 16n,
          },
        }).output,
      )
    const opcodes = [
      asm`NUMBER`,
      asm`TIMESTAMP`,
      asm`GASLIMIT`,
      asm`COINBASE`,
      asm`PREVRANDAO`,
      asm`BLOBBASEFEE`,
    ]
    assert.deepEqual(
      opcodes.map((opcode) => told(opcode)),
      [11n, 12n, 13n, toBigInt(NOBODY), 14n, 16n],
    )
    assert.deepEqual([told(asm`BASEFEE`), told(asm`BASEFEE`, 20n)], [0n, 15n])
    const number = chain.deploy(asm`NUMBER PUSH0 SSTORE`)
    chain.run({ to: number })
    assert.equal(chain.storage(number, 0n), chain.env.number, 'the open block is as before')
  })
})

describe('a call leaves no trace', () => {
  const chain = new TestChain()
  const busy = chain.deploy(
    asm`PUSH 5 PUSH 1 SSTORE PUSH 6 PUSH0 SLOAD SSTORE PUSH 7 PUSH 1 TSTORE PUSH0 PUSH0 LOG0
      PUSH 0x600a600c600039600a6000f3 PUSH0 MSTORE PUSH 12 PUSH 20 PUSH0 CREATE POP
      ${callCode(new Uint8Array(20).fill(0x99), { value: 3 })} POP
      CALLER SELFDESTRUCT`,
    { balance: 100n, storage: [[0n, 9n]] },
  )
  const request = {
    to: busy,
    value: 2n,
    gasPrice: 100n,
    stateOverrides: [
      {
        address: NOBODY,
        balance: 1n,
        nonce: 3n,
        code: asm`ADD`,
        stateDiff: [{ key: word(1), value: word(1) }],
      },
      { address: busy, stateDiff: [{ key: word(4), value: word(4) }] },
    ],
  }
  const counts = () => {
    const { exports } = chain.engine.kernel
    return [exports.accountCount(), exports.slotCount(), exports.codeCount()]
  }

  it('where nothing is pending', () => {
    chain.engine.takeDiff()
    const before = counts()
    assert.equal(chain.call(request).status, 'success')
    assert.deepEqual(chain.engine.peekDiff(), EMPTY_DIFF)
    assert.deepEqual(counts(), before)
  })

  it('between two transactions of one diff', () => {
    const twin = new TestChain()
    twin.engine.setAccount(busy, { nonce: 1n, balance: 100n, code: chain.engine.getCode(busy) })
    twin.engine.setStorage(busy, word(0), word(9))
    chain.engine.takeDiff()
    const outcomes = [chain, twin].map((each) => {
      const first = each.run({ to: busy, value: 1n })
      if (each === chain) for (let i = 0; i < 3; i++) assert.equal(chain.call(request).status, 'success')
      const second = each.run({ to: busy, value: 1n })
      return { first, second, diff: each.engine.takeDiff() }
    })
    assert.deepEqual(outcomes[0], outcomes[1])
  })

  it('when it halts, or is refused, or runs out of gas anywhere', () => {
    chain.engine.takeDiff()
    const before = counts()
    for (let gas = 20_900n; gas < 160_000n; gas += 2_777n) chain.call({ ...request, gas })
    chain.call({ ...request, from: NOBODY, value: ETHER })
    assert.deepEqual(chain.engine.peekDiff(), EMPTY_DIFF)
    assert.deepEqual(counts(), before)
  })

  it('of codes that it brings or creates, nor of what it reads, in many calls', () => {
    const reads = chain.deploy(asm`PUSH0 CALLDATALOAD DUP1 BALANCE POP DUP1 SLOAD POP EXTCODESIZE POP`)
    chain.engine.takeDiff()
    const before = counts()
    for (let i = 1; i <= 100_000; i++) {
      const data = word(BigInt(i) * 0x9e3779b97f4a7c15n)
      const outcome = chain.call({
        to: reads,
        data,
        stateOverrides: i % 10 === 0 ? [{ address: NOBODY, code: data }] : [],
      })
      assert.equal(outcome.status, 'success')
      if (i % 100 === 0) chain.call({ data: asm`PUSH 32 PUSH0 PUSH ${i} PUSH0 MSTORE RETURN` })
    }
    assert.deepEqual(counts(), before)
  })

  it('in the gas, blob gas and bloom of the block', () => {
    chain.run({ to: busy })
    const { cumulativeGasUsed, blobGasUsed, logsBloom } = chain.engine
    chain.call(request)
    assert.deepEqual(
      [chain.engine.cumulativeGasUsed, chain.engine.blobGasUsed, chain.engine.logsBloom],
      [cumulativeGasUsed, blobGasUsed, logsBloom],
    )
  })
})
