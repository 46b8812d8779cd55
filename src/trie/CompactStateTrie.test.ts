import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keccak256, TrieLimitError } from '../kernels/index.ts'
import { bytesToHex, compareBytes, fromBigInt, Prng, toBigInt } from '../lib/index.ts'
import {
  type AccountChange,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  encodeStateDiff,
  type SlotChange,
} from '../protocol/index.ts'
import { CompactStateTrie, StateNotKeptError, StateTrie, StateTrieError } from './index.ts'

const MEMORY_MIB = 32

function addressOf(seed: number): Uint8Array {
  return keccak256(fromBigInt(BigInt(seed), 32)).slice(12)
}

function account(seed: number, fields: Partial<AccountChange> = {}): AccountChange {
  const address = addressOf(seed)
  return { address, deleted: false, nonce: 1n, balance: 5n, codeHash: EMPTY_CODE_HASH, ...fields }
}

function slot(seed: number, key: number, value: bigint): SlotChange {
  return { address: addressOf(seed), key: fromBigInt(BigInt(key), 32), value: fromBigInt(value, 32) }
}

function diffOf(accounts: AccountChange[], slots: SlotChange[] = []): Uint8Array {
  return encodeStateDiff({ accounts, slots, codes: [] })
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

describe('CompactStateTrie', () => {
  it('is empty at first', () => {
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB })
    assert.deepEqual(trie.root(), EMPTY_TRIE_ROOT)
    assert.equal(trie.account(undefined, addressOf(1)), undefined)
    assert.deepEqual(trie.storageRoot(addressOf(1)), EMPTY_TRIE_ROOT)
    assert.deepEqual(trie.witness(undefined, [{ address: addressOf(1), keys: [] }]), [])
  })

  it('knows which hash is whose, of addresses and slot keys that come again and of those that look alike', () => {
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB })
    let readable = StateTrie.empty()
    const zeros = new Uint8Array(20)
    const padded = new Uint8Array(32)
    padded.set(addressOf(1))
    const keys = [
      padded,
      new Uint8Array(32),
      fromBigInt(1n, 32),
      ...range(6000).map((i) => keccak256(fromBigInt(BigInt(i), 32))),
    ]
    for (const round of range(3)) {
      const balance = BigInt(round + 1)
      const accounts = [
        account(0, { address: zeros, balance }),
        ...range(6000).map((i) => account(i, { balance })),
      ]
      const owners = [addressOf(1), zeros]
      const slots = owners.flatMap((address) =>
        keys.map((key) => ({ address, key, value: fromBigInt(balance, 32) })),
      )
      const diff = diffOf(accounts, slots)
      trie.apply(diff)
      readable = readable.apply(diff)
      assert.deepEqual(trie.root(), readable.root())
    }
  })

  it('keeps balances that need more than 16 bytes, and accounts that lose and regain their code', () => {
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB })
    let readable = StateTrie.empty()
    const codeHash = keccak256(Uint8Array.of(0))
    for (const fields of [
      { balance: 2n ** 128n - 1n },
      { balance: 2n ** 128n },
      { balance: 2n ** 256n - 1n },
      { balance: 0n, nonce: 2n ** 64n - 1n },
      { codeHash },
      { codeHash: EMPTY_CODE_HASH },
    ]) {
      const diff = diffOf([account(1, fields)])
      trie.apply(diff)
      readable = readable.apply(diff)
      assert.deepEqual(trie.root(), readable.root())
      assert.deepEqual(trie.account(undefined, addressOf(1)), readable.account(addressOf(1)))
    }
  })

  it('takes the last of several records of an account or slot', () => {
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB })
    trie.apply(
      diffOf(
        [account(1, { nonce: 7n }), account(2), account(1, { nonce: 9n })],
        [slot(1, 5, 1n), slot(2, 5, 2n), slot(1, 5, 3n)],
      ),
    )
    assert.equal(trie.account(undefined, addressOf(1))?.nonce, 9n)
    assert.equal(toBigInt(trie.storage(undefined, addressOf(1), fromBigInt(5n, 32))), 3n)
  })

  it('applies a diff with more changes than its memory takes at once', () => {
    const count = 30_000
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB, shards: 1 })
    const accounts = range(count).map((i) => account(i))
    const more = accounts.slice(0, 100).map(({ address }) => ({ ...account(0), address, deleted: true }))
    const slots = range(count).map((i) => slot(i % 500, i, BigInt(i + 1)))
    for (const diff of [diffOf(accounts), diffOf(more, slots)]) trie.apply(diff)
    const expected = StateTrie.empty().apply(diffOf(accounts)).apply(diffOf(more, slots))
    assert.equal(bytesToHex(trie.root()), bytesToHex(expected.root()))
  })

  it('takes many slots of one account at once, and their removal', () => {
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB })
    let readable = StateTrie.empty()
    const keys = range(10_000)
    for (const diff of [
      diffOf(
        [account(1), account(2)],
        keys.flatMap((key) => [slot(1, key, BigInt(key + 1)), slot(2, key % 7, 5n)]),
      ),
      diffOf(
        [],
        keys.slice(3).map((key) => slot(1, key, key % 10 === 0 ? 3n : 0n)),
      ),
      diffOf(
        [],
        keys.map((key) => slot(1, key, 0n)),
      ),
    ]) {
      trie.apply(diff)
      readable = readable.apply(diff)
      assert.equal(bytesToHex(trie.root()), bytesToHex(readable.root()))
    }
    assert.deepEqual(trie.storageRoot(addressOf(1)), EMPTY_TRIE_ROOT)
  })

  it('refuses sizes that no memory has', () => {
    assert.throws(() => new CompactStateTrie({ memoryMiB: 8 }), RangeError)
    assert.throws(() => new CompactStateTrie({ memoryMiB: 4096 }), RangeError)
    assert.throws(() => new CompactStateTrie({ memoryMiB: 96, shards: 3 }), RangeError)
  })
})

