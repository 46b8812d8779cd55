import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createMPT, verifyMerkleProof } from '@ethereumjs/mpt'
import fc from 'fast-check'
import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, hexToBytes } from '../lib/index.ts'
import { EMPTY_TRIE_ROOT } from '../protocol/index.ts'
import { orderedTrieRoot, Trie, TrieProofError, verifyProof } from './index.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

function trieOf(entries: readonly (readonly [string, string])[], from: Trie = Trie.empty): Trie {
  let trie = from
  for (const [key, value] of entries) trie = trie.put(utf8(key), utf8(value))
  return trie
}

describe('Trie', () => {
  it('has the published root when empty', () => {
    const root = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
    assert.equal(bytesToHex(EMPTY_TRIE_ROOT), root)
    assert.equal(bytesToHex(Trie.empty.root()), root)
  })

  // ethereum/tests TrieTests: trieanyorder.json (singleItem, dogs, puppy, foo, smallValues, testy, hex).
  it('has the published roots of small tries', () => {
    const vectors: [[string, string][], string][] = [
      [[['A', 'a'.repeat(50)]], 'd23786fb4a010da3ce639d66d5e904a11dbc02746d1ce25029e53290cabf28ab'],
      [
        [
          ['doe', 'reindeer'],
          ['dog', 'puppy'],
          ['dogglesworth', 'cat'],
        ],
        '8aad789dff2f538bca5d8ea56e8abe10f4c7ba3a5dea95fea4cd6e7c3a1168d3',
      ],
      [
        [
          ['do', 'verb'],
          ['horse', 'stallion'],
          ['doge', 'coin'],
          ['dog', 'puppy'],
        ],
        '5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84',
      ],
      [
        [
          ['foo', 'bar'],
          ['food', 'bass'],
        ],
        '17beaa1648bafa633cda809c90c04af50fc8aed3cb40d16efbddee6fdf63c4c3',
      ],
      [
        [
          ['be', 'e'],
          ['dog', 'puppy'],
          ['bed', 'd'],
        ],
        '3f67c7a47520f79faa29255d2d3c084a7a6df0453116ed7232ff10277a8be68b',
      ],
      [
        [
          ['test', 'test'],
          ['te', 'testy'],
        ],
        '8452568af70d8d140f58d941338542f645fcca50094b20f3c3d8c3df49337928',
      ],
    ]
    for (const [entries, root] of vectors) {
      assert.equal(bytesToHex(trieOf(entries).root()), `0x${root}`)
      assert.equal(bytesToHex(trieOf(entries.toReversed()).root()), `0x${root}`)
    }
  })

  it('keeps older tries as they were', () => {
    const older = trieOf([
      ['do', 'verb'],
      ['dog', 'puppy'],
    ])
    const root = older.root()
    const newer = older.put(utf8('dog'), utf8('hound')).delete(utf8('do'))
    assert.notDeepEqual(newer.root(), root)
    assert.deepEqual(older.get(utf8('dog')), utf8('puppy'))
    assert.deepEqual(older.get(utf8('do')), utf8('verb'))
    assert.deepEqual(older.root(), root)
  })

  it('is the same trie when a put or a delete changes nothing', () => {
    const trie = trieOf([['dog', 'puppy']])
    assert.equal(trie.put(utf8('dog'), utf8('puppy')), trie)
    assert.equal(trie.delete(utf8('do')), trie)
    assert.equal(trie.delete(utf8('dogs')), trie)
  })

  it('deletes by putting an empty value', () => {
    assert.deepEqual(
      trieOf([['dog', 'puppy']])
        .put(utf8('dog'), new Uint8Array(0))
        .root(),
      EMPTY_TRIE_ROOT,
    )
  })

  it('finds no value at a key that only shares a prefix with others', () => {
    const trie = trieOf([
      ['dogglesworth', 'cat'],
      ['dogger', 'bank'],
    ])
    for (const key of ['', 'd', 'dogg', 'doggl', 'dogglesworthy', 'dat']) {
      assert.equal(trie.get(utf8(key)), undefined)
    }
  })
})

