import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { bytesToHex, concatBytes, fromBigInt, toBigInt } from '../lib/index.ts'
import { asm, callCode, RETURN_TOP, TestChain } from './testing/index.ts'

describe('gas of calls (EIP-150)', () => {
  const chain = new TestChain()
  const TELLS_GAS = concatBytes(asm`GAS`, RETURN_TOP)

  it('gives at most all but a 64th', () => {
    const callee = chain.deploy(TELLS_GAS)
    const caller = chain.deploy(
      asm`PUSH 32 PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${callee} GAS CALL PUSH 32 PUSH0 RETURN`,
    )
    const { output } = chain.run({ to: caller, gas: 21_000n + 100_000n })
    // Six pushes (3 + 2·4 + 3), GAS 2; memory of one word 3; cold account 2,600.
    const left = 100_000n - 16n - 3n - 2600n
    assert.equal(toBigInt(output), left - left / 64n - 2n)
  })

  it('gives what was asked for when there is more, and the stipend of 2,300 with a value', () => {
    const callee = chain.deploy(TELLS_GAS)
    const code = (value: number) =>
      asm`PUSH 32 PUSH0 PUSH0 PUSH0 PUSH ${value} PUSH ${callee} PUSH 5000 CALL PUSH 32 PUSH0 RETURN`
    assert.equal(toBigInt(chain.runCode(code(0)).output), 5000n - 2n)
    const rich = chain.deploy(code(1), { balance: 1n })
    assert.equal(toBigInt(chain.run({ to: rich }).output), 7300n - 2n)
  })

  it('takes 9,000 for a value and 25,000 for a new account', () => {
    const fresh = new Uint8Array(20).fill(0x3f)
    const code = concatBytes(callCode(fresh, { value: 1, gas: 0 }), asm`POP`)
    const at = chain.deploy(code, { balance: 9n })
    const around = 4n * 2n + 3n - 2n + 3n + 2n + 2n + 2n
    // The stipend comes back unused.
    assert.equal(chain.gasOf({ at }), around + 2600n + 9000n + 25_000n - 2300n)
    assert.equal(chain.gasOf({ at }), around + 2600n + 9000n - 2300n)
    assert.equal(chain.balance(fresh), 2n)
  })

  it('answers zero, with all gas back, when the value is more than there is', () => {
    const callee = chain.deploy(asm`STOP`)
    const at = chain.deploy(concatBytes(callCode(callee, { value: 5 }), RETURN_TOP), { balance: 4n })
    const { output, gasUsed } = chain.run({ to: at })
    assert.equal(toBigInt(output), 0n)
    assert.ok(gasUsed < 21_000n + 2600n + 9000n + 100n)
  })

  it('stops at a depth of 1,024', () => {
    // Counts its runs in transient storage and calls itself with all gas; the last one's call is answered with zero.
    const at = chain.deploy(asm`
      PUSH0 TLOAD PUSH 1 ADD PUSH0 TSTORE
      PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 ADDRESS GAS CALL ISZERO PUSH 1 TSTORE
      PUSH0 TLOAD PUSH0 SSTORE`)
    chain.open({ fork: 'Prague', gasLimit: 1n << 60n })
    const { status } = chain.run({ to: at, gas: 10n ** 15n })
    chain.open({ fork: 'Osaka', gasLimit: 200_000_000n })
    assert.equal(status, 1)
    // Depths 0 to 1,024.
    assert.equal(chain.storage(at, 0n), 1025n)
  })

  it('creates down to a depth of 1,024 as well', () => {
    // Init code that copies itself and creates itself again; returns the depth reached in its revert data, plus one.
    const self = asm`
      CODESIZE PUSH0 PUSH0 CODECOPY CODESIZE PUSH0 PUSH0 CREATE POP
      PUSH0 PUSH0 MSTORE RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY
      PUSH0 MLOAD PUSH 1 ADD PUSH0 MSTORE PUSH 32 PUSH0 REVERT`
    chain.open({ fork: 'Prague', gasLimit: 1n << 60n })
    const { output } = chain.run({ to: undefined, data: self, gas: 10n ** 16n })
    chain.open({ fork: 'Osaka', gasLimit: 200_000_000n })
    assert.equal(toBigInt(output), 1025n)
  })
})

describe('out of gas', () => {
  const chain = new TestChain()

  it('leaves nothing but the fee and the nonce', () => {
    const at = chain.deploy(asm`
      PUSH 1 PUSH 1 SSTORE PUSH 2 PUSH 2 TSTORE PUSH0 PUSH0 LOG0 PUSH0 PUSH0 PUSH0 CREATE
      PUSH0 PUSH0 PUSH0 PUSH0 PUSH 3 CALLER GAS CALL
      loop: @loop JUMP`)
    chain.engine.takeDiff()
    const { status, halt, gasUsed, logs, output } = chain.run({ to: at, value: 7n, gas: 500_000n })
    assert.deepEqual([status, halt, gasUsed, logs.length, output.length], [0, 'out of gas', 500_000n, 0, 0])
    assert.deepEqual(
      [chain.storage(at, 1n), chain.balance(at), chain.engine.getAccount(at)?.nonce],
      [0n, 0n, 1n],
    )
    const diff = chain.engine.takeDiff()
    // Sender and coinbase, no slots, no codes.
    assert.deepEqual([diff.length, diff[0]], [12 + 2 * 93, 2])
  })

  it('takes the gas of the frame alone', () => {
    const loops = chain.deploy(asm`loop: @loop JUMP`)
    const { status, gasUsed } = chain.runCode(concatBytes(callCode(loops, { gas: 1000 }), asm`POP`))
    const around = 4n * 2n + 2n + 3n + 3n + 2n
    assert.deepEqual([status, gasUsed], [1, 21_000n + around + 2600n + 1000n])
  })

  it('names each way to halt', () => {
    const halts: [Uint8Array, string][] = [
      [asm`POP`, 'stack underflow (too few words)'],
      [asm`loop: PUSH0 @loop JUMP`, 'stack limit reached 1024'],
      [asm`PUSH 1 JUMP`, 'invalid jump destination'],
      [asm`PUSH1 4 JUMP PUSH1 0x5b`, 'invalid jump destination'],
      [asm`0xfe`, 'invalid opcode'],
      [asm`0x0c`, 'invalid opcode'],
      [asm`PUSH 1 PUSH0 PUSH0 RETURNDATACOPY`, 'return data out of bounds'],
      [asm`PUSH 0xffffffffffffffff MLOAD`, 'out of gas'],
    ]
    for (const [code, halt] of halts) {
      const outcome = chain.runCode(code, { gas: 300_000n })
      assert.deepEqual([outcome.status, outcome.halt, outcome.gasUsed], [0, halt, 300_000n], bytesToHex(code))
    }
  })
})

