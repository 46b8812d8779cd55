import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, fromBigInt, fromBigIntMinimal, Prng, toBigInt } from '../lib/index.ts'
import { encodeStateDiff } from '../protocol/index.ts'
import {
  CompactStateTrie,
  MissingNodeError,
  StateTrie,
  verifyProof,
  WitnessNodes,
  type WitnessTarget,
  witnessTargets,
} from './index.ts'
import { PartialTrie, RandomState, witnessNodes } from './testing/index.ts'

const KEPT_STATES = 3
const SHARDS = [1, 2, 16]
const ACCOUNTS = [2, 20, 200]

/** Both tries, through the same diffs. */
class Pair {
  readonly random: Prng
  readonly diffs: RandomState
  readonly compact: CompactStateTrie
  readable = StateTrie.empty()
  /** Oldest first. */
  readonly kept: [block: bigint, state: StateTrie][] = []

  constructor(seed: number) {
    this.random = new Prng(seed)
    this.diffs = new RandomState(this.random, this.oneOf(ACCOUNTS))
    const shards = this.oneOf(SHARDS)
    this.compact = new CompactStateTrie({ memoryMiB: 32 * shards, shards, keptStates: KEPT_STATES })
  }

  oneOf<T>(choices: readonly T[]): T {
    return choices[this.random.nextInt(choices.length)]!
  }

  step(block: bigint): void {
    for (let diffs = this.random.nextInt(3); diffs >= 0; diffs--) {
      const diff = this.diffs.nextDiff()
      this.readable = this.readable.apply(diff)
      if (this.random.nextInt(4) === 0) this.compact.apply(diff)
      else this.compact.gather(diff)
    }
    if (this.random.nextInt(2) === 0) return
    this.compact.keep(block)
    this.kept.push([block, this.readable])
    if (this.kept.length > KEPT_STATES) assert.equal(this.compact.isKept(this.kept.shift()![0]), false)
  }

  /** Blocks whose states are kept, and undefined for the working state. */
  states(): [block: bigint | undefined, state: StateTrie][] {
    return [...this.kept, [undefined, this.readable]]
  }
}

function forSeeds(runs: number, check: (pair: Pair) => void): void {
  fc.assert(
    fc.property(fc.integer(), (seed) => check(new Pair(seed))),
    { numRuns: runs },
  )
}

