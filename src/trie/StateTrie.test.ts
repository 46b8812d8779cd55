import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { createMPT } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, concatBytes, fromBigInt, fromBigIntMinimal, hexToBytes, toBigInt } from '../lib/index.ts'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../protocol/index.ts'
import { StateTrie, StateTrieError, verifyProof } from './index.ts'

type AccountEntry = {
  address: Uint8Array
  deleted?: boolean
  nonce?: bigint
  balance?: bigint
  codeHash?: Uint8Array
}
type SlotEntry = { address: Uint8Array; key: bigint; value: bigint }

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

function diffOf(accounts: AccountEntry[], slots: SlotEntry[] = [], codes: Uint8Array[] = []): Uint8Array {
  const parts = [u32(accounts.length)]
  for (const { address, deleted = false, nonce = 0n, balance = 0n, codeHash = EMPTY_CODE_HASH } of accounts) {
    parts.push(address, Uint8Array.of(deleted ? 1 : 0), fromBigInt(nonce, 8), fromBigInt(balance, 32))
    parts.push(deleted ? new Uint8Array(32) : codeHash)
  }
  parts.push(u32(slots.length))
  for (const { address, key, value } of slots) parts.push(address, fromBigInt(key, 32), fromBigInt(value, 32))
  parts.push(u32(codes.length))
  for (const code of codes) parts.push(keccak256(code), u32(code.length), code)
  return concatBytes(...parts)
}

const addressOf = (seed: number): Uint8Array => keccak256(Uint8Array.of(seed)).slice(12)
const alice = addressOf(1)
const bob = addressOf(2)

describe('StateTrie', () => {
  it('has the state root of a published genesis', () => {
    // execution-spec-tests, eip6110_deposits, test_invalid_log_length (Osaka): its six accounts. The slots 0x22 to 0x40
    // of the deposit contract are the roots of empty Merkle trees of sha256.
    const accounts: [string, bigint, bigint, string][] = [
      [
        '0x0000f90827f1c53a10cb7a02335b175320002935',
        1n,
        0n,
        '0x6e49e66782037c0555897870e29fa5e552daf4719552131a0abce779daec0a5d',
      ],
      [
        '0x0000bbddc7ce488642fb579f8b00f3a590007251',
        1n,
        0n,
        '0x78c6cb5202685228bbcbfb992b1c4e116c7ec5ef11e25b8e92716cfc628ddd60',
      ],
      [
        '0x00000961ef480eb55e80d19ad83579a64c007002',
        1n,
        0n,
        '0x0345a365d2f4c5975b9f1599abe0a2ee76b7a3a731bc68781bd04c84e4858f50',
      ],
      [
        '0x00000000219ab540356cbb839cbe05303d7705fa',
        1n,
        0n,
        '0x0ae0b0c286fe208161450a8e82c2caea2999dc6927cb1d2fb27de3ac9c8e80d4',
      ],
      [
        '0x000f3df6d732807ef1319fb7b8bb8522d0beac02',
        1n,
        0n,
        '0xf57acd40259872606d76197ef052f3d35588dadf919ee1f0e3cb9b62d3f4b02c',
      ],
      [
        '0x1ad9bc24818784172ff393bb6f89f094d4d2ca29',
        0n,
        1000000000000000000000n,
        '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
      ],
    ]
    const slots: SlotEntry[] = []
    let zeroHash = new Uint8Array(32)
    for (let key = 0x22n; key <= 0x40n; key++) {
      zeroHash = new Uint8Array(createHash('sha256').update(zeroHash).update(zeroHash).digest())
      const address = hexToBytes('0x00000000219ab540356cbb839cbe05303d7705fa')
      slots.push({ address, key, value: toBigInt(zeroHash) })
    }
    const entries = accounts.map(([address, nonce, balance, codeHash]) => ({
      address: hexToBytes(address),
      nonce,
      balance,
      codeHash: hexToBytes(codeHash),
    }))
    assert.equal(
      bytesToHex(StateTrie.empty().apply(diffOf(entries, slots)).root()),
      '0x25dd63eb06db951e30a1b35c1507934594612765098866871995583d9b5ae2a7',
    )
  })

  it('changes slots of an account that the diff does not list, and keeps the rest of the account', () => {
    const before = StateTrie.empty().apply(diffOf([{ address: alice, nonce: 3n, balance: 9n }]))
    const after = before.apply(diffOf([], [{ address: alice, key: 1n, value: 300n }]))
    assert.equal(toBigInt(after.storage(alice, fromBigInt(1n, 32))), 300n)
    assert.equal(after.account(alice)?.nonce, 3n)
    assert.equal(after.account(alice)?.balance, 9n)
    assert.notDeepEqual(after.root(), before.root())
    assert.equal(toBigInt(before.storage(alice, fromBigInt(1n, 32))), 0n)
  })

  it('keeps an account that has nothing but storage, and one that has nothing at all', () => {
    const state = StateTrie.empty().apply(
      diffOf([{ address: alice }, { address: bob }], [{ address: alice, key: 1n, value: 1n }]),
    )
    assert.deepEqual(state.account(bob)?.storageRoot, EMPTY_TRIE_ROOT)
    assert.notDeepEqual(state.account(alice)?.storageRoot, EMPTY_TRIE_ROOT)
  })

  it('returns to the root before when a slot is zeroed', () => {
    const before = StateTrie.empty().apply(diffOf([{ address: alice, balance: 1n }]))
    const between = before.apply(diffOf([], [{ address: alice, key: 5n, value: 7n }]))
    assert.deepEqual(
      between.apply(diffOf([], [{ address: alice, key: 5n, value: 0n }])).root(),
      before.root(),
    )
  })
})

