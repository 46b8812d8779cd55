import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { bytesToHex, concatBytes, fromBigInt } from '../../lib/index.ts'
import { asm, BLOCK, COINBASE, callCode, hashOf, SENDER, TestChain } from '../testing/index.ts'
import { createAccessList } from './createAccessList.ts'
import { TracingEngine } from './TracingEngine.ts'

const tracing = await TracingEngine.open({ memoryMiB: 256 })
const chain = new TestChain({}, tracing.engine)
tracing.beginBlock(BLOCK, hashOf)
const NOBODY = new Uint8Array(20).fill(0x0b)
const SHA256 = fromBigInt(2n, 20)

function listOf(code: Uint8Array): { [address: string]: number[] } {
  const { accessList } = createAccessList(tracing, {
    ...{ from: SENDER, to: chain.deploy(code), gas: 1_000_000n, value: 0n, data: new Uint8Array(0) },
    ...{ gasPrice: 0n, accessList: [], authorizations: [] },
  })
  const entries = accessList.map(({ address, storageKeys }) => [
    bytesToHex(address),
    storageKeys.map((key) => key[31]!),
  ])
  return Object.fromEntries(entries)
}

describe('createAccessList', () => {
  it('has slots of the callee, but not the callee, the sender and precompiles themselves', () => {
    const calls = concatBytes(...[SHA256, SENDER, NOBODY].map((to) => concatBytes(callCode(to), asm`POP`)))
    assert.deepEqual(listOf(calls), { [bytesToHex(NOBODY)]: [] })
    const uses = listOf(asm`PUSH 7 SLOAD PUSH 3 SSTORE STOP`)
    assert.deepEqual(Object.values(uses), [[3, 7]])
  })

  it('has what a frame used that was undone, and the coinbase, which is warm', () => {
    const inner = chain.deploy(asm`PUSH 5 SLOAD POP PUSH ${NOBODY} BALANCE PUSH0 PUSH0 REVERT`)
    const list = listOf(concatBytes(callCode(inner), asm`COINBASE BALANCE STOP`))
    assert.deepEqual(list, { [bytesToHex(NOBODY)]: [], [bytesToHex(inner)]: [5], [bytesToHex(COINBASE)]: [] })
  })

  it('goes on until nothing comes any more', () => {
    // With slot 1 warm, reading it leaves more gas, and then slot 2 is read too.
    const code = asm`GAS PUSH 1 SLOAD POP GAS SWAP1 SUB PUSH2 1000 GT ISZERO @end JUMPI PUSH 2 SLOAD end: STOP`
    assert.deepEqual(Object.values(listOf(code)), [[1, 2]])
  })
})
