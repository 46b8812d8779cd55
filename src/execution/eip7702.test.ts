import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { bytesToHex, concatBytes, fromBigInt, toBigInt } from '../lib/index.ts'
import { asm, callCode, RETURN_TOP, SENDER, type Sending, TestChain } from './testing/index.ts'

const ZERO_ADDRESS = new Uint8Array(20)
const NOBODY = new Uint8Array(20).fill(0x0b)
type Authorization = NonNullable<Sending['authorizations']>[number]

describe('delegations (EIP-7702)', () => {
  const chain = new TestChain()
  let made = 0

  /** An account of its own for each test. */
  function newAuthority(nonce?: bigint): Uint8Array {
    const authority = concatBytes(new Uint8Array(18).fill(0xa7), fromBigInt(BigInt(++made), 2))
    if (nonce !== undefined) chain.engine.setAccount(authority, { nonce, balance: 1n })
    return authority
  }

  const authorize = (...authorizations: Authorization[]) => chain.run({ to: NOBODY, authorizations })
  const codeOf = (address: Uint8Array) => bytesToHex(chain.engine.getCode(address))
  const designator = (delegate: Uint8Array) => `0xef0100${bytesToHex(delegate).slice(2)}`

  it('writes the designator and raises the nonce, of an account that did not exist too', () => {
    const [old, fresh] = [newAuthority(4n), newAuthority()]
    const delegate = chain.deploy(asm`STOP`)
    authorize({ authority: old, delegate, nonce: 4n }, { authority: fresh, delegate })
    assert.deepEqual([codeOf(old), codeOf(fresh)], [designator(delegate), designator(delegate)])
    assert.deepEqual([chain.engine.getAccount(old)?.nonce, chain.engine.getAccount(fresh)?.nonce], [5n, 1n])
  })

  it('takes 25,000 per tuple and gives 12,500 back for an account that exists', () => {
    const delegate = chain.deploy(asm`STOP`)
    const fresh = authorize({ authority: newAuthority(), delegate })
    assert.deepEqual([fresh.gasUsed, fresh.refunded], [46_000n, 0n])
    // The refund of 12,500 is cut to a fifth of 46,000.
    const old = authorize({ authority: newAuthority(0n), delegate })
    assert.deepEqual([old.gasUsed, old.refunded], [46_000n - 9200n, 9200n])
    const void2 = authorize({ authority: undefined, delegate }, { authority: newAuthority(0n), delegate })
    assert.deepEqual([void2.gasUsed, void2.refunded], [71_000n - 12_500n, 12_500n])
  })

  it('passes over tuples with another nonce or chain, without a signer, or of a contract', () => {
    const delegate = chain.deploy(asm`STOP`)
    const contract = chain.deploy(asm`STOP`)
    const [low, high, elsewhere] = [newAuthority(1n), newAuthority(1n), newAuthority(1n)]
    const tuples: Authorization[] = [
      { authority: low, delegate, nonce: 0n },
      { authority: high, delegate, nonce: 2n },
      { authority: elsewhere, delegate, nonce: 1n, chainId: 2n },
      { authority: undefined, delegate },
      { authority: contract, delegate, nonce: 1n },
      { authority: newAuthority(), delegate, nonce: 2n ** 64n - 1n },
    ]
    const { status, refunded } = authorize(...tuples)
    assert.deepEqual([status, refunded], [1, 0n])
    assert.deepEqual([low, high, elsewhere].map(codeOf), ['0x', '0x', '0x'])
    assert.equal(codeOf(contract), '0x00')
  })

  it('takes chain id 0 as any chain', () => {
    const authority = newAuthority(1n)
    const delegate = chain.deploy(asm`STOP`)
    authorize({ authority, delegate, nonce: 1n, chainId: 0n })
    assert.equal(codeOf(authority), designator(delegate))
  })

  it('lets the last of several tuples win and the zero address clear', () => {
    const authority = newAuthority(0n)
    const [first, second] = [chain.deploy(asm`STOP`), chain.deploy(asm`STOP`)]
    authorize({ authority, delegate: first }, { authority, delegate: second, nonce: 1n })
    assert.equal(codeOf(authority), designator(second))
    authorize({ authority, delegate: ZERO_ADDRESS, nonce: 2n })
    assert.equal(codeOf(authority), '0x')
    assert.equal(chain.engine.getAccount(authority)?.nonce, 3n)
  })

  it('counts the sender’s nonce as raised already', () => {
    const delegate = chain.deploy(asm`STOP`)
    const nonce = chain.engine.getAccount(SENDER)!.nonce
    authorize({ authority: SENDER, delegate, nonce })
    assert.equal(codeOf(SENDER), '0x')
    authorize({ authority: SENDER, delegate, nonce: nonce + 2n })
    assert.equal(codeOf(SENDER), designator(delegate))
    assert.equal(chain.engine.getAccount(SENDER)?.nonce, nonce + 3n)
    assert.equal(chain.run({ to: NOBODY }).status, 1, 'a delegating account still sends (EIP-3607)')
    authorize({ authority: SENDER, delegate: ZERO_ADDRESS, nonce: nonce + 5n })
  })

  it('keeps the delegation when the transaction itself fails', () => {
    const authority = newAuthority(0n)
    const delegate = chain.deploy(asm`INVALID`)
    const { status } = chain.run({ to: delegate, authorizations: [{ authority, delegate }], gas: 100_000n })
    assert.deepEqual([status, codeOf(authority)], [0, designator(delegate)])
  })
})

