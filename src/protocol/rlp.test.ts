import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex, hexToBytes, Prng } from '../lib/index.ts'
import { type RlpErrorCode, type RlpValue, rlpDecode, rlpEncode, rlpInteger, rlpValueLength } from './rlp.ts'

const text = (value: string) => new TextEncoder().encode(value)

describe('rlp', () => {
  it('encodes the published examples', () => {
    const examples: [RlpValue, string][] = [
      [text('dog'), '0x83646f67'],
      [[text('cat'), text('dog')], '0xc88363617483646f67'],
      [text(''), '0x80'],
      [[], '0xc0'],
      [rlpInteger(0n), '0x80'],
      [rlpInteger(15n), '0x0f'],
      [rlpInteger(1024n), '0x820400'],
      [[[], [[]], [[], [[]]]], '0xc7c0c1c0c3c0c1c0'],
      [
        text('Lorem ipsum dolor sit amet, consectetur adipisicing elit'),
        '0xb8384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e6720656c6974',
      ],
    ]
    for (const [value, hex] of examples) {
      assert.equal(bytesToHex(rlpEncode(value)), hex)
      assert.deepEqual(rlpDecode(hexToBytes(hex)), { ok: true, value })
    }
  })

  it('refuses every second encoding of the same value by name', () => {
    const wrong: [string, RlpErrorCode][] = [
      ['0x', 'RlpTooShort'],
      ['0x8100', 'RlpNonCanonicalByte'],
      ['0x817f', 'RlpNonCanonicalByte'],
      ['0xb800', 'RlpNonCanonicalLength'],
      [`0xb837${'00'.repeat(55)}`, 'RlpNonCanonicalLength'],
      [`0xb90038${'00'.repeat(56)}`, 'RlpNonCanonicalLength'],
      ['0xf803010203', 'RlpNonCanonicalLength'],
      ['0x83646f', 'RlpTooShort'],
      ['0xc883636174', 'RlpTooShort'],
      // The list ends inside its item although the input goes on.
      ['0xc283646f67', 'RlpTooShort'],
      ['0x0102', 'RlpTrailingBytes'],
      ['0xbfffffffffffffffff', 'RlpLengthTooLarge'],
      ['0xfbffffffff', 'RlpTooShort'],
    ]
    for (const [hex, code] of wrong) {
      const result = rlpDecode(hexToBytes(hex))
      assert.equal(result.ok ? 'accepted' : result.code, code, hex)
    }
  })

  it('bounds the depth of nesting', () => {
    let nested: RlpValue = []
    for (let i = 1; i < 64; i++) nested = [nested]
    assert.equal(rlpDecode(rlpEncode(nested)).ok, true)
    const tooDeep = rlpDecode(rlpEncode([nested]))
    assert.equal(tooDeep.ok ? 'accepted' : tooDeep.code, 'RlpTooDeep')
    assert.equal(rlpDecode(hexToBytes('0xc1c0'), 1).ok, false)
  })

  it('tells the length of the first value of a stream', () => {
    const first = rlpEncode([text('a'.repeat(70)), []])
    const stream = new Uint8Array([...first, 1, 2, 3])
    assert.deepEqual(rlpValueLength(stream), { ok: true, length: first.length })
    assert.deepEqual(rlpValueLength(Uint8Array.of(5, 6)), { ok: true, length: 1 })
  })

  it('agrees with an independent implementation on random values', () => {
    const prng = new Prng(2024)
    for (let i = 0; i < 300; i++) {
      const value = randomValue(prng, 4)
      const encoded = rlpEncode(value)
      assert.equal(bytesToHex(encoded), bytesToHex(RLP.encode(value)))
      assert.deepEqual(rlpDecode(encoded), { ok: true, value })
    }
  })

  it('accepts of random bytes only what encodes to the same bytes', () => {
    const prng = new Prng(7)
    let accepted = 0
    for (let i = 0; i < 20_000; i++) {
      const bytes = prng.nextBytes(1 + prng.nextInt(8))
      if (prng.nextBool()) bytes[0] = 0xc0 + bytes.length - 1
      const result = rlpDecode(bytes)
      if (!result.ok) continue
      accepted++
      assert.equal(bytesToHex(rlpEncode(result.value)), bytesToHex(bytes))
    }
    assert.ok(accepted > 1000)
  })
})

function randomValue(prng: Prng, depth: number): RlpValue {
  if (depth > 0 && prng.nextBool()) {
    return Array.from({ length: prng.nextInt(6) }, () => randomValue(prng, depth - 1))
  }
  return prng.nextBytes(prng.pick([0, 1, 2, 55, 56, 57, 255, 256, 300]))
}
