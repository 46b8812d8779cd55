import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { keccak256 } from '../kernels/index.ts'
import { concatBytes, fromBigInt, toBigInt } from '../lib/index.ts'
import { createdAddress } from '../protocol/index.ts'
import { asm, initCode, SENDER, TestChain } from './testing/index.ts'

const MAX_CODE_SIZE = 24_576
const MAX_INIT_CODE_SIZE = 49_152

/** Address of a contract that `creator` makes with CREATE2 (EIP-1014). */
function create2Address(creator: Uint8Array, salt: bigint, init: Uint8Array): Uint8Array {
  return keccak256(concatBytes(Uint8Array.of(0xff), creator, fromBigInt(salt, 32), keccak256(init))).subarray(
    12,
  )
}

/** Init code that returns `length` bytes, the first of them `first`. */
function returns(length: number, first = 0): Uint8Array {
  return asm`PUSH ${first} PUSH0 MSTORE8 PUSH ${length} PUSH0 RETURN`
}

/** A contract that creates with its calldata as init code and returns the address, or zero. */
const CREATOR = asm`CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY CALLDATASIZE PUSH0 PUSH0 CREATE PUSH0 MSTORE PUSH 32 PUSH0 RETURN`
const CREATOR2 = asm`CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY PUSH 1 CALLDATASIZE PUSH0 PUSH0 CREATE2 PUSH0 MSTORE PUSH 32 PUSH0 RETURN`

