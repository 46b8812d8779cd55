import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { bytesToHex } from '../../lib/index.ts'
import { asm, initCode } from './asm.ts'

describe('asm', () => {
  it('writes opcodes with their values', () => {
    assert.equal(bytesToHex(asm`PUSH1 5 PUSH2 0x3 ADD PUSH0`), '0x600561000301' + '5f')
    assert.equal(bytesToHex(asm`PUSH 256 PUSH 0 PUSH ${255}`), '0x610100' + '5f' + '60ff')
    assert.equal(bytesToHex(asm`PUSH ${Uint8Array.of(0, 1)} ${asm`STOP`} 0xfeef`), '0x610001' + '00' + 'feef')
  })

  it('resolves labels in both directions', () => {
    assert.equal(
      bytesToHex(asm`@end JUMP start: @start JUMP end: STOP`),
      '0x61000956' + '5b61000456' + '5b00',
    )
  })

  it('refuses what it does not know', () => {
    assert.throws(() => asm`ADD FOO`, /unknown mnemonic FOO/)
    assert.throws(() => asm`PUSH1`, /wants a value/)
  })

  it('writes init code that returns the runtime', () => {
    assert.equal(bytesToHex(initCode(asm`STOP`)), '0x6100016100' + '0d' + '5f39' + '6100015ff3' + '00')
  })
})
