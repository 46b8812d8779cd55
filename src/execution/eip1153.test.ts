import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { concatBytes, toBigInt } from '../lib/index.ts'
import { asm, callCode, RETURN_TOP, TestChain } from './testing/index.ts'

describe('transient storage (EIP-1153)', () => {
  const chain = new TestChain()

  it('reads what the transaction has written, for 100 gas each', () => {
    assert.equal(chain.gasOf(asm`PUSH 5 PUSH 1 TSTORE PUSH 1 TLOAD POP`), 6n + 100n + 3n + 100n + 2n)
    const { output } = chain.runCode(concatBytes(asm`PUSH 5 PUSH 1 TSTORE PUSH 1 TLOAD`, RETURN_TOP))
    assert.equal(toBigInt(output), 5n)
  })

  it('is empty in the next transaction, and apart from storage', () => {
    const at = chain.deploy(asm`PUSH 1 TLOAD PUSH 1 SSTORE PUSH 5 PUSH 1 TSTORE`, { storage: [[1n, 9n]] })
    chain.run({ to: at })
    assert.equal(chain.storage(at, 1n), 0n)
    chain.run({ to: at })
    assert.equal(chain.storage(at, 1n), 0n)
  })

  it('belongs to the account whose code runs in its own context', () => {
    const library = chain.deploy(asm`PUSH 6 PUSH 1 TSTORE`)
    const delegate = asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${library} GAS DELEGATECALL POP`
    const read = concatBytes(asm`PUSH 1 TLOAD`, RETURN_TOP)
    assert.equal(toBigInt(chain.runCode(concatBytes(delegate, read)).output), 6n)
    assert.equal(toBigInt(chain.runCode(concatBytes(callCode(library), asm`POP`, read)).output), 0n)
  })

  it('is undone with the call that reverts', () => {
    const code = asm`
      CALLDATASIZE @inner JUMPI
      PUSH 3 PUSH 1 TSTORE
      PUSH0 PUSH0 PUSH 1 PUSH0 PUSH0 ADDRESS GAS CALL POP
      PUSH 1 TLOAD ${RETURN_TOP}
      inner: PUSH 4 PUSH 1 TSTORE PUSH0 PUSH0 REVERT`
    assert.equal(toBigInt(chain.runCode(code).output), 3n)
  })

  it('can be read but not written in a static call', () => {
    const writes = chain.deploy(asm`PUSH 4 PUSH 1 TSTORE`)
    const reads = chain.deploy(asm`PUSH 1 TLOAD POP`)
    const ask = (to: Uint8Array) =>
      toBigInt(
        chain.runCode(asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${to} PUSH 10000 STATICCALL ${RETURN_TOP}`).output,
      )
    assert.equal(ask(writes), 0n)
    assert.equal(ask(reads), 1n)
  })

  it('leaves no records behind', () => {
    const { exports } = chain.engine.kernel
    chain.engine.takeDiff()
    const before = exports.slotCount()
    chain.runCode(asm`PUSH 4 PUSH 1 TSTORE PUSH 4 PUSH 2 TSTORE PUSH 5 PUSH 3 TSTORE`)
    chain.engine.takeDiff()
    assert.equal(exports.slotCount(), before)
  })
})