describe('creation', () => {
  const chain = new TestChain()

  it('gives a contract the address of creator and nonce, nonce 1 and the code', () => {
    const nonce = chain.engine.getAccount(SENDER)!.nonce
    const runtime = asm`PUSH 1 POP STOP`
    const { status } = chain.run({ to: undefined, data: initCode(runtime), value: 3n })
    const account = chain.engine.getAccount(createdAddress(SENDER, nonce))
    assert.deepEqual([status, account?.nonce, account?.balance], [1, 1n, 3n])
    assert.deepEqual(chain.engine.getCode(createdAddress(SENDER, nonce)), runtime)
    const creator = chain.deploy(CREATOR, { nonce: 200n })
    const { output } = chain.run({ to: creator, data: initCode(runtime) })
    assert.deepEqual(output.subarray(12), createdAddress(creator, 200n))
    assert.equal(chain.engine.getAccount(creator)?.nonce, 201n)
  })

  it('gives CREATE2 the address of creator, salt and init code (EIP-1014)', () => {
    const creator = chain.deploy(CREATOR2)
    const init = initCode(asm`STOP`)
    const address = create2Address(creator, 1n, init)
    assert.deepEqual(chain.run({ to: creator, data: init }).output.subarray(12), address)
    assert.equal(toBigInt(chain.run({ to: creator, data: init }).output), 0n, 'a second time it collides')
    assert.equal(chain.engine.getAccount(creator)?.nonce, 3n, 'the nonce rises all the same')
  })

  it('takes 32,000, 2 per word of init code (EIP-3860) and 200 per byte of code', () => {
    const init = concatBytes(asm`PUSH 10 PUSH0 RETURN`, new Uint8Array(60))
    const { gasUsed } = chain.run({ to: undefined, data: init })
    const calldata = 4n * 16n + BigInt(init.length - 4) * 4n
    // 65 bytes are three words; the code is ten zero bytes, memory one word.
    assert.equal(init.length, 64)
    assert.equal(gasUsed, 21_000n + 32_000n + calldata + 2n * 2n + 3n + 2n + 3n + 2000n)
  })

  it('refuses a transaction with more than 49,152 bytes of init code (EIP-3860)', () => {
    const send = (length: number) =>
      chain.send({ to: undefined, data: new Uint8Array(length), gas: 16_000_000n })
    assert.equal(send(MAX_INIT_CODE_SIZE).kind, 'executed')
    const outcome = send(MAX_INIT_CODE_SIZE + 1)
    assert.ok(outcome.kind === 'invalid')
    assert.equal(outcome.code, 'TransactionException.INITCODE_SIZE_EXCEEDED')
  })

  it('halts a CREATE with more than 49,152 bytes of init code', () => {
    const create = (length: number) => chain.runCode(asm`PUSH ${length} PUSH0 PUSH0 CREATE`)
    assert.equal(create(MAX_INIT_CODE_SIZE).status, 1)
    assert.deepEqual([create(MAX_INIT_CODE_SIZE + 1).halt], ['out of gas'])
  })

  it('deploys 24,576 bytes but not one more (EIP-170)', () => {
    const deploy = (length: number) => chain.run({ to: undefined, data: returns(length) })
    assert.equal(deploy(MAX_CODE_SIZE).status, 1)
    const { status, halt, gasUsed } = deploy(MAX_CODE_SIZE + 1)
    assert.deepEqual([status, halt, gasUsed], [0, 'max code size exceeded', 10_000_000n])
  })

  it('does not deploy code that starts with 0xef (EIP-3541)', () => {
    const { status, halt } = chain.run({ to: undefined, data: returns(1, 0xef) })
    assert.deepEqual([status, halt], [0, 'invalid code: must not begin with 0xef'])
    assert.equal(chain.run({ to: undefined, data: returns(1, 0xee) }).status, 1)
    assert.equal(chain.run({ to: undefined, data: returns(0) }).status, 1)
  })

  it('takes all gas when the code can not be paid (EIP-2)', () => {
    const { halt, gasUsed } = chain.run({ to: undefined, data: returns(1000), gas: 200_000n })
    assert.deepEqual([halt, gasUsed], ['contract creation code storage out of gas', 200_000n])
  })

  it('gives the revert data of init code back, and no return data of its success', () => {
    const outer = asm`CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY CALLDATASIZE PUSH0 PUSH0 CREATE POP
      RETURNDATASIZE PUSH0 MSTORE PUSH 32 PUSH0 RETURN`
    assert.equal(toBigInt(chain.runCode(outer, { data: asm`PUSH 7 PUSH0 REVERT` }).output), 7n)
    assert.equal(toBigInt(chain.runCode(outer, { data: asm`PUSH 7 PUSH0 RETURN` }).output), 0n)
  })

  it('fails where an account has a nonce, code or storage already (EIP-684, EIP-7610)', () => {
    const init = initCode(asm`STOP`)
    for (const occupy of ['nonce', 'code', 'storage'] as const) {
      const creator = chain.deploy(CREATOR2)
      const address = create2Address(creator, 1n, init)
      chain.engine.setAccount(address, {
        nonce: occupy === 'nonce' ? 1n : 0n,
        balance: 1n,
        ...(occupy === 'code' && { code: asm`STOP` }),
      })
      if (occupy === 'storage') chain.engine.setStorage(address, new Uint8Array(32), fromBigInt(1n, 32))
      const { output, gasUsed } = chain.run({ to: creator, data: init, gas: 1_000_000n })
      assert.equal(toBigInt(output), 0n, occupy)
      assert.ok(gasUsed > 900_000n, 'the gas given to it is lost')
      assert.equal(chain.engine.getAccount(address)?.balance, 1n)
    }
  })

  it('does not mind a balance', () => {
    const init = initCode(asm`STOP`)
    const creator = chain.deploy(CREATOR2)
    const address = create2Address(creator, 1n, init)
    chain.engine.setAccount(address, { nonce: 0n, balance: 1n })
    assert.deepEqual(chain.run({ to: creator, data: init }).output.subarray(12), address)
    assert.equal(chain.balance(address), 1n)
  })

  it('is refused to a transaction too where the address is taken', () => {
    const nonce = chain.engine.getAccount(SENDER)!.nonce
    chain.engine.setAccount(createdAddress(SENDER, nonce), { nonce: 1n, balance: 0n })
    const { status, halt, gasUsed } = chain.run({ to: undefined, data: initCode(asm`STOP`), gas: 100_000n })
    assert.deepEqual([status, halt, gasUsed], [0, 'contract address collision', 100_000n])
  })

  it('answers zero and keeps the nonce without the funds, or with the highest nonce (EIP-2681)', () => {
    const poor = asm`PUSH0 PUSH0 PUSH 1 CREATE ISZERO PUSH0 SSTORE`
    const at = chain.deploy(poor, { nonce: 4n })
    chain.run({ to: at })
    assert.deepEqual([chain.storage(at, 0n), chain.engine.getAccount(at)?.nonce], [1n, 4n])
    const highest = 2n ** 64n - 1n
    const old = chain.deploy(asm`PUSH0 PUSH0 PUSH0 CREATE ISZERO PUSH0 SSTORE`, { nonce: highest })
    chain.run({ to: old })
    assert.deepEqual([chain.storage(old, 0n), chain.engine.getAccount(old)?.nonce], [1n, highest])
  })
})