describe('CompactStateTrie, gathering', () => {
  it('gathers diffs of any size, with an account that goes and comes again without its storage', () => {
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB })
    const applied = new CompactStateTrie({ memoryMiB: MEMORY_MIB })
    const diffs = [
      diffOf(
        range(3000).map((i) => account(i)),
        range(3000).map((i) => slot(i, 1, 7n)),
      ),
      diffOf(
        [account(5, { nonce: 9n })],
        range(3000).map((i) => slot(i, 1, BigInt(i))),
      ),
      diffOf([account(5, { deleted: true }), account(6, { balance: 1n })]),
      diffOf([account(5)], [slot(5, 2, 3n)]),
      diffOf(range(9000).map((i) => account(i, { nonce: 2n }))),
      diffOf([account(5, { nonce: 4n })], [slot(5, 3, 1n)]),
    ]
    for (const [block, diff] of diffs.entries()) {
      trie.gather(diff)
      applied.apply(diff)
      if (block % 3 === 2) trie.keep(BigInt(block))
      if (block % 3 === 2) applied.keep(BigInt(block))
    }
    assert.deepEqual(trie.account(undefined, addressOf(5)), applied.account(undefined, addressOf(5)))
    assert.deepEqual(trie.root(), applied.root())
    assert.deepEqual(trie.account(2n, addressOf(6)), applied.account(2n, addressOf(6)))
    assert.deepEqual(trie.storage(undefined, addressOf(5), fromBigInt(1n, 32)), fromBigInt(0n, 32))
  })

  it('tells of a gathered slot without an account when it is asked for the root', () => {
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB })
    trie.gather(diffOf([account(1)], [slot(2, 1, 1n)]))
    assert.throws(
      () => trie.root(),
      (error) => error instanceof StateTrieError && error.code === 'NO_ACCOUNT',
    )
  })
})

