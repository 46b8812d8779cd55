import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ANCESTOR_HASHES, AncestorHashes } from './AncestorHashes.ts'

const hashOf = (number: bigint): Uint8Array => new Uint8Array(32).fill(Number(number % 251n))

describe('AncestorHashes', () => {
  it('has the last 256, by number, whatever the first is', () => {
    const hashes = new AncestorHashes()
    assert.equal(hashes.get(0n), undefined)
    for (let number = 1000n; number < 1700n; number++) {
      hashes.add(number, hashOf(number))
      assert.equal(hashes.get(number + 1n), undefined)
      assert.equal(hashes.get(999n), undefined)
      assert.equal(hashes.get(number - ANCESTOR_HASHES), undefined)
      const oldest = number - 255n > 1000n ? number - 255n : 1000n
      assert.deepEqual(hashes.get(oldest), hashOf(oldest))
      assert.deepEqual(hashes.get(number), hashOf(number))
    }
    assert.equal(hashes.size, 256)
    assert.deepEqual(
      [...hashes].map(([number]) => number),
      Array.from({ length: 256 }, (_, i) => 1444n + BigInt(i)),
    )
  })

  it('gives copies', () => {
    const hashes = AncestorHashes.upTo(8n, Uint8Array.of(...hashOf(7n), ...hashOf(8n)))
    hashes.get(7n)!.fill(0)
    assert.deepEqual(
      [...hashes],
      [
        [7n, hashOf(7n)],
        [8n, hashOf(8n)],
      ],
    )
  })

  it('takes them in order only', () => {
    const hashes = AncestorHashes.upTo(8n, hashOf(8n))
    assert.throws(() => hashes.add(10n, hashOf(10n)), /in order/)
    assert.throws(() => hashes.add(9n, new Uint8Array(31)), /32 bytes/)
  })
})