describe('orderedTrieRoot', () => {
  it('has the transactions root of a published block', () => {
    assert.deepEqual(orderedTrieRoot([]), EMPTY_TRIE_ROOT)
    // execution-spec-tests, eip6780_selfdestruct, test_create_multiple_contracts_destroy_one_then_destroy_other_next_tx
    // (Osaka, initial balance 0): the block with the hash 0x2bf31664…aa13.
    const transactions = [
      '0xf860800a830f424094566b3a8221527d45ec972df82e19a31f788e477a808025a0ab1171eab57132e4692ea5947d814107c024171c83fea845955bf5c8df482ad5a01bd0f7f64e166a268851aa322d7c70a0d09f8dd504fde60fc85bc4f4a9477271',
      '0xf860010a8307a12094b504dd9f70d30e6956a4e2d8e08c96f7aa00782d808025a00ab822135d7356c24db398b516818444a5c583ea404f1f6507cc0cd6367e240ba07ff30452d778972604a5e0e06eee691c83d27ab8e75a071e766fe5354f9087a1',
    ]
    assert.equal(
      bytesToHex(orderedTrieRoot(transactions.map(hexToBytes))),
      '0x1a329d60ff02ca1d7fb7f4e0cbfab123ffdb555ec6be69778c02f39c497ba438',
    )
  })

  it('agrees with the reference at lengths where the index grows a byte', async () => {
    const { RLP } = await import('@ethereumjs/rlp')
    for (const length of [1, 2, 127, 128, 129, 256, 257]) {
      const values = Array.from({ length }, (_, index) => utf8(`transaction ${index}`))
      const reference = await createMPT()
      for (const [index, value] of values.entries()) await reference.put(RLP.encode(index), value)
      assert.deepEqual(orderedTrieRoot(values), reference.root(), `length ${length}`)
    }
  })
})

