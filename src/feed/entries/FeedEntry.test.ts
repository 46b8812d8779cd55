import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { verifyMessage } from 'ethers'
import fc from 'fast-check'
import { bytesToHex } from '../../lib/index.ts'
import { entriesOf, GENESIS_HASH, testSigner, validLog } from '../testing/index.ts'
import { decodeEntry, encodeEntry, entryDigest, type FeedEntry, FeedEntryError } from './FeedEntry.ts'
import { signerOf } from './signatures.ts'

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

const anyEntry: fc.Arbitrary<FeedEntry> = fc.record(
  {
    epoch: u64,
    firstRecord: fc.bigInt({ min: 0n, max: 2n ** 63n }),
    recordCount: fc.integer({ min: 1, max: 0xffffffff }),
    miniBlockNumber: u64,
    beginsAnew: fc.boolean(),
    parentDigest: bytesOf(32),
    body: fc.uint8Array({ maxLength: 200 }),
    signature: bytesOf(65),
  },
  { noNullPrototype: true },
)

function codeOf(bytes: Uint8Array): string {
  try {
    decodeEntry(bytes)
  } catch (error) {
    if (error instanceof FeedEntryError) return error.code
    throw error
  }
  return 'none'
}

describe('FeedEntry', () => {
  test('any entry comes back from its bytes', () => {
    fc.assert(fc.property(anyEntry, (entry) => assert.deepEqual(decodeEntry(encodeEntry(entry)), entry)))
  })

  test('other bytes are refused by name, and what is taken has these bytes only', () => {
    const damaged = fc.tuple(anyEntry, fc.nat(300), fc.nat(255)).map(([entry, at, byte]) => {
      const bytes = encodeEntry(entry)
      bytes[at % bytes.length] = byte
      return bytes
    })
    const cut = fc
      .tuple(anyEntry, fc.nat(400))
      .map(([entry, length]) => encodeEntry(entry).subarray(0, length))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), damaged, cut), (bytes) => {
        if (codeOf(bytes) === 'none') assert.deepEqual(encodeEntry(decodeEntry(bytes)), bytes.slice())
      }),
      { numRuns: 1000 },
    )
  })

  test('what is wrong is named', async () => {
    const [entry] = await entriesOf(validLog(1))
    const good = encodeEntry(entry!)
    const changed = (change: (bytes: Uint8Array, view: DataView) => void): string => {
      const bytes = good.slice()
      change(bytes, new DataView(bytes.buffer))
      return codeOf(bytes)
    }
    assert.equal(codeOf(good), 'none')
    assert.equal(codeOf(good.subarray(0, 100)), 'TRUNCATED')
    assert.equal(codeOf(good.subarray(0, -1)), 'TRUNCATED')
    assert.equal(codeOf(Uint8Array.of(...good, 0)), 'TRAILING_BYTES')
    assert.equal(
      changed((bytes) => bytes.fill(2, 0, 1)),
      'UNKNOWN_VERSION',
    )
    assert.equal(
      changed((bytes) => bytes.fill(2, 1, 2)),
      'UNKNOWN_FLAGS',
    )
    assert.equal(
      changed((_, view) => view.setUint32(18, 0, true)),
      'RECORD_COUNT',
    )
    assert.equal(
      changed((_, view) => view.setBigUint64(10, 2n ** 64n - 1n, true)),
      'RECORD_COUNT',
    )
    assert.equal(
      changed((_, view) => view.setUint32(62, 0xffffffff, true)),
      'BODY_TOO_LARGE',
    )
  })

  test('the bytes, the digest and the signature are those of the specification', () => {
    const { signature: _, ...unsigned }: FeedEntry = {
      epoch: 2n,
      firstRecord: 7n,
      recordCount: 3,
      miniBlockNumber: 5n,
      beginsAnew: true,
      parentDigest: new Uint8Array(32).fill(0xaa),
      body: Uint8Array.of(1, 2, 3),
      signature: new Uint8Array(65),
    }
    const digest = entryDigest(unsigned, GENESIS_HASH)
    const signature = testSigner().sign(digest) as Uint8Array
    const encoded = encodeEntry({ ...unsigned, signature })
    assert.equal(
      bytesToHex(encoded.subarray(0, 69)),
      `0x01010200000000000000070000000000000003000000050000000000000${'0'}${'aa'.repeat(32)}03000000010203`,
    )
    assert.equal(bytesToHex(digest), DIGEST)
    assert.deepEqual(signerOf(digest, signature), testSigner().address)
    const v = Uint8Array.of(27 + signature[64]!)
    const forEthers = bytesToHex(Uint8Array.of(...signature.subarray(0, 64), ...v))
    assert.equal(verifyMessage(digest, forEthers).toLowerCase(), bytesToHex(testSigner().address))
  })

  test('everything but the signature changes the digest', () => {
    fc.assert(
      fc.property(anyEntry, fc.nat(0xffff), fc.integer({ min: 1, max: 255 }), (entry, at, change) => {
        const bytes = encodeEntry(entry)
        const place = at % (bytes.length - 65)
        bytes[place]! ^= change
        if (codeOf(bytes) !== 'none') return
        assert.notDeepEqual(entryDigest(decodeEntry(bytes), GENESIS_HASH), entryDigest(entry, GENESIS_HASH))
      }),
    )
  })
})

/** By Python's hashlib. */
const DIGEST = '0x662026b3522551194ad9d012348b7afc39a8e5106c24416ea920463774c05414'