describe('return data (EIP-211)', () => {
  const chain = new TestChain()
  const replies = chain.deploy(asm`PUSH 0xabcd PUSH0 MSTORE PUSH 2 PUSH 30 RETURN`)
  const reverts = chain.deploy(asm`PUSH 0xabcd PUSH0 MSTORE PUSH 3 PUSH 29 REVERT`)
  const halts = chain.deploy(asm`INVALID`)
  const nobody = new Uint8Array(20).fill(0x0b)
  const sizeAfter = (...calls: Uint8Array[]) =>
    toBigInt(
      chain.runCode(
        concatBytes(
          ...calls.flatMap((to) => [callCode(to, { gas: 100 }), asm`POP`]),
          asm`RETURNDATASIZE`,
          RETURN_TOP,
        ),
      ).output,
    )

  it('is what the last call returned or reverted with', () => {
    assert.equal(sizeAfter(), 0n)
    assert.equal(sizeAfter(replies), 2n)
    assert.equal(sizeAfter(replies, reverts), 3n)
    assert.equal(sizeAfter(replies, halts), 0n)
    assert.equal(sizeAfter(replies, nobody), 0n)
    assert.equal(sizeAfter(fromBigInt(2n, 20)), 32n)
  })

  it('is copied within its bounds only', () => {
    const copy = (offset: number, length: number) =>
      chain.runCode(
        asm`${callCode(replies)} PUSH ${length} PUSH ${offset} PUSH0 RETURNDATACOPY PUSH 2 PUSH0 RETURN`,
      )
    assert.equal(bytesToHex(copy(0, 2).output), '0xabcd')
    assert.equal(bytesToHex(copy(1, 1).output), '0xcd00')
    assert.equal(copy(2, 0).status, 1)
    assert.equal(copy(3, 0).halt, 'return data out of bounds')
    assert.equal(copy(1, 2).halt, 'return data out of bounds')
  })
})

describe('MCOPY (EIP-5656)', () => {
  const chain = new TestChain()
  const WORD = 0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fn

  it('copies what overlaps as if through a buffer (the examples of the EIP)', () => {
    const run = (setup: Uint8Array, copy: Uint8Array) =>
      chain.runCode(asm`${setup} ${copy} PUSH 9 PUSH0 RETURN`).output
    const bytes = asm`PUSH 0x000102030405060708 PUSH 184 SHL PUSH0 MSTORE`
    assert.equal(bytesToHex(run(bytes, asm`PUSH 8 PUSH 1 PUSH0 MCOPY`)), '0x010203040506070808')
    assert.equal(bytesToHex(run(bytes, asm`PUSH 8 PUSH0 PUSH 1 MCOPY`)), '0x000001020304050607')
  })

  it('takes 3, 3 per word, and memory for the higher of both ends', () => {
    const { output } = chain.runCode(
      asm`PUSH ${WORD} PUSH 32 MSTORE PUSH 32 PUSH 32 PUSH0 MCOPY PUSH0 MLOAD ${RETURN_TOP}`,
    )
    assert.equal(toBigInt(output), WORD)
    assert.equal(chain.gasOf(asm`PUSH 33 PUSH0 PUSH 32 MCOPY`), 8n + 3n + 2n * 3n + 3n * 3n)
    assert.equal(chain.gasOf(asm`PUSH 33 PUSH 32 PUSH0 MCOPY`), 8n + 3n + 2n * 3n + 3n * 3n)
    assert.equal(chain.gasOf(asm`PUSH0 PUSH 0xffffffffff PUSH 0xffffffffff MCOPY`), 8n + 3n)
  })
})

describe('CLZ (EIP-7939)', () => {
  it('counts the leading zero bits, for 5 gas (the vectors of the EIP)', () => {
    const chain = new TestChain()
    const clz = (word: bigint) => toBigInt(chain.runCode(asm`PUSH32 ${word} CLZ ${RETURN_TOP}`).output)
    assert.equal(clz(0n), 256n)
    assert.equal(clz(1n << 255n), 0n)
    assert.equal(clz((1n << 256n) - 1n), 0n)
    assert.equal(clz(1n << 254n), 1n)
    assert.equal(clz((1n << 255n) - 1n), 1n)
    assert.equal(clz(1n), 255n)
    assert.equal(chain.gasOf(asm`PUSH 1 CLZ POP`), 3n + 5n + 2n)
  })

  it('is not there before Osaka', () => {
    const chain = new TestChain({ fork: 'Prague' })
    assert.equal(chain.runCode(asm`PUSH 1 CLZ`).halt, 'invalid opcode')
  })
})
