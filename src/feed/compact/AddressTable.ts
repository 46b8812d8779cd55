import { keccak256Into } from '../../kernels/index.ts'
import { copyInto } from '../../lib/index.ts'
import { BodyError } from './BodyError.ts'
import { addBloomBits, setBloomBits } from './bloomBits.ts'
import { MAX_ADDRESSES } from './limits.ts'
import { viewOf } from './words256.ts'

const FIRST_CAPACITY = 1024
const digest: Uint8Array = new Uint8Array(32)
const word: Uint8Array = new Uint8Array(32)

/** Addresses by number, in the order in which they came, with what is remembered of each. */
export class AddressTable {
  /** `count * 20`. */
  bytes: Uint8Array = new Uint8Array(FIRST_CAPACITY * 20)
  view: DataView = viewOf(this.bytes)
  count = 0
  /** The nonce that the address's next transaction is expected to have. */
  nonces: Float64Array = new Float64Array(FIRST_CAPACITY)
  /** Positions of the address's bits in a bloom filter, as an address and as a topic; from 1, 0 where not computed. */
  #bloomBits = [new Uint16Array(FIRST_CAPACITY * 3), new Uint16Array(FIRST_CAPACITY * 3)] as const

  /** Adds the 20 bytes at `at`; its number. */
  add(source: Uint8Array, at: number): number {
    const id = this.count
    if (id >= MAX_ADDRESSES) throw new BodyError('LIMIT', `more than ${MAX_ADDRESSES} addresses`)
    if (id * 20 === this.bytes.length) this.#grow()
    for (let i = 0; i < 20; i++) this.bytes[id * 20 + i] = source[at + i]!
    this.count = id + 1
    return id
  }

  /** A view. */
  address(id: number): Uint8Array {
    return this.bytes.subarray(id * 20, id * 20 + 20)
  }

  /** Throws BodyError where there is no such address. */
  check(id: number): number {
    if (id >= this.count) throw new BodyError('REFERENCE', `address ${id} of ${this.count}`)
    return id
  }

  /** Adds an address to the bloom filter at `at`, as it is or as a word. */
  addToBloom(id: number, isWord: boolean, target: Uint8Array, at: number): void {
    const bits = this.#bloomBits[isWord ? 1 : 0]
    if (bits[id * 3] === 0) {
      for (let i = 0; i < 20; i++) word[12 + i] = this.bytes[id * 20 + i]!
      keccak256Into(isWord ? word : word.subarray(12), digest, 0)
      setBloomBits(digest, bits, id * 3)
    }
    addBloomBits(bits, id * 3, target, at)
  }

  #grow(): void {
    const capacity = Math.min((this.bytes.length / 20) * 2, MAX_ADDRESSES)
    const bytes = new Uint8Array(capacity * 20)
    copyInto(bytes, 0, this.bytes)
    this.bytes = bytes
    this.view = viewOf(bytes)
    const nonces = new Float64Array(capacity)
    nonces.set(this.nonces)
    this.nonces = nonces
    const [asAddress, asWord] = [new Uint16Array(capacity * 3), new Uint16Array(capacity * 3)]
    asAddress.set(this.#bloomBits[0])
    asWord.set(this.#bloomBits[1])
    this.#bloomBits = [asAddress, asWord]
  }
}