describe('code behind a delegation (EIP-7702)', () => {
  const chain = new TestChain()
  let made = 0

  function delegating(delegate: Uint8Array): Uint8Array {
    const authority = concatBytes(new Uint8Array(18).fill(0xa8), fromBigInt(BigInt(++made), 2))
    chain.engine.setAccount(authority, {
      nonce: 1n,
      balance: 0n,
      code: concatBytes(Uint8Array.of(0xef, 1, 0), delegate),
    })
    return authority
  }

  it('runs in the context of the account that delegates', () => {
    const delegate = chain.deploy(asm`PUSH 3 PUSH 1 SSTORE ADDRESS ${RETURN_TOP}`)
    const authority = delegating(delegate)
    const { output } = chain.run({ to: authority })
    assert.deepEqual(output.subarray(12), authority)
    assert.deepEqual([chain.storage(authority, 1n), chain.storage(delegate, 1n)], [3n, 0n])
  })

  it('calls itself through the delegation', () => {
    const delegate = chain.deploy(asm`
      PUSH0 SLOAD PUSH 3 EQ @done JUMPI
      PUSH0 SLOAD PUSH 1 ADD PUSH0 SSTORE
      PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 ADDRESS GAS CALL
      done: STOP`)
    const authority = delegating(delegate)
    chain.run({ to: authority })
    assert.equal(chain.storage(authority, 0n), 3n)
  })

  it('is followed for one step only: a chain ends in the invalid opcode 0xef', () => {
    const authority = delegating(delegating(chain.deploy(asm`STOP`)))
    assert.equal(chain.run({ to: authority, gas: 50_000n }).halt, 'invalid opcode')
    const loop = new Uint8Array(20).fill(0x10)
    chain.engine.setAccount(loop, {
      nonce: 1n,
      balance: 0n,
      code: concatBytes(Uint8Array.of(0xef, 1, 0), loop),
    })
    assert.equal(chain.run({ to: loop, gas: 50_000n }).halt, 'invalid opcode')
  })

  it('of a precompile is empty', () => {
    const sha256 = fromBigInt(2n, 20)
    const authority = delegating(sha256)
    const { status, output, gasUsed } = chain.run({ to: authority })
    assert.deepEqual([status, output.length, gasUsed], [1, 0, 21_000n])
    const inner = asm`${callCode(authority)} POP RETURNDATASIZE ${RETURN_TOP}`
    assert.equal(toBigInt(chain.runCode(inner).output), 0n)
  })

  it('costs the access to the delegate as well', () => {
    const authority = delegating(chain.deploy(asm`STOP`))
    const call = asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${authority} PUSH0 STATICCALL POP`
    const around = 5n * 2n + 3n + 2n
    assert.equal(chain.gasOf(call), around + 2600n + 2600n)
    assert.equal(chain.gasOf(concatBytes(call, call)), 2n * around + 5200n + 200n)
    assert.equal(chain.gasOf({ at: authority }), 0n, 'but not for the recipient of the transaction')
  })

  it('is not what EXTCODESIZE and EXTCODEHASH see: they see the designator', () => {
    const authority = delegating(chain.deploy(new Uint8Array(100)))
    assert.equal(toBigInt(chain.runCode(asm`PUSH ${authority} EXTCODESIZE ${RETURN_TOP}`).output), 23n)
    assert.deepEqual(
      chain.runCode(asm`PUSH ${authority} EXTCODEHASH ${RETURN_TOP}`).output,
      chain.engine.getAccount(authority)?.codeHash,
    )
  })
})
