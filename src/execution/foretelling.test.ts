import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { concatBytes, fromBigInt, Prng } from '../lib/index.ts'
import { encodePrepared, type PreparedTransaction } from '../protocol/index.ts'
import { Engine } from './Engine.ts'
import { asm, ETHER, TestChain } from './testing/index.ts'

const LIMITS = { transactions: 1000, gas: 1n << 60n }
const SENDERS = 300

/** Solidity's slot of an entry: the key is on the stack, the mapping's slot below it. */
const HASH = asm`PUSH 0 MSTORE PUSH 32 MSTORE PUSH 64 PUSH 0 KECCAK256`
/** Adds one to the slot on the stack. */
const COUNT = asm`DUP1 SLOAD PUSH 1 ADD SWAP1 SSTORE`
/** The selector makes the code's data begin at 4. */
const WORD = (i: number) => asm`PUSH ${4 + 32 * i} CALLDATALOAD`

/** balances[sender], balances[word 0], allowances[word 1][sender]. */
const TOKEN = concatBytes(
  ...[asm`PUSH 7 CALLER`, HASH, COUNT],
  ...[asm`PUSH 7`, WORD(0), HASH, COUNT],
  ...[asm`CALLER PUSH 8`, WORD(1), HASH, asm`SWAP1`, HASH, COUNT],
  asm`STOP`,
)
/** names[word 0 + 1]: the key stands nowhere in the call. */
const RIDDLE = concatBytes(asm`PUSH 7`, WORD(0), asm`PUSH 1 ADD`, HASH, COUNT, asm`STOP`)

const senderOf = (i: number) => concatBytes(new Uint8Array(18).fill(0xa0), fromBigInt(BigInt(i), 2))
const word = (value: bigint) => fromBigInt(value, 32)

function open(engine: Engine): { chain: TestChain; token: Uint8Array; riddle: Uint8Array } {
  const chain = new TestChain({}, engine)
  for (let i = 0; i < SENDERS; i++) engine.setAccount(senderOf(i), { nonce: 0n, balance: ETHER })
  return { chain, token: chain.deploy(TOKEN), riddle: chain.deploy(RIDDLE) }
}

/** Selector and words. */
function callData(random: Prng, words: number): Uint8Array {
  const values = Array.from({ length: words }, () => word(BigInt(random.nextInt(1 << 30)) + (1n << 40n)))
  return concatBytes(Uint8Array.of(1, 2, 3, 4), ...values)
}

function missesOf(engine: Engine, batch: PreparedTransaction[]): number {
  const before = engine.kernel.exports.mappingMisses.value
  const { executed, stop } = engine.executeBatch(encodePrepared(batch), LIMITS)
  assert.deepEqual([executed, stop], [batch.length, undefined])
  return engine.kernel.exports.mappingMisses.value - before
}

/** Some are pushed out by others before they are looked up: the places go by hash. */
function assertForetold(misses: number, lookups: number): void {
  assert.ok(misses <= lookups / 50, `${misses} of ${lookups}`)
}

describe('foretelling mapping entries', () => {
  const engine = new Engine({ memoryMiB: 256, evm: 'interpreter' })
  const random = new Prng(7)

  it('has their hashes before the second transaction of a kind runs', () => {
    const { chain, token } = open(engine)
    const calls = Array.from({ length: 40 }, (_, i) =>
      chain.prepare({ from: senderOf(i), to: token, gas: 200_000n, data: callData(random, 2) }),
    )
    // Four hashes, each of them new: the balances', and two of the allowance.
    assert.equal(missesOf(engine, calls.slice(0, 1)), 4)
    assertForetold(missesOf(engine, calls.slice(1)), 4 * 39)
    engine.takeDiff()
  })

  it('learns anew where another function stands in the place, and when it was wrong', () => {
    const { chain, token } = open(engine)
    const calls = Array.from({ length: 100 }, (_, i) => {
      const sender = senderOf(i)
      // The first ones send to themselves: what the key of the second entry is can be taken for the sender.
      const to = concatBytes(new Uint8Array(12), i === 0 ? sender : senderOf(200 + i))
      const data = concatBytes(Uint8Array.of(1, 2, 3, 4), to, word(BigInt(i) + (1n << 50n)))
      return chain.prepare({ from: sender, to: token, gas: 200_000n, data })
    })
    missesOf(engine, calls.slice(0, 50))
    assertForetold(missesOf(engine, calls.slice(50)), 4 * 50)
    engine.takeDiff()
  })

  it('changes nothing: short data, keys that are not foretold, self-made collisions', () => {
    const engines = [engine, new Engine({ memoryMiB: 256, evm: 'interpreter' })] as const
    for (let seed = 0; seed < 10; seed++) {
      const chains = engines.map(open)
      const batch = randomCalls(chains[0]!, new Prng(seed))
      engines[0].executeBatch(encodePrepared(batch), LIMITS)
      for (const { raw, sender } of batch) engines[1].executeTransaction(raw, sender, [])
      assert.deepEqual(engines[0].takeDiff(), engines[1].takeDiff(), `seed ${seed}`)
      assert.deepEqual(engines[0].cumulativeGasUsed, engines[1].cumulativeGasUsed)
      engines[0].takeChunk()
    }
  })
})

function randomCalls(
  { chain, token, riddle }: { chain: TestChain; token: Uint8Array; riddle: Uint8Array },
  random: Prng,
): PreparedTransaction[] {
  return Array.from({ length: SENDERS }, (_, i) => {
    const data = callData(random, random.nextInt(4))
    return chain.prepare({
      from: senderOf(i),
      to: random.nextInt(3) === 0 ? riddle : token,
      gas: 200_000n,
      data: random.nextInt(10) === 0 ? data.subarray(0, random.nextInt(data.length)) : data,
    })
  })
}
