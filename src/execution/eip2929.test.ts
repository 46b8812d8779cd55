import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { concatBytes, fromBigInt } from '../lib/index.ts'
import { asm, COINBASE, SENDER, TestChain } from './testing/index.ts'

/** EIP-2929: 2,600 gas for the first look at an account, 2,100 for that at a slot, 100 from then on. */
describe('EIP-2929, warm and cold', () => {
  const chain = new TestChain()
  const OTHER = new Uint8Array(20).fill(0x77)
  /** PUSH20 and POP around an opcode. */
  const PUSH_AND_POP = 3n + 2n

  it('charges 2,600 for a cold account and 100 for a warm one', () => {
    for (const opcode of [asm`BALANCE`, asm`EXTCODESIZE`, asm`EXTCODEHASH`]) {
      const once = concatBytes(asm`PUSH ${OTHER}`, opcode, asm`POP`)
      assert.equal(chain.gasOf(once), PUSH_AND_POP + 2600n)
      assert.equal(chain.gasOf(concatBytes(once, once, once)), 3n * PUSH_AND_POP + 2600n + 2n * 100n)
    }
    assert.equal(chain.gasOf(asm`PUSH0 PUSH0 PUSH0 PUSH ${OTHER} EXTCODECOPY`), 6n + 3n + 2600n)
  })

  it('charges 2,600 for a call of a cold account and 100 for a warm one', () => {
    const call = asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${OTHER} PUSH0 STATICCALL POP`
    const around = 5n * 2n + 3n + 2n
    assert.equal(chain.gasOf(call), around + 2600n)
    assert.equal(chain.gasOf(concatBytes(call, call)), 2n * around + 2600n + 100n)
  })

  it('charges 2,100 for a cold slot and 100 for a warm one', () => {
    const load = asm`PUSH 9 SLOAD POP`
    assert.equal(chain.gasOf(load), 5n + 2100n)
    assert.equal(chain.gasOf(concatBytes(load, load)), 10n + 2200n)
  })

  it('counts sender, recipient, coinbase (EIP-3651) and precompiles as warm', () => {
    const warm = [SENDER, COINBASE, fromBigInt(1n, 20), fromBigInt(0x11n, 20), fromBigInt(0x100n, 20)]
    for (const address of warm) assert.equal(chain.gasOf(asm`PUSH ${address} BALANCE POP`), 5n + 100n)
    assert.equal(chain.gasOf(asm`ADDRESS BALANCE POP`), 4n + 100n)
    assert.equal(chain.gasOf(asm`PUSH 0x12 BALANCE POP`), 5n + 2600n)
    assert.equal(chain.gasOf(asm`PUSH0 BALANCE POP`), 4n + 2600n)
  })

  it('has fewer warm precompiles before Osaka and Prague', () => {
    const prague = new TestChain({ fork: 'Prague' }, chain.engine)
    assert.equal(prague.gasOf(asm`PUSH 0x100 BALANCE POP`), 5n + 2600n)
    assert.equal(prague.gasOf(asm`PUSH 0x11 BALANCE POP`), 5n + 100n)
    const cancun = new TestChain({ fork: 'Cancun' }, chain.engine)
    assert.equal(cancun.gasOf(asm`PUSH 0x11 BALANCE POP`), 5n + 2600n)
    assert.equal(cancun.gasOf(asm`PUSH 0x0a BALANCE POP`), 5n + 100n)
    chain.open()
  })

  it('is cold again in the next transaction', () => {
    const at = chain.deploy(asm`PUSH 9 SLOAD POP PUSH ${OTHER} BALANCE POP`)
    assert.equal(chain.gasOf({ at }), 10n + 2100n + 2600n)
    assert.equal(chain.gasOf({ at }), 10n + 2100n + 2600n)
  })

  it('forgets what a reverted call has warmed', () => {
    const reverts = chain.deploy(asm`PUSH ${OTHER} BALANCE PUSH 1 SLOAD PUSH0 PUSH0 REVERT`)
    const call = asm`PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${reverts} GAS STATICCALL POP`
    const inside = 3n + 2600n + 3n + 2100n + 4n
    const around = 4n * 2n + 3n + 2n + 2n
    // The called account itself stays warm: the caller has touched it.
    const twice = 2n * (around + inside) + 2600n + 100n
    assert.equal(chain.gasOf(concatBytes(call, call)), twice)
    assert.equal(
      chain.gasOf(concatBytes(call, asm`PUSH ${OTHER} BALANCE POP`)),
      around + inside + 2600n + 5n + 2600n,
    )
  })

  it('warms what the access list names, for 2,400 and 1,900 gas (EIP-2930)', () => {
    const at = chain.deploy(asm`PUSH 9 SLOAD POP PUSH ${OTHER} BALANCE POP`)
    const accessList = [
      { address: at, storageKeys: [fromBigInt(9n, 32), fromBigInt(10n, 32)] },
      { address: OTHER, storageKeys: [] },
    ]
    const { gasUsed } = chain.run({ to: at, accessList })
    assert.equal(gasUsed, 21_000n + 2n * 2400n + 2n * 1900n + 10n + 100n + 100n)
  })
})
