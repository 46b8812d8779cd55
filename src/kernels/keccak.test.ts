import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { keccak256, keccak256Into } from './index.ts'

describe('keccak256', () => {
  const hex = (text: string) => Buffer.from(keccak256(Buffer.from(text))).toString('hex')

  it('gives the published vectors', () => {
    // Keccak team, ShortMsgKAT_256.txt (Len = 0); Yellow Paper, appendix B; Solidity's event signature of ERC-20.
    assert.equal(hex(''), 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
    assert.equal(hex('abc'), '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45')
    assert.equal(
      hex('Transfer(address,address,uint256)'),
      'ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef',
    )
  })

  it('agrees with noble for every length from 0 to 300, which includes the block borders', () => {
    for (let length = 0; length <= 300; length++) assertAgrees(length)
  })

  it('agrees with noble around the size of the input region and for 1 MiB', () => {
    const regionBytes = Math.floor(65_536 / 136) * 136
    for (const length of [regionBytes - 1, regionBytes, regionBytes + 1, 2 * regionBytes, 2 ** 20])
      assertAgrees(length)
  })

  it('returns bytes that a later hash does not change', () => {
    const first = keccak256(new Uint8Array(1))
    const copy = first.slice()
    keccak256(new Uint8Array(2))
    assert.deepEqual(first, copy)
  })

  it('writes at an offset and leaves the rest alone', () => {
    const out = new Uint8Array(40).fill(9)
    keccak256Into(new Uint8Array(), out, 3)
    assert.deepEqual(out.subarray(3, 35), keccak256(new Uint8Array()))
    assert.deepEqual([...out.subarray(0, 3), ...out.subarray(35)], [9, 9, 9, 9, 9, 9, 9, 9])
  })

  it('refuses an output that is too short', () => {
    assert.throws(() => keccak256Into(new Uint8Array(), new Uint8Array(32), 1), RangeError)
  })
})

function assertAgrees(length: number): void {
  const data = Uint8Array.from({ length }, (_, index) => (index * 167 + length) & 0xff)
  assert.deepEqual(keccak256(data), keccak_256(data), `length ${length}`)
}