describe('StateTrie, deletions, refusals and proofs', () => {
  it('deletes an account with its storage, also where the diff still names its slots', () => {
    const state = StateTrie.empty().apply(
      diffOf([{ address: alice, nonce: 1n }], [{ address: alice, key: 1n, value: 1n }]),
    )
    const gone = state.apply(
      diffOf([{ address: alice, deleted: true }], [{ address: alice, key: 2n, value: 2n }]),
    )
    assert.deepEqual(gone.root(), EMPTY_TRIE_ROOT)
    assert.equal(gone.account(alice), undefined)
    const again = gone.apply(diffOf([{ address: alice, nonce: 1n }]))
    assert.equal(toBigInt(again.storage(alice, fromBigInt(1n, 32))), 0n)
    assert.deepEqual(again.account(alice)?.storageRoot, EMPTY_TRIE_ROOT)
  })

  it('refuses a slot of an account that is nowhere, and takes a zero there for nothing', () => {
    assert.throws(
      () => StateTrie.empty().apply(diffOf([], [{ address: alice, key: 1n, value: 1n }])),
      (error) => error instanceof StateTrieError && error.code === 'NO_ACCOUNT',
    )
    const state = StateTrie.empty()
    assert.equal(state.apply(diffOf([], [{ address: alice, key: 1n, value: 0n }])), state)
  })

  it('refuses a diff cut at any byte, lengthened, or with a count that is too large', () => {
    const diff = diffOf(
      [{ address: alice }],
      [{ address: alice, key: 1n, value: 1n }],
      [Uint8Array.of(0x60, 0x00)],
    )
    const refused = (bytes: Uint8Array) =>
      assert.throws(
        () => StateTrie.empty().apply(bytes),
        (error) => error instanceof StateTrieError && error.code === 'MALFORMED_DIFF',
      )
    for (let length = 0; length < diff.length; length++) refused(diff.subarray(0, length))
    refused(concatBytes(diff, Uint8Array.of(0)))
    refused(concatBytes(Uint8Array.of(255, 255, 255, 255), diff))
  })

  it('does not depend on the buffer of the diff afterwards', () => {
    const diff = diffOf(
      [{ address: alice, nonce: 1n, codeHash: keccak256(bob) }],
      [{ address: alice, key: 1n, value: 256n }],
    )
    const state = StateTrie.empty().apply(diff)
    const expected = StateTrie.empty().apply(diff.slice()).root()
    diff.fill(0xee)
    assert.deepEqual(state.root(), expected)
  })

  it('proves accounts and slots, present and absent', () => {
    const slots = Array.from({ length: 50 }, (_, i) => ({
      address: alice,
      key: BigInt(i),
      value: BigInt(i * i + 1),
    }))
    const others = Array.from({ length: 40 }, (_, i) => ({ address: addressOf(i + 1), balance: BigInt(i) }))
    const state = StateTrie.empty().apply(diffOf(others, slots))
    const keys = [3n, 49n, 50n].map((key) => fromBigInt(key, 32))
    const proof = state.proof(alice, keys)
    const leaf = verifyProof(state.root(), keccak256(alice), proof.accountProof)
    assert.deepEqual(
      leaf,
      RLP.encode([new Uint8Array(0), new Uint8Array(0), proof.storageHash, proof.codeHash]),
    )
    for (const { key, value, proof: nodes } of proof.storageProof) {
      const proven = verifyProof(proof.storageHash, keccak256(key), nodes)
      const expected = toBigInt(value) === 0n ? undefined : RLP.encode(fromBigIntMinimal(toBigInt(value)))
      assert.deepEqual(proven, expected)
    }
    assert.deepEqual(
      proof.storageProof.map((slot) => toBigInt(slot.value)),
      [10n, 2402n, 0n],
    )
    const absent = state.proof(addressOf(99), keys.slice(0, 1))
    assert.equal(verifyProof(state.root(), keccak256(addressOf(99)), absent.accountProof), undefined)
    assert.deepEqual(absent.storageHash, EMPTY_TRIE_ROOT)
    assert.deepEqual(absent.storageProof[0]?.proof, [])
  })
})