describe('CompactStateTrie against StateTrie', () => {
  it('has the same roots, accounts, slots and proofs, also at every kept state', () => {
    forSeeds(40, (pair) => {
      for (let step = 0n; step < 12n; step++) {
        pair.step(step)
        if (pair.random.nextInt(2) === 0) {
          assert.equal(bytesToHex(pair.compact.root()), bytesToHex(pair.readable.root()))
        }
        for (const [block, state] of pair.states()) {
          if (block !== undefined) assert.ok(pair.compact.isKept(block))
          const address = pair.diffs.someAddress()
          const keys = pair.diffs.someKeys(4)
          assert.deepEqual(pair.compact.account(block, address), state.account(address))
          assert.deepEqual(pair.compact.storage(block, address, keys[0]!), state.storage(address, keys[0]!))
          assert.deepEqual(pair.compact.proof(block, address, keys), state.proof(address, keys))
        }
      }
    })
  })

  it('gives proofs that show what it says', () => {
    forSeeds(20, ({ compact, diffs }) => {
      for (let step = 0; step < 4; step++) {
        compact.apply(diffs.nextDiff())
        const address = diffs.someAddress()
        const proof = compact.proof(undefined, address, diffs.someKeys(6))
        const account = verifyProof(compact.root(), keccak256(address), proof.accountProof)
        const { nonce, balance, storageHash, codeHash } = proof
        const fields = [fromBigIntMinimal(nonce), fromBigIntMinimal(balance), storageHash, codeHash]
        const exists = compact.account(undefined, address) !== undefined
        assert.deepEqual(account, exists ? RLP.encode(fields) : undefined)
        for (const slot of proof.storageProof) {
          const value = toBigInt(slot.value)
          const expected = value === 0n ? undefined : RLP.encode(fromBigIntMinimal(value))
          assert.deepEqual(verifyProof(storageHash, keccak256(slot.key), slot.proof), expected)
        }
      }
    })
  })

  it('gives witnesses with which a part of the trie reads, changes and deletes as the whole does', () => {
    forSeeds(60, (pair) => {
      const { compact, diffs, random } = pair
      for (let step = 0n; step < 5n; step++) pair.step(step)
      for (const [block, state] of pair.states()) {
        const targets = Array.from({ length: 1 + random.nextInt(6) }, () => ({
          address: diffs.someAddress(),
          keys: diffs.someKeys(12),
        }))
        checkWitness(state, targets, compact.witness(block, targets), random)
      }
    })
  })

  it('gives witnesses with which a StateTrie applies diffs, one after another, as the whole does', () => {
    forSeeds(60, (pair) => {
      for (let step = 0n; step < 5n; step++) pair.step(step)
      const { compact, diffs, readable } = pair
      const nodes = new WitnessNodes()
      const targets: WitnessTarget[] = []
      let whole = readable
      let part = StateTrie.fromWitness(readable.root(), nodes)
      for (let step = 0; step < 3; step++) {
        const diff = diffs.nextDiff()
        targets.push(...witnessTargets(diff))
        nodes.add(compact.witness(undefined, targets))
        whole = whole.apply(diff)
        part = part.apply(diff)
        assert.deepEqual(part.root(), whole.root())
      }
    })
  })

  it('says which node a walk out of a witness lacks', () => {
    const state = StateTrie.empty().apply(new RandomState(new Prng(1), 20).nextDiff())
    const part = StateTrie.fromWitness(state.root(), new WitnessNodes())
    assert.deepEqual(part.root(), state.root())
    assert.throws(() => part.account(new Uint8Array(20)), MissingNodeError)
  })
})

/** Changes random targets in a part of the state, and compares it with the whole. */
function checkWitness(
  state: StateTrie,
  targets: readonly WitnessTarget[],
  witness: readonly Uint8Array[],
  random: Prng,
): void {
  const nodes = witnessNodes(witness)
  assert.equal(nodes.size, witness.length, 'each node is there once')
  const accounts = new PartialTrie(nodes, state.root())
  const all = random.nextInt(2) === 0
  const chosen = () => all || random.nextInt(2) === 0
  for (const { address, keys } of targets) {
    const account = state.account(address)
    assert.equal(accounts.get(keccak256(address)) !== undefined, account !== undefined)
    if (account === undefined) continue
    const storage = new PartialTrie(nodes, account.storageRoot)
    let whole = state
    for (const key of keys) {
      const value = toBigInt(state.storage(address, key))
      const held = storage.get(keccak256(key))
      assert.deepEqual(held, value === 0n ? undefined : RLP.encode(fromBigIntMinimal(value)))
      if (!chosen()) continue
      const next = random.nextInt(3) === 0 ? 7n : 0n
      whole = whole.apply(slotDiff(address, key, next))
      if (next === 0n) storage.delete(keccak256(key))
      else storage.put(keccak256(key), RLP.encode(fromBigIntMinimal(next)))
    }
    assert.deepEqual(storage.root(), whole.account(address)!.storageRoot)
  }
  let whole = state
  for (const { address } of targets) {
    if (!chosen()) continue
    accounts.delete(keccak256(address))
    whole = whole.apply(deletionDiff(address))
  }
  assert.deepEqual(accounts.root(), whole.root())
}

function slotDiff(address: Uint8Array, key: Uint8Array, value: bigint): Uint8Array {
  const slots = [{ address, key, value: fromBigInt(value, 32) }]
  return encodeStateDiff({ accounts: [], slots, codes: [] })
}

function deletionDiff(address: Uint8Array): Uint8Array {
  const gone = { address, deleted: true, nonce: 0n, balance: 0n, codeHash: new Uint8Array(32) }
  return encodeStateDiff({ accounts: [gone], slots: [], codes: [] })
}
