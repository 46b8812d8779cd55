import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { concatBytes } from '../lib/index.ts'
import { asm, callCode, TestChain } from './testing/index.ts'

/**
 * The table of EIP-2200's test cases with the numbers that EIP-2929 and EIP-3529 give them (EIP-3529, "With reduced
 * refunds"): value at the start, values written in turn, gas with the pushes and the 2,100 of the cold slot, refund.
 */
const CASES: [original: number, written: number[], gas: number, refund: number][] = [
  [0, [0, 0], 212, 0],
  [0, [0, 1], 20112, 0],
  [0, [1, 0], 20112, 19900],
  [0, [1, 2], 20112, 0],
  [0, [1, 1], 20112, 0],
  [1, [0, 0], 3012, 4800],
  [1, [0, 1], 3012, 2800],
  [1, [0, 2], 3012, 0],
  [1, [2, 0], 3012, 4800],
  [1, [2, 3], 3012, 0],
  [1, [2, 1], 3012, 2800],
  [1, [2, 2], 3012, 0],
  [1, [1, 0], 3012, 4800],
  [1, [1, 2], 3012, 0],
  [1, [1, 1], 212, 0],
  [0, [1, 0, 1], 40118, 19900],
  [1, [0, 1, 0], 5918, 7600],
]

function store(value: number, key = 0): Uint8Array {
  return asm`PUSH1 ${value} PUSH1 ${key} SSTORE`
}

describe('SSTORE (EIP-2200, 2929, 3529)', () => {
  const chain = new TestChain()

  for (const [original, written, gas, refund] of CASES) {
    it(`takes ${gas} and gives ${refund} back for ${original} → ${written.join(' → ')}`, () => {
      const code = concatBytes(...written.map((value) => store(value)))
      const at = chain.deploy(code, { storage: [[0n, BigInt(original)]] })
      // Burns enough that the cap of a fifth does not cut the refund.
      const outer = concatBytes(callCode(at), asm`POP`, burn(200_000))
      const alone = chain.run({ to: at })
      assert.equal(alone.gasUsed + alone.refunded, 21_000n + 2100n + BigInt(gas))
      chain.engine.setStorage(at, new Uint8Array(32), new Uint8Array(32).fill(original, 31))
      assert.equal(chain.run({ to: chain.deploy(outer) }).refunded, BigInt(refund))
      assert.equal(chain.storage(at, 0n), BigInt(written.at(-1)!))
    })
  }

  it('gives back at most a fifth of the gas used (EIP-3529)', () => {
    const storage = Array.from({ length: 20 }, (_, key): [bigint, bigint] => [BigInt(key), 1n])
    const at = chain.deploy(concatBytes(...storage.map(([key]) => store(0, Number(key)))), { storage })
    const { gasUsed, refunded } = chain.run({ to: at })
    // 20 · (6 + 2,100 + 2,900) = 100,120; refund 20 · 4,800 = 96,000, cut to (21,000 + 100,120) / 5.
    assert.equal(refunded, 24_224n)
    assert.equal(gasUsed, 121_120n - 24_224n)
  })

  it('rounds the cap down', () => {
    const at = chain.deploy(concatBytes(store(0), asm`PC POP`), { storage: [[0n, 1n]] })
    const { gasUsed, refunded } = chain.run({ to: at })
    assert.equal(refunded, 4800n)
    assert.equal(gasUsed, 21_000n + 5006n + 4n - 4800n)
    const twice = chain.deploy(concatBytes(store(0), store(0, 1), asm`PC POP`), {
      storage: [
        [0n, 1n],
        [1n, 1n],
      ],
    })
    // (21,000 + 2 · 5,006 + 4) / 5 = 6,203.2
    assert.equal(chain.run({ to: twice }).refunded, 6203n)
  })

  it('halts with 2,300 gas or less left (EIP-2200)', () => {
    const at = chain.deploy(asm`PUSH0 PUSH0 SSTORE`)
    const succeeds = (gas: number) => {
      const code = concatBytes(callCode(at, { gas }), asm`PUSH 1 SSTORE`)
      const outer = chain.deploy(code)
      chain.run({ to: outer })
      return chain.storage(outer, 1n) === 1n
    }
    assert.equal(succeeds(4 + 2300), false)
    assert.equal(succeeds(4 + 2301), true)
  })

  it('forgets the refund of a call that reverts', () => {
    const at = chain.deploy(concatBytes(store(0), asm`PUSH0 PUSH0 REVERT`), { storage: [[0n, 1n]] })
    const { refunded } = chain.runCode(callCode(at))
    assert.equal(refunded, 0n)
    assert.equal(chain.storage(at, 0n), 1n)
  })

  it('is forbidden in a static call', () => {
    const at = chain.deploy(store(1))
    const outer = chain.deploy(
      asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${at} PUSH 50000 STATICCALL PUSH 5 ADD PUSH0 SSTORE`,
    )
    chain.run({ to: outer })
    assert.equal(chain.storage(outer, 0n), 5n)
    assert.equal(chain.storage(at, 0n), 0n)
  })

  it('takes the value at the start of the transaction, not of the call, as the original', () => {
    const inner = chain.deploy(asm`PUSH0 CALLDATALOAD PUSH0 SSTORE`, { storage: [[0n, 7n]] })
    const set = (value: number) =>
      concatBytes(asm`PUSH ${value} PUSH0 MSTORE`, callCode(inner, { inputLength: 32 }), asm`POP`)
    const { refunded } = chain.runCode(concatBytes(set(8), set(0), set(9), set(7), burn(30_000)))
    // 7 → 8 → 0 (+4,800) → 9 (-4,800) → 7 (+2,800)
    assert.equal(refunded, 2800n)
  })
})

/** Takes at least that much gas. */
function burn(gas: number): Uint8Array {
  const words = Math.ceil(Math.sqrt(gas * 512))
  return asm`PUSH ${words * 32} MLOAD POP`
}
