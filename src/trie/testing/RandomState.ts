import { keccak256 } from '../../kernels/index.ts'
import { fromBigInt, type Prng } from '../../lib/index.ts'
import { EMPTY_CODE_HASH, encodeStateDiff, type StateDiff } from '../../protocol/index.ts'

/** Keys that random slots have. */
const SLOT_KEYS = 40

/**
 * Random state diffs over few accounts and slots, so that they meet often: creations, updates, deletions with storage,
 * creations anew, slots set and zeroed. Every diff can be applied after those before it.
 */
export class RandomState {
  readonly #random: Prng
  readonly addresses: readonly Uint8Array[]
  readonly #alive = new Set<number>()

  constructor(random: Prng, accountCount: number) {
    this.#random = random
    this.addresses = Array.from({ length: accountCount }, (_, i) => keccak256(word(BigInt(i))).slice(12))
  }

  nextDiff(): Uint8Array {
    const diff: StateDiff = { accounts: [], slots: [], codes: [] }
    const chosen = new Set<number>()
    for (let left = this.#random.nextInt(this.addresses.length); left >= 0; left--) {
      chosen.add(this.#random.nextInt(this.addresses.length))
    }
    for (const index of chosen) {
      if (!this.#alive.has(index) || this.#random.nextInt(3) > 0) this.#addAccount(diff, index)
      if (this.#random.nextInt(2) === 0) this.#addSlots(diff, index)
    }
    return encodeStateDiff(diff)
  }

  someAddress(): Uint8Array {
    return this.addresses[this.#random.nextInt(this.addresses.length)]!
  }

  someKeys(count: number): Uint8Array[] {
    return [...this.#keys(count)].map((key) => word(BigInt(key)))
  }

  #addAccount(diff: StateDiff, index: number): void {
    const address = this.addresses[index]!
    if (this.#random.nextInt(4) === 0) {
      diff.accounts.push({ address, deleted: true, nonce: 0n, balance: 0n, codeHash: new Uint8Array(32) })
      this.#alive.delete(index)
      return
    }
    diff.accounts.push({
      address,
      deleted: false,
      nonce: BigInt(this.#random.nextUint32()) >> BigInt(this.#random.nextInt(33)),
      balance: BigInt(this.#random.nextUint32()) << BigInt(this.#random.nextInt(224)),
      codeHash: this.#random.nextInt(2) === 0 ? EMPTY_CODE_HASH : keccak256(address),
    })
    this.#alive.add(index)
  }

  #addSlots(diff: StateDiff, index: number): void {
    for (const key of this.#keys(SLOT_KEYS / 2)) {
      const shift = BigInt(this.#random.nextInt(240))
      const value = this.#random.nextInt(3) === 0 ? 0n : BigInt(this.#random.nextInt(1000)) << shift
      diff.slots.push({ address: this.addresses[index]!, key: word(BigInt(key)), value: word(value) })
    }
  }

  #keys(atMost: number): Set<number> {
    const keys = new Set<number>()
    for (let left = this.#random.nextInt(atMost); left >= 0; left--) keys.add(this.#random.nextInt(SLOT_KEYS))
    return keys
  }
}

function word(value: bigint): Uint8Array {
  return fromBigInt(value, 32)
}