describe('Trie against @ethereumjs/mpt', () => {
  // Few and short keys, so that branches fork, gain values and collapse all the time.
  const key = fc.oneof(
    fc
      .array(fc.constantFrom(0x00, 0x01, 0x10, 0x11, 0xff), { minLength: 1, maxLength: 4 })
      .map((k) => Uint8Array.from(k)),
    fc.integer({ min: 0, max: 40 }).map((seed) => keccak256(Uint8Array.of(seed))),
  )
  const value = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 3 }),
    fc.uint8Array({ minLength: 30, maxLength: 80 }),
  )
  const change = fc.oneof(
    { weight: 3, arbitrary: fc.record({ key, value }) },
    { weight: 2, arbitrary: fc.record({ key, value: fc.constant(undefined) }) },
  )

  it('joins a branch that loses its own value with its only child', () => {
    const [own, first, second] = [[1], [1, 0x11, 0], [1, 0x10, 0]].map((bytes) => Uint8Array.from(bytes))
    const value = new Uint8Array(30)
    const kept = Trie.empty.put(first!, value).put(second!, value)
    assert.deepEqual(kept.put(own!, value).delete(own!).root(), kept.root())
  })

  it('has the same roots and values after any inserts, updates and deletes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 60 }), fc.nat(7), async (changes, rootEvery) => {
        let trie = Trie.empty
        const reference = await createMPT()
        const model = new Map<string, Uint8Array>()
        for (const [index, { key, value }] of changes.entries()) {
          trie = value === undefined ? trie.delete(key) : trie.put(key, value)
          if (value === undefined) model.delete(bytesToHex(key))
          else model.set(bytesToHex(key), value)
          await (value === undefined ? reference.del(key) : reference.put(key, value))
          if (index % (rootEvery + 1) === 0) await compareRoots(trie, reference, model)
          assert.deepEqual(trie.get(key), value)
        }
        await compareRoots(trie, reference, model)
        let rebuilt = Trie.empty
        for (const [key, value] of model) {
          assert.deepEqual(trie.get(hexToBytes(key)), value)
          rebuilt = rebuilt.put(hexToBytes(key), value)
        }
        assert.deepEqual(rebuilt.root(), trie.root())
      }),
      { numRuns: 150 },
    )
  })

  it('proves what the reference verifies and what verifyProof reads', async () => {
    const entries = fc.uniqueArray(fc.record({ key, value }), {
      minLength: 1,
      maxLength: 40,
      selector: (e) => bytesToHex(e.key),
    })
    await fc.assert(
      fc.asyncProperty(entries, fc.array(key, { maxLength: 10 }), async (present, others) => {
        let trie = Trie.empty
        for (const entry of present) trie = trie.put(entry.key, entry.value)
        for (const queried of [...present.map((entry) => entry.key), ...others]) {
          const proof = trie.prove(queried)
          const expected = trie.get(queried)
          assert.deepEqual(verifyProof(trie.root(), queried, proof), expected)
          const byReference = await verifyMerkleProof(queried, proof, { root: trie.root() })
          assert.deepEqual(byReference ?? undefined, expected)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('verifyProof', () => {
  const keys = Array.from({ length: 200 }, (_, index) => keccak256(Uint8Array.of(index)))
  let trie = Trie.empty
  for (const key of keys) trie = trie.put(key, key.subarray(0, 5))
  const root = trie.root()
  const failure = (code: string) => (error: unknown) => error instanceof TrieProofError && error.code === code

  it('takes no proof as the proof that an empty trie holds nothing', () => {
    assert.deepEqual(Trie.empty.prove(keys[0]!), [])
    assert.equal(verifyProof(EMPTY_TRIE_ROOT, keys[0]!, []), undefined)
    assert.throws(() => verifyProof(root, keys[0]!, []), failure('MISSING_NODE'))
  })

  it('refuses a proof that lacks its last node, has one too many, or belongs to another root', () => {
    const proof = trie.prove(keys[0]!)
    assert.ok(proof.length > 1)
    assert.throws(() => verifyProof(root, keys[0]!, proof.slice(0, -1)), failure('MISSING_NODE'))
    assert.throws(() => verifyProof(root, keys[0]!, [...proof, proof[0]!]), failure('UNUSED_NODE'))
    assert.throws(() => verifyProof(keys[1]!, keys[0]!, proof), failure('WRONG_HASH'))
  })

  it('refuses every proof in which a byte was changed', () => {
    const proof = trie.prove(keys[7]!)
    for (const [index, node] of proof.entries()) {
      for (let offset = 0; offset < node.length; offset++) {
        const damaged = proof.map((bytes) => bytes.slice())
        damaged[index]![offset]! ^= 1 << (offset & 7)
        assert.throws(() => verifyProof(root, keys[7]!, damaged), failure('WRONG_HASH'))
      }
    }
  })

  it('never accepts or crashes on nodes that are not a trie, even under their own hash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        for (const node of [
          bytes,
          Uint8Array.of(0xc0 + Math.min(bytes.length, 55), ...bytes.subarray(0, 55)),
        ]) {
          try {
            verifyProof(keccak256(node), keys[0]!, [node])
          } catch (error) {
            assert.ok(error instanceof TrieProofError)
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it('refuses malformed nodes by name', () => {
    const refuse = (node: Uint8Array) =>
      assert.throws(
        () => verifyProof(keccak256(node), Uint8Array.of(0x12), [node]),
        failure('MALFORMED_NODE'),
      )
    refuse(Uint8Array.of(0xc0))
    refuse(Uint8Array.of(0xc2, 0x40, 0x01)) // no such path flag
    refuse(Uint8Array.of(0xc2, 0x00, 0x80)) // extension without a path
    refuse(Uint8Array.of(0xc3, 0x81, 0x20, 0x01)) // a byte that needs no head
    refuse(Uint8Array.of(0xc3, 0x11, 0x81, 0x99)) // child named by one byte
    refuse(Uint8Array.of(0xc2, 0x11, 0x80)) // extension without a child
  })
})

type Reference = Awaited<ReturnType<typeof createMPT>>

/**
 * The reference (@ethereumjs/mpt 10.1.3) gets another root than for the same entries put afresh, when of a branch that has a
 * value itself all but one child were deleted: then the entries are put afresh.
 */
async function compareRoots(
  trie: Trie,
  reference: Reference,
  model: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  if (bytesToHex(trie.root()) === bytesToHex(reference.root())) return
  const fresh = await createMPT()
  for (const [key, value] of model) await fresh.put(hexToBytes(key), value)
  assert.deepEqual(trie.root(), fresh.root())
}
