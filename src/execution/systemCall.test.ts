import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { AssertionError, bytesToHex, concatBytes, fromBigInt, toBigInt } from '../lib/index.ts'
import {
  BEACON_ROOTS_CONTRACT,
  CONSOLIDATION_REQUESTS_CONTRACT,
  HISTORY_CONTRACT,
  SYSTEM_ADDRESS,
  type SystemContract,
  WITHDRAWAL_REQUESTS_CONTRACT,
} from '../protocol/index.ts'
import { asm, callCode, ETHER, hashOf, RETURN_TOP, SENDER, TestChain } from './testing/index.ts'

function withContract({ address, code }: SystemContract): TestChain {
  const chain = new TestChain()
  chain.engine.setAccount(address, { nonce: 1n, balance: 0n, code })
  return chain
}

describe('system calls', () => {
  it('keep the parent beacon root where the timestamp finds it (EIP-4788)', () => {
    const chain = withContract(BEACON_ROOTS_CONTRACT)
    const root = new Uint8Array(32).fill(0xbe)
    assert.equal(chain.engine.systemCall(BEACON_ROOTS_CONTRACT.address, root).status, 1)
    // 1,700,000,000 mod 8,191 = 5,287
    assert.equal(chain.storage(BEACON_ROOTS_CONTRACT.address, 1_700_000_000n % 8191n), 1_700_000_000n)
    assert.equal(
      chain.storage(BEACON_ROOTS_CONTRACT.address, (1_700_000_000n % 8191n) + 8191n),
      toBigInt(root),
    )
    const data = fromBigInt(1_700_000_000n, 32)
    assert.deepEqual(chain.run({ to: BEACON_ROOTS_CONTRACT.address, data }).output, root)
    assert.equal(chain.run({ to: BEACON_ROOTS_CONTRACT.address, data: fromBigInt(1n, 32) }).status, 0)
  })

  it('keep the parent’s hash for 8,191 blocks (EIP-2935)', () => {
    const chain = withContract(HISTORY_CONTRACT)
    const hash = new Uint8Array(32).fill(0x99)
    assert.equal(chain.engine.systemCall(HISTORY_CONTRACT.address, hash).status, 1)
    assert.equal(chain.storage(HISTORY_CONTRACT.address, 999n), toBigInt(hash))
    const ask = (number: bigint) => chain.run({ to: HISTORY_CONTRACT.address, data: fromBigInt(number, 32) })
    assert.deepEqual(ask(999n).output, hash)
    assert.equal(ask(1000n).status, 0)
  })

  it('take the requests out of their queue (EIP-7002)', () => {
    const chain = withContract(WITHDRAWAL_REQUESTS_CONTRACT)
    const { address } = WITHDRAWAL_REQUESTS_CONTRACT
    // Before the first system call the contract is inhibited: its excess is the highest number.
    chain.engine.setStorage(address, new Uint8Array(32), new Uint8Array(32).fill(0xff))
    const request = concatBytes(new Uint8Array(48).fill(0xaa), fromBigInt(32n, 8))
    assert.equal(chain.run({ to: address, data: request, value: 1n }).status, 0)
    assert.equal(chain.engine.systemCall(address, new Uint8Array(0)).output.length, 0)
    assert.equal(chain.run({ to: address, data: request, value: 1n }).status, 1)
    const { output } = chain.engine.systemCall(address, new Uint8Array(0))
    // The amount comes out little-endian.
    const amount = fromBigInt(32n, 8).reverse()
    assert.equal(bytesToHex(output), bytesToHex(concatBytes(SENDER, new Uint8Array(48).fill(0xaa), amount)))
    assert.equal(chain.engine.systemCall(address, new Uint8Array(0)).output.length, 0)
  })

  it('take the consolidations out of theirs (EIP-7251)', () => {
    const chain = withContract(CONSOLIDATION_REQUESTS_CONTRACT)
    const { address } = CONSOLIDATION_REQUESTS_CONTRACT
    const request = new Uint8Array(96).fill(0x11, 0, 48).fill(0x22, 48)
    assert.equal(chain.run({ to: address, data: request, value: 1n }).status, 1)
    assert.deepEqual(chain.engine.systemCall(address, new Uint8Array(0)).output, concatBytes(SENDER, request))
  })

  it('leave caller, gas and cumulative gas alone', () => {
    const chain = new TestChain()
    const at = chain.deploy(asm`CALLER PUSH0 SSTORE GASPRICE PUSH 1 SSTORE CALLVALUE PUSH 2 SSTORE`)
    chain.engine.systemCall(at, new Uint8Array(0))
    assert.equal(chain.storage(at, 0n), toBigInt(SYSTEM_ADDRESS))
    assert.equal(chain.engine.getAccount(SYSTEM_ADDRESS), undefined)
    assert.equal(chain.engine.cumulativeGasUsed, 0n)
  })

  it('of an address without code do nothing; one that halts changes nothing', () => {
    const chain = new TestChain()
    chain.engine.takeDiff()
    assert.equal(chain.engine.systemCall(new Uint8Array(20).fill(0x44), new Uint8Array(32)).status, 1)
    const at = chain.deploy(asm`PUSH 1 PUSH0 SSTORE INVALID`)
    assert.equal(chain.engine.systemCall(at, new Uint8Array(0)).status, 0)
    assert.deepEqual(chain.engine.takeDiff(), new Uint8Array(12))
  })
})

