import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fromBigInt, toBigInt } from '../../lib/index.ts'
import { SECP256K1_N } from '../../protocol/index.ts'
import { entriesOf, GENESIS_HASH, rewindOf, testSigner, validLog } from '../testing/index.ts'
import { EntryChain, EntryChainError } from './EntryChain.ts'
import { provenAgainst } from './Evidence.ts'
import { encodeEntry, entryDigest, type FeedEntry, nextRecord } from './FeedEntry.ts'
import { signEntry } from './signatures.ts'

const signer = testSigner()
const start = { genesisHash: GENESIS_HASH, signer: signer.address, nextRecord: 0n }

function codeOf(chain: EntryChain, entry: FeedEntry): string {
  const before = [chain.nextRecord, chain.last]
  try {
    chain.accept(entry)
  } catch (error) {
    if (!(error instanceof EntryChainError)) throw error
    assert.deepEqual([chain.nextRecord, chain.last], before, 'a refused entry changes nothing')
    return error.code
  }
  return 'none'
}

/** Signed anew, with something changed. */
function altered(entry: FeedEntry, change: Partial<FeedEntry>, by = signer): Promise<FeedEntry> {
  return signEntry({ ...entry, ...change }, { genesisHash: GENESIS_HASH, signer: by })
}

describe('EntryChain', () => {
  test('takes the entries of a log, which end behind seals, ends of blocks, headers and rewinds', async () => {
    const records = [...validLog(2), rewindOf(2, 1n)]
    const entries = await entriesOf(records)
    assert.deepEqual(
      entries.map(({ recordCount, miniBlockNumber }) => [recordCount, miniBlockNumber]),
      [
        ...[
          [3, 1n],
          [1, 1n],
          [1, 1n],
          [3, 2n],
          [1, 2n],
          [1, 2n],
        ],
        [1, 3n],
      ],
    )
    const chain = new EntryChain(start)
    for (const entry of entries) chain.accept(entry)
    assert.equal(chain.nextRecord, BigInt(records.length))
    assert.equal(chain.last!.miniBlockNumber, 3n)
  })

  test('goes on from any entry', async () => {
    const [first, second] = (await entriesOf(validLog(1))) as [FeedEntry, FeedEntry]
    const last = { digest: entryDigest(first, GENESIS_HASH), epoch: 1n, miniBlockNumber: 1n }
    assert.equal(codeOf(new EntryChain({ ...start, nextRecord: 3n, last }), second), 'none')
    assert.equal(codeOf(new EntryChain({ ...start, nextRecord: 3n }), second), 'none')
    const other = { ...last, digest: GENESIS_HASH }
    assert.equal(codeOf(new EntryChain({ ...start, nextRecord: 3n, last: other }), second), 'PARENT_DIGEST')
  })

  test('names what is wrong, and stays as it was', async () => {
    const [first, second, third] = (await entriesOf(validLog(1))) as [FeedEntry, FeedEntry, FeedEntry]
    const chain = new EntryChain(start)
    assert.equal(codeOf(chain, second), 'GAP')
    assert.equal(codeOf(chain, first), 'none')
    assert.equal(codeOf(chain, first), 'KNOWN_RECORD')
    assert.equal(codeOf(chain, third), 'GAP')
    assert.equal(codeOf(chain, { ...second, body: first.body }), 'WRONG_SIGNER')
    assert.equal(codeOf(chain, { ...second, signature: new Uint8Array(65) }), 'WRONG_SIGNATURE')
    assert.equal(codeOf(chain, await altered(second, {}, testSigner(0x47))), 'WRONG_SIGNER')
    assert.equal(codeOf(chain, await altered(second, { epoch: 0n })), 'OLD_EPOCH')
    assert.equal(codeOf(chain, await altered(second, { parentDigest: GENESIS_HASH })), 'PARENT_DIGEST')
    assert.equal(codeOf(chain, await altered(second, { miniBlockNumber: 0n })), 'MINI_BLOCK_NUMBER')
    assert.equal(codeOf(chain, second), 'none')
  })

  test('a signature has one form', async () => {
    const [first] = (await entriesOf(validLog(1))) as [FeedEntry]
    const signature = first.signature.slice()
    signature.set(fromBigInt(SECP256K1_N - toBigInt(signature.subarray(32, 64)), 32), 32)
    signature[64]! ^= 1
    assert.equal(codeOf(new EntryChain(start), { ...first, signature }), 'WRONG_SIGNATURE')
  })

  test('a later term may begin a stream of its own', async () => {
    const [first, second] = (await entriesOf(validLog(1))) as [FeedEntry, FeedEntry]
    const chain = new EntryChain(start)
    chain.accept(first)
    const anew = await altered(second, { epoch: 2n, parentDigest: GENESIS_HASH })
    assert.equal(
      codeOf(chain, await altered(second, { epoch: 2n, parentDigest: new Uint8Array(32) })),
      'PARENT_DIGEST',
    )
    assert.equal(codeOf(chain, anew), 'none')
    assert.equal(chain.nextRecord, nextRecord(second))
    assert.equal(chain.last!.epoch, 2n)
  })

  test('two entries for one place are evidence against who signed both', async () => {
    const [first, second] = (await entriesOf(validLog(1))) as [FeedEntry, FeedEntry]
    const prove = (a: FeedEntry, b: FeedEntry) =>
      provenAgainst({ first: encodeEntry(a), second: encodeEntry(b) }, GENESIS_HASH)
    const other = await altered(first, { body: second.body })
    assert.deepEqual(prove(first, other), signer.address)
    assert.equal(prove(first, first), undefined)
    assert.equal(prove(first, { ...other, signature: first.signature }), undefined)
    assert.equal(prove(first, await altered(first, { body: second.body }, testSigner(0x47))), undefined)
    assert.equal(prove(first, await altered(other, { epoch: 2n })), undefined)
    assert.equal(prove(first, second), undefined)
  })
})
