import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { concatBytes } from '../lib/index.ts'
import { decodeStateDiff } from '../protocol/index.ts'
import { asm, COINBASE, callCode, initCode, SENDER, TestChain } from './testing/index.ts'

describe('SELFDESTRUCT (EIP-6780)', () => {
  const chain = new TestChain()
  const HEIR = new Uint8Array(20).fill(0x4e)
  const TO_HEIR = asm`PUSH ${HEIR} SELFDESTRUCT`
  const TO_ITSELF = asm`ADDRESS SELFDESTRUCT`

  /** Creates a contract with 5 wei that runs `runtime`, calls it, and keeps its address in slot 0. */
  function createAndCall(init: Uint8Array): Uint8Array {
    return asm`${store(init)} PUSH ${init.length} PUSH0 PUSH 5 CREATE DUP1 PUSH0 SSTORE
      PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 SLOAD GAS CALL`
  }

  function run(init: Uint8Array): { created: Uint8Array; creator: Uint8Array } {
    const creator = chain.deploy(createAndCall(init), { balance: 100n })
    assert.equal(chain.run({ to: creator }).status, 1)
    const word = chain.engine.getStorage(creator, new Uint8Array(32))
    return { created: word.subarray(12), creator }
  }

  it('only moves the balance of a contract from an earlier transaction', () => {
    const at = chain.deploy(TO_HEIR, { balance: 9n, storage: [[1n, 1n]] })
    const before = chain.balance(HEIR)
    chain.run({ to: at })
    assert.equal(chain.balance(HEIR), before + 9n)
    assert.deepEqual(chain.engine.getCode(at), TO_HEIR)
    assert.equal(chain.engine.getAccount(at)?.balance, 0n)
    assert.equal(chain.storage(at, 1n), 1n)
  })

  it('deletes it before Cancun, with all of its storage', () => {
    const shanghai = new TestChain({ fork: 'Shanghai' })
    const at = shanghai.deploy(concatBytes(asm`PUSH 5 PUSH 2 SSTORE`, TO_HEIR), {
      balance: 9n,
      storage: [
        [1n, 1n],
        [2n, 2n],
      ],
    })
    shanghai.run({ to: at })
    assert.equal(shanghai.balance(HEIR), 9n)
    assert.equal(shanghai.engine.getAccount(at), undefined)
    assert.equal(shanghai.storage(at, 1n), 0n)
    assert.equal(shanghai.storage(at, 2n), 0n)
    const again = shanghai.deploy(asm`STOP`)
    assert.equal(shanghai.storage(again, 1n), 0n)
  })

  it('keeps the balance of such a contract that names itself', () => {
    const at = chain.deploy(TO_ITSELF, { balance: 9n })
    chain.run({ to: at })
    assert.equal(chain.balance(at), 9n)
  })

  it('deletes a contract in the transaction that created it, with its storage', () => {
    chain.engine.takeDiff()
    const { created } = run(initCode(concatBytes(asm`PUSH 7 PUSH 1 SSTORE`, TO_HEIR)))
    assert.equal(chain.engine.getAccount(created), undefined)
    assert.equal(chain.engine.getCode(created).length, 0)
    assert.equal(chain.storage(created, 1n), 0n)
    const decoded = decodeStateDiff(chain.engine.takeDiff())
    assert.ok(decoded.ok)
    const touched = [...decoded.diff.accounts, ...decoded.diff.slots].map(({ address }) => address)
    assert.ok(
      !touched.some((address) => Buffer.compare(address, created) === 0),
      'the diff knows nothing of it',
    )
  })

  it('burns the balance of a contract that is deleted in its own favour', () => {
    const total = () => chain.balance(SENDER) + chain.balance(COINBASE)
    const before = total()
    const { created, creator } = run(initCode(TO_ITSELF))
    assert.equal(chain.engine.getAccount(created), undefined)
    assert.equal(chain.balance(creator), 95n)
    assert.ok(total() < before)
  })

  it('burns what a contract gets after its SELFDESTRUCT', () => {
    const init = initCode(TO_HEIR)
    const again = asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH 6 PUSH0 SLOAD GAS CALL POP PUSH0 PUSH0 PUSH0 PUSH0 PUSH 7 PUSH0 SLOAD GAS CALL`
    const creator = chain.deploy(concatBytes(createAndCall(init), again), { balance: 100n })
    const before = chain.balance(HEIR)
    chain.run({ to: creator })
    // Each call runs the code again: 5 wei of the creation, then 6, then 7 go to the heir.
    assert.equal(chain.balance(HEIR), before + 18n)
    assert.equal(chain.balance(creator), 82n)
  })

  it('deletes already while init code runs', () => {
    const { created } = run(TO_HEIR)
    assert.equal(chain.engine.getAccount(created), undefined)
  })

  it('is undone when the frame reverts', () => {
    const at = chain.deploy(TO_HEIR, { balance: 9n })
    const outer = chain.deploy(concatBytes(callCode(at), asm`PUSH0 PUSH0 REVERT`))
    const before = chain.balance(HEIR)
    assert.equal(chain.run({ to: outer }).status, 0)
    assert.equal(chain.balance(at), 9n)
    assert.equal(chain.balance(HEIR), before)
  })

  it('takes 5,000, 2,600 for a cold heir, and 25,000 when that makes an account', () => {
    const nobody = (n: number) => new Uint8Array(20).fill(n)
    const withNothing = chain.deploy(asm`PUSH ${nobody(0xd1)} SELFDESTRUCT`)
    assert.equal(chain.gasOf({ at: withNothing }), 3n + 5000n + 2600n)
    assert.equal(chain.engine.getAccount(nobody(0xd1)), undefined)
    const withSome = chain.deploy(asm`PUSH ${nobody(0xd2)} SELFDESTRUCT`, { balance: 1n })
    assert.equal(chain.gasOf({ at: withSome }), 3n + 5000n + 2600n + 25_000n)
    const toSender = chain.deploy(asm`CALLER SELFDESTRUCT`, { balance: 1n })
    assert.equal(chain.gasOf({ at: toSender }), 2n + 5000n)
  })
})

/** Writes code to memory from 0 on. */
function store(code: Uint8Array): Uint8Array {
  const words: Uint8Array[] = []
  for (let i = 0; i < code.length; i += 32) {
    const word = new Uint8Array(32)
    word.set(code.subarray(i, i + 32))
    words.push(asm`PUSH32 ${word} PUSH ${i} MSTORE`)
  }
  return concatBytes(...words)
}