describe('the parent’s hash', () => {
  const PARENT = 999n
  /** A chain whose block 1,000 does not know the hash of its parent yet. */
  function pending(): TestChain {
    const chain = withContract(HISTORY_CONTRACT)
    chain.open({}, (number) => (number === PARENT ? undefined : hashOf(number)))
    return chain
  }
  const known = (chain: TestChain, hash: Uint8Array) => {
    chain.engine.parentHashKnown()
    chain.engine.systemCall(HISTORY_CONTRACT.address, hash)
  }

  it('is waited for by BLOCKHASH of the parent, and by nothing else of it', () => {
    const chain = pending()
    const asks = chain.deploy(asm`PUSH 5 PUSH 1 SSTORE PUSH ${PARENT} BLOCKHASH PUSH0 SSTORE`)
    chain.engine.takeDiff()
    assert.equal(chain.send({ to: asks }).kind, 'needsParentHash')
    assert.deepEqual(chain.engine.takeDiff(), new Uint8Array(12), 'nothing changed')
    assert.equal(chain.engine.cumulativeGasUsed, 0n)
    for (const number of [PARENT - 1n, PARENT + 1n, PARENT - 256n]) {
      const other = chain.deploy(asm`PUSH ${number} BLOCKHASH PUSH0 SSTORE`)
      assert.equal(chain.run({ to: other }).status, 1)
      const inRange = number < 1000n && number >= 744n
      assert.equal(chain.storage(other, 0n), inRange ? number : 0n)
    }
  })

  it('is waited for by reads of the history contract', () => {
    const chain = pending()
    const data = fromBigInt(PARENT, 32)
    assert.equal(chain.send({ to: HISTORY_CONTRACT.address, data }).kind, 'needsParentHash')
    const through = chain.deploy(
      asm`PUSH ${PARENT} PUSH0 MSTORE PUSH 32 PUSH0 PUSH 32 PUSH0 PUSH ${HISTORY_CONTRACT.address} GAS STATICCALL PUSH0 MLOAD PUSH0 SSTORE`,
    )
    assert.equal(chain.send({ to: through }).kind, 'needsParentHash')
    const other = chain.deploy(asm`PUSH 999 SLOAD PUSH0 SSTORE`, { storage: [[999n, 5n]] })
    assert.equal(chain.send({ to: other }).kind, 'executed')
  })

  it('gives, once known, exactly what it would have given at once', () => {
    const hash = new Uint8Array(32).fill(0x99)
    const program = asm`PUSH ${PARENT} BLOCKHASH PUSH0 SSTORE
      PUSH ${PARENT} PUSH0 MSTORE PUSH 32 PUSH0 PUSH 32 PUSH0 PUSH ${HISTORY_CONTRACT.address} GAS STATICCALL
      PUSH0 MLOAD PUSH 1 SSTORE PUSH0 SLOAD ${RETURN_TOP}`
    const waits = withContract(HISTORY_CONTRACT)
    let parentHash: Uint8Array | undefined
    waits.open({}, (number) => (number === PARENT ? parentHash : hashOf(number)))
    const at = waits.deploy(program)
    assert.equal(waits.send({ to: at, value: 4n }).kind, 'needsParentHash')
    parentHash = hash
    known(waits, hash)
    const late = waits.send({ to: at, value: 4n })

    const direct = withContract(HISTORY_CONTRACT)
    direct.open({}, (number) => (number === PARENT ? hash : hashOf(number)))
    assert.deepEqual(direct.deploy(program), at)
    known(direct, hash)
    assert.deepEqual(late, direct.send({ to: at, value: 4n }))
    assert.deepEqual(waits.engine.takeDiff(), direct.engine.takeDiff())
    assert.equal(waits.storage(at, 1n), toBigInt(hash))
  })

  it('is not waited for by simulated calls', () => {
    const chain = pending()
    const asks = chain.deploy(asm`PUSH ${PARENT} BLOCKHASH ${RETURN_TOP}`)
    assert.equal(chain.call({ to: asks }).status, 'success')
    assert.equal(chain.send({ to: asks }).kind, 'needsParentHash', 'and the block still waits')
  })

  it('can not be stored before it is said to be known', () => {
    assert.throws(
      () => pending().engine.systemCall(HISTORY_CONTRACT.address, new Uint8Array(32)),
      AssertionError,
    )
  })

  it('reaches into nested frames', () => {
    const chain = pending()
    const asks = chain.deploy(asm`PUSH ${PARENT} BLOCKHASH PUSH0 SSTORE`)
    const outer = chain.deploy(callCode(chain.deploy(callCode(asks))), { balance: ETHER })
    assert.equal(chain.send({ to: outer }).kind, 'needsParentHash')
    assert.equal(chain.run({ to: chain.deploy(asm`STOP`) }).gasUsed, 21_000n)
  })
})