describe('CompactStateTrie, refusals', () => {
  const start = diffOf([account(1), account(2)], [slot(1, 1, 1n)])

  it('refuses a slot of an account that is nowhere, and changes nothing', () => {
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB })
    trie.apply(start)
    const before = trie.root()
    assert.throws(
      () => trie.apply(diffOf([account(2, { nonce: 8n })], [slot(1, 1, 9n), slot(3, 1, 0n), slot(3, 2, 4n)])),
      (error) =>
        error instanceof StateTrieError &&
        error.code === 'NO_ACCOUNT' &&
        error.message.includes(bytesToHex(fromBigInt(2n, 32))),
    )
    assert.deepEqual(trie.root(), before)
    assert.equal(trie.account(undefined, addressOf(2))?.nonce, 1n)
  })

  it('takes a zero for an account that is nowhere for nothing', () => {
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB })
    trie.apply(diffOf([], [slot(3, 1, 0n)]))
    assert.deepEqual(trie.root(), EMPTY_TRIE_ROOT)
  })

  it('refuses a diff cut at any byte, lengthened, or with a count that is too large', () => {
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB })
    const code = Uint8Array.of(0x60, 0x00)
    const diff = encodeStateDiff({
      accounts: [account(1)],
      slots: [slot(1, 1, 1n)],
      codes: [{ hash: keccak256(code), code }],
    })
    const refused = (bytes: Uint8Array) =>
      assert.throws(
        () => trie.apply(bytes),
        (error) => error instanceof StateTrieError && error.code === 'MALFORMED_DIFF',
      )
    for (let length = 0; length < diff.length; length++) refused(diff.subarray(0, length))
    refused(Uint8Array.of(...diff, 0))
    refused(Uint8Array.of(255, 255, 255, 255, ...diff))
    assert.deepEqual(trie.root(), EMPTY_TRIE_ROOT)
    trie.apply(diff)
    assert.equal(trie.account(undefined, addressOf(1))?.nonce, 1n)
  })

  it('says that its memory is full, and which', () => {
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB })
    assert.throws(
      () => {
        for (let from = 0; ; from += 20_000) trie.apply(diffOf(range(20_000).map((i) => account(from + i))))
      },
      (error) => error instanceof TrieLimitError && error.message.includes('room for nodes'),
    )
  })
})

describe('CompactStateTrie, kept states', () => {
  it('reads kept states while the working state goes on, and forgets the oldest', () => {
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB, keptStates: 2 })
    const roots: Uint8Array[] = []
    for (let block = 0; block < 4; block++) {
      trie.apply(diffOf([account(1, { nonce: BigInt(block) })], [slot(1, 1, BigInt(block))]))
      roots.push(trie.root())
      trie.keep(BigInt(block))
    }
    trie.apply(diffOf([account(1, { deleted: true })]))
    assert.deepEqual(
      [0n, 1n, 2n, 3n].map((block) => trie.isKept(block)),
      [false, false, true, true],
    )
    for (const block of [2n, 3n]) {
      assert.equal(trie.account(block, addressOf(1))?.nonce, block)
      assert.equal(toBigInt(trie.storage(block, addressOf(1), fromBigInt(1n, 32))), block)
      const [top] = trie.proof(block, addressOf(1), []).accountProof
      assert.deepEqual(keccak256(top!), roots[Number(block)])
    }
    assert.throws(() => trie.account(1n, addressOf(1)), StateNotKeptError)
    assert.deepEqual(trie.root(), EMPTY_TRIE_ROOT)
  })

  it('copies nothing when no states are to be kept', () => {
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB, keptStates: 0 })
    for (let block = 0; block < 3; block++) {
      trie.apply(diffOf(range(1_000).map((i) => account(i, { nonce: BigInt(block) }))))
      trie.keep(BigInt(block))
      assert.equal(trie.isKept(BigInt(block)), false)
      assert.equal(trie.memory().kept, 0)
    }
  })

  it('drops old states before their number is reached when they take too much, and never the newest', () => {
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB, keptStates: 1_000 })
    let readable = StateTrie.empty()
    for (let block = 0n; block < 30n; block++) {
      const diff = diffOf(range(20_000).map((i) => account(i, { nonce: block })))
      trie.apply(diff)
      trie.keep(block)
      if (block < 28n) continue
      readable = StateTrie.empty().apply(diff)
      assert.ok(trie.isKept(block))
      assert.deepEqual(trie.root(), readable.root())
    }
    assert.equal(trie.isKept(0n), false)
    assert.ok(trie.memory().kept <= (MEMORY_MIB * 2 ** 20) / 2)
  })

  it('drops old states in the middle of a diff when memory is short, and comes to no harm', () => {
    const cramped = new CompactStateTrie({ memoryMiB: MEMORY_MIB, keptStates: 50 })
    const roomy = new CompactStateTrie({ memoryMiB: 8 * MEMORY_MIB, keptStates: 0 })
    const random = new Prng(11)
    let dropped = 0
    const apply = (diff: Uint8Array) => {
      cramped.apply(diff)
      roomy.apply(diff)
    }
    for (let from = 0; from < 110_000; from += 22_000)
      apply(diffOf(range(22_000).map((i) => account(from + i))))
    for (let block = 0; block < 12; block++) {
      const before = range(block).filter((number) => cramped.isKept(BigInt(number))).length
      apply(diffOf(range(6_000).map(() => account(random.nextInt(110_000), { nonce: BigInt(block) }))))
      dropped += before - range(block).filter((number) => cramped.isKept(BigInt(number))).length
      assert.equal(bytesToHex(cramped.root()), bytesToHex(roomy.root()))
      cramped.keep(BigInt(block))
      assert.ok(cramped.isKept(BigInt(block)))
    }
    assert.ok(dropped > 0, 'some state was dropped by a diff')
  })

  it('frees the slots of deleted accounts little by little', () => {
    const trie = new CompactStateTrie({ memoryMiB: MEMORY_MIB, keptStates: 1 })
    trie.apply(diffOf([account(1), account(2)]))
    const before = trie.memory().used
    trie.apply(
      diffOf(
        [],
        range(20_000).map((i) => slot(1, i, 1n)),
      ),
    )
    trie.keep(1n)
    trie.apply(diffOf([account(1, { deleted: true })]))
    assert.ok(trie.memory().used > before + 20_000 * 64, 'still there')
    trie.keep(2n)
    for (let i = 0; i < 300; i++) trie.apply(diffOf([account(2, { nonce: BigInt(i) })]))
    assert.ok(trie.memory().used < 2 * before + 1_000)
  })
})