describe('StateTrie against nested tries of @ethereumjs/mpt', () => {
  const address = fc.integer({ min: 0, max: 5 })
  const account = fc.record({
    address,
    deleted: fc.boolean(),
    nonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    balance: fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })),
  })
  const slot = fc.record({
    address,
    key: fc.bigInt({ min: 0n, max: 6n }),
    value: fc.oneof(
      fc.constant(0n),
      fc.bigInt({ min: 0n, max: 300n }),
      fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
    ),
  })
  const diff = fc.record({
    accounts: fc.uniqueArray(account, { maxLength: 4, selector: (entry) => entry.address }),
    slots: fc.uniqueArray(slot, { maxLength: 8, selector: (entry) => `${entry.address}/${entry.key}` }),
  })

  type Model = Map<number, { nonce: bigint; balance: bigint; slots: Map<bigint, bigint> }>

  async function rootOf(model: Model): Promise<Uint8Array> {
    const state = await createMPT({ useKeyHashing: true })
    for (const [seed, { nonce, balance, slots }] of model) {
      const storage = await createMPT({ useKeyHashing: true })
      for (const [key, value] of slots)
        await storage.put(fromBigInt(key, 32), RLP.encode(fromBigIntMinimal(value)))
      const fields = [fromBigIntMinimal(nonce), fromBigIntMinimal(balance), storage.root(), EMPTY_CODE_HASH]
      await state.put(addressOf(seed), RLP.encode(fields))
    }
    return state.root()
  }

  it('has the same root after every diff', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(diff, { minLength: 1, maxLength: 6 }), async (diffs) => {
        let trie = StateTrie.empty()
        const model: Model = new Map()
        for (const { accounts, slots } of diffs) {
          for (const { address, deleted, nonce, balance } of accounts) {
            if (deleted) model.delete(address)
            else model.set(address, { nonce, balance, slots: model.get(address)?.slots ?? new Map() })
          }
          const known = slots.filter((entry) => model.has(entry.address))
          for (const { address, key, value } of known) {
            if (value === 0n) model.get(address)?.slots.delete(key)
            else model.get(address)?.slots.set(key, value)
          }
          trie = trie.apply(
            diffOf(
              accounts.map((entry) => ({ ...entry, address: addressOf(entry.address) })),
              known.map((entry) => ({ ...entry, address: addressOf(entry.address) })),
            ),
          )
          assert.deepEqual(trie.root(), await rootOf(model))
        }
      }),
      { numRuns: 60 },
    )
  })
})
