import { assert, copyInto } from '../lib/index.ts'
import type { CurveSignature } from './CurveKernel.ts'
import { compileWasm } from './compileWasm.ts'
import { wasmBase64 } from './generated/recovery.ts'

/** Of one entry, as views of the kernel's memory, which the curve's library reads and writes. */
export type RecoverySlot = {
  /** r ‖ s, 64 bytes, both in range, s low. */
  readonly signature: Uint8Array
  /** What its sender signed, 32 bytes. */
  readonly signingHash: Uint8Array
  /** To be written by the caller: the signer's key, 65 bytes, uncompressed. */
  readonly publicKey: Uint8Array
}

/** Where they stand in a slot of assembly/recovery.ts; of the first two, in words. */
const ENTRY_WORD = 1
const STATE_WORD = 2
const CONFIRMED = 1
const HAS_KEY = 2
const SIGNATURE = 16
const SIGNING_HASH = 80
const PUBLIC_KEY = 112
/** Of an entry (protocol/preparedTransaction.ts). */
const SENDER = 8
const SENDER_BYTES = 20

/**
 * What signature recovery needs of transactions beside the curve: decoding, checks and hashes, for many at once, so that
 * hashes are made two by two, and without an object or a BigInt. It takes the usual transaction only (a call of type 0, 1
 * or 2 that passes every check); who gets "no" asks the readable path.
 */
export class RecoveryKernel {
  /** By place of the entry among those that were taken. */
  readonly slots: readonly RecoverySlot[]
  readonly #exports: RecoveryExports
  readonly #entries: Uint8Array
  readonly #bytes: Uint8Array
  readonly #view: DataView
  /** By place: what stands in the words of its slot. */
  readonly #words: Int32Array
  readonly #firstWord: number
  readonly #slotWords: number
  #count = 0

  constructor() {
    const kernel = new WebAssembly.Instance(compileWasm(wasmBase64)).exports as RecoveryExports
    const { buffer } = kernel.memory
    this.#exports = kernel
    this.#entries = new Uint8Array(buffer, kernel.entriesOffset(), kernel.entriesLimit())
    this.#bytes = new Uint8Array(buffer)
    this.#view = new DataView(buffer)
    this.#words = new Int32Array(buffer)
    this.#firstWord = kernel.slotOffset(0) / 4
    this.#slotWords = kernel.slotOffset(1) / 4 - this.#firstWord
    this.slots = Array.from({ length: kernel.slotCount() }, (_, i) => {
      const at = kernel.slotOffset(i)
      return {
        signature: new Uint8Array(buffer, at + SIGNATURE, 64),
        signingHash: new Uint8Array(buffer, at + SIGNING_HASH, 32),
        publicKey: new Uint8Array(buffer, at + PUBLIC_KEY, 65),
      }
    })
  }

  /**
   * @param gasCap - most gas that a transaction may ask for.
   * @param forkIndex - place in the list of forks, Shanghai 0.
   */
  setRules(chainId: bigint, gasCap: bigint, forkIndex: number): void {
    this.#exports.setRules(chainId, gasCap, forkIndex)
  }

  /** Most bytes of the entries that are taken at once. */
  get entriesLimit(): number {
    return this.#entries.length
  }

  /** Takes `count` entries (protocol/preparedTransaction.ts) that stand one behind the other; fills the slots of usual ones. */
  take(entries: Uint8Array, count: number): void {
    assert(count <= this.slots.length, `at most ${this.slots.length} entries are taken at once`)
    copyInto(this.#entries, 0, entries)
    this.#count = count
    this.#exports.prepare(count)
  }

  /** Parity of the signature of a usual transaction, 0 or 1; -1 of any other. */
  parityOf(place: number): number {
    return this.#words[this.#firstWord + place * this.#slotWords]!
  }

  /** The signature of a usual transaction. */
  signatureOf(place: number): CurveSignature {
    const { signature, signingHash: hash } = this.slots[place]!
    return { signature, yParity: this.parityOf(place), hash }
  }

  /** The first six bytes of {@link senderOf}, as a number: without an object, to tell senders apart. 0: there is none. */
  senderStart(place: number): number {
    const at = this.#words[this.#firstWord + place * this.#slotWords + ENTRY_WORD]! + SENDER
    return this.#view.getUint32(at) * 65536 + this.#view.getUint16(at + 4)
  }

  /**
   * The sender that a usual transaction's entry has, 20 bytes: what whoever wrote it claims, or zeros; after
   * {@link fillIn} the right one. A view.
   */
  senderOf(place: number): Uint8Array {
    const at = this.#words[this.#firstWord + place * this.#slotWords + ENTRY_WORD]! + SENDER
    return this.#bytes.subarray(at, at + SENDER_BYTES)
  }

  /** The claimed sender is the right one: the transaction needs no key. */
  confirm(place: number): void {
    this.#words[this.#stateAt(place)] = CONFIRMED
  }

  isConfirmed(place: number): boolean {
    return this.#words[this.#stateAt(place)] === CONFIRMED
  }

  /** The signer's key is that one: x ‖ y, 64 bytes. */
  setKey(place: number, key: Uint8Array): void {
    this.slots[place]!.publicKey.set(key, 1)
    this.#words[this.#stateAt(place)] = HAS_KEY
  }

  /** Whether the key is still to be written, by whoever recovers it, to the transaction's slot. */
  needsKey(place: number): boolean {
    return this.parityOf(place) >= 0 && this.#words[this.#stateAt(place)] === 0
  }

  #stateAt(place: number): number {
    return this.#firstWord + place * this.#slotWords + STATE_WORD
  }

  /** The signature leads to no key: the transaction is none of the usual ones. */
  drop(place: number): void {
    this.#words[this.#firstWord + place * this.#slotWords] = -1
  }

  /**
   * Writes sender and hash of the usual transactions, which are confirmed or whose keys are in their slots, into the entries
   * that were taken.
   */
  fillIn(entries: Uint8Array): void {
    this.#exports.hashKeys(this.#count)
    copyInto(entries, 0, this.#entries.subarray(0, entries.length))
  }
}

/** Exports of assembly/recovery.ts. */
type RecoveryExports = {
  memory: WebAssembly.Memory
  entriesOffset(): number
  entriesLimit(): number
  slotCount(): number
  slotOffset(place: number): number
  setRules(chainId: bigint, gasCap: bigint, forkIndex: number): void
  prepare(count: number): void
  hashKeys(count: number): void
}