describe('accountsFrom and storageFrom', () => {
  it('give what a sorted list has from any key on, of every shard and of kept states', () => {
    for (const shards of [1, 4]) {
      const trie = new CompactStateTrie({ memoryMiB: 128, shards })
      const accounts = range(300).map((i) => account(i))
      const slots = range(200).map((i) => slot(7, i, BigInt(i + 1)))
      trie.apply(diffOf(accounts, slots))
      trie.root()
      trie.keep(1n)
      trie.apply(diffOf([account(300), ...range(5).map((i) => account(i, { deleted: true }))]))
      const all = sortedHashes(accounts.map(({ address }) => address))
      const keys = sortedHashes(slots.map(({ key }) => key))
      const hashedAddress = keccak256(addressOf(7))
      const starts = [new Uint8Array(32), all[0]!, all[150]!, keys[199]!, keccak256(Uint8Array.of(1))]
      for (const start of [...starts, new Uint8Array(32).fill(255)]) {
        const wanted = { start, count: 17 }
        const hashesOf = (entries: { hash: Uint8Array }[]) => entries.map(({ hash }) => hash)
        const from = (hashes: Uint8Array[]) =>
          hashes.filter((hash) => compareBytes(hash, start) >= 0).slice(0, 17)
        assert.deepEqual(hashesOf(trie.accountsFrom(1n, wanted)), from(all))
        assert.deepEqual(hashesOf(trie.storageFrom(1n, { hashedAddress, ...wanted })), from(keys))
      }
      const [first] = trie.storageFrom(1n, { hashedAddress, start: keccak256(fromBigInt(9n, 32)), count: 1 })
      assert.equal(toBigInt(first!.value), 10n)
      assert.equal(trie.accountsFrom(undefined, { start: new Uint8Array(32), count: 1000 }).length, 296)
      assert.deepEqual(trie.storageFrom(1n, { hashedAddress: all[0]!, start: all[0]!, count: 9 }), [])
    }
  })
})

function sortedHashes(names: readonly Uint8Array[]): Uint8Array[] {
  return names.map((name) => keccak256(name)).sort(compareBytes)
}
