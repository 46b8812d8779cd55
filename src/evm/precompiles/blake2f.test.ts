import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { blake2bCompress } from '../../kernels/index.ts'
import { blake2bCompressOracle } from './blake2bCompressOracle.ts'

const STATE =
  '48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b'
const BLOCK = `616263${'00'.repeat(125)}`
const COUNTER = '03000000000000000000000000000000'

/** EIP-152, test vectors 4 to 7. */
const VECTORS = [
  {
    rounds: 0,
    isFinal: true,
    expected:
      '08c9bcf367e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d282e6ad7f520e511f6c3e2b8c68059b9442be0454267ce079217e1319cde05b',
  },
  {
    rounds: 12,
    isFinal: true,
    expected:
      'ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923',
  },
  {
    rounds: 12,
    isFinal: false,
    expected:
      '75ab69d3190a562c51aef8d88f1c2775876944407270c42c9844252c26d2875298743e7f6d5ea2f2d3e8d226039cd31b4e426ac4f2d3d666a610c2116fde4735',
  },
  {
    rounds: 1,
    isFinal: true,
    expected:
      'b63a380cb2897d521994a85234ee2c181b5f844d2c624c002677e9703449d2fba551b3a8333bcdf5f2f7e08993d53923de3d64fcc68c034e717b9293fed7a421',
  },
]

describe('blake2bCompress', () => {
  for (const { rounds, isFinal, expected } of VECTORS) {
    it(`gives EIP-152's result of ${rounds} rounds, final ${isFinal}`, () => {
      for (const compress of [blake2bCompress, blake2bCompressOracle]) {
        const state = Buffer.from(STATE, 'hex')
        compress(state, Buffer.from(BLOCK, 'hex'), Buffer.from(COUNTER, 'hex'), { rounds, isFinal })
        assert.equal(state.toString('hex'), expected)
      }
    })
  }

  it('agrees with the readable form on any input', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
    const inputs = fc.tuple(bytes(64), bytes(128), bytes(16), fc.boolean(), fc.nat({ max: 40 }))
    fc.assert(
      fc.property(inputs, ([state, block, counter, isFinal, rounds]) => {
        const expected = state.slice()
        blake2bCompressOracle(expected, block, counter, { isFinal, rounds })
        blake2bCompress(state, block, counter, { isFinal, rounds })
        assert.deepEqual(state, expected)
      }),
    )
  })
})
