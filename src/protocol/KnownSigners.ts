import type { CurveKernel, RecoveryKernel } from '../kernels/index.ts'
import { equalBytes, LruMap } from '../lib/index.ts'

/** Keys that are known at once, whose tables take 40 KiB each. */
const KEYS_LIMIT = 1024
/** Senders of whom is known how often they came lately. */
const SIGHTINGS_LIMIT = 8192
/** A table costs as much as five recoveries, and saves three quarters of each signature after. */
const SIGHTINGS_TO_LEARN = 4
/** A key gives way to another only when so many claims have come since it was used: else they would do so in turn. */
const CLAIMS_TO_FORGET: number = 64 * KEYS_LIMIT
/** Fewer signatures are not worth the inversions that all share. */
const LEAST_SIGNATURES = 6
/** Keys that are learnt between two frames, so that none waits for long. */
const LEARNT_AT_ONCE = 8
const KEY_BYTES = 64

/**
 * The keys of senders that come often, so that a claimed sender is confirmed by his signature instead of being recovered from
 * it. Only what the signature proves is confirmed; a wrong claim costs the time in which it is held against it.
 *
 * A claim is told apart by the first six bytes of the address; whether all twenty are the known one's is looked at before its
 * key is tried, since addresses that begin alike can be found.
 */
export class KnownSigners {
  readonly #curve: CurveKernel
  #hasMemory = true
  /** By the first six bytes of the address, as the maps below. */
  readonly #keys = new LruMap<number, KnownKey>(KEYS_LIMIT)
  readonly #sightings = new LruMap<number, number>(SIGHTINGS_LIMIT)
  readonly #due: DueKey[] = []
  /** That came until now. */
  #claims = 0
  /** By place in the kernel that is looked at; 0: none. */
  #starts = new Float64Array(0)

  /** @param curve - nobody else has it learn keys. */
  constructor(curve: CurveKernel) {
    this.#curve = curve
  }

  /** Confirms what it can of the senders that the kernel's entries claim. */
  confirm(kernel: RecoveryKernel, count: number): void {
    if (this.#starts.length < count) this.#starts = new Float64Array(count)
    const candidates: Candidate[] = []
    for (let place = 0; place < count; place++) {
      const start = kernel.parityOf(place) < 0 ? 0 : kernel.senderStart(place)
      this.#starts[place] = start
      if (start === 0) continue
      this.#claims++
      const key = this.#keys.get(start)
      if (key === undefined || !equalBytes(key.address, kernel.senderOf(place))) continue
      key.lastUse = this.#claims
      candidates.push({ place, key })
    }
    const { limit } = this.#curve
    for (let at = 0; at + LEAST_SIGNATURES <= candidates.length; at += limit)
      this.#confirmAll(kernel, candidates.slice(at, at + limit))
  }

  #confirmAll(kernel: RecoveryKernel, candidates: Candidate[]): void {
    const curve = this.#curve
    curve.clear()
    for (const { place, key } of candidates) curve.add(kernel.signatureOf(place), key.place)
    curve.verify()
    for (const [number, { place }] of candidates.entries()) if (curve.hasKey(number)) kernel.confirm(place)
  }

  /** Notes whose claims were right although they could not be confirmed: the kernel has their keys and senders now. */
  note(kernel: RecoveryKernel, count: number): void {
    for (let place = 0; place < count; place++) {
      const start = this.#starts[place]!
      if (start === 0 || kernel.isConfirmed(place) || kernel.parityOf(place) < 0) continue
      if (kernel.senderStart(place) === start && !this.#keys.has(start)) this.#noteRight(start, kernel, place)
    }
  }

  #noteRight(start: number, kernel: RecoveryKernel, place: number): void {
    const sightings = (this.#sightings.get(start) ?? 0) + 1
    this.#sightings.set(start, sightings)
    if (sightings < SIGHTINGS_TO_LEARN || this.#due.length === LEARNT_AT_ONCE || !this.#hasPlace) return
    if (this.#due.some((due) => due.start === start)) return
    const key = kernel.slots[place]!.publicKey.slice(1, 1 + KEY_BYTES)
    this.#due.push({ start, address: kernel.senderOf(place).slice(), key })
  }

  /** Learns the keys that came often enough, of which a few wait at most: to be called between frames. */
  learn(): void {
    // Two take hardly longer than one.
    while (this.#due.length > 0) this.#learnTwo(this.#due.splice(0, 2))
  }

  #learnTwo(due: DueKey[]): void {
    const keys: (DueKey & { place: number })[] = []
    for (const key of due) {
      const place = this.#takePlace()
      if (place === undefined) continue
      keys.push({ ...key, place })
      this.#keys.set(key.start, { address: key.address, place, lastUse: this.#claims })
      this.#sightings.delete(key.start)
    }
    const [first, second = first] = keys
    if (first === undefined || second === undefined) return
    if (this.#curve.learn([first.place, second.place], [first.key, second.key])) return
    for (const { start } of keys) this.#keys.delete(start)
    this.#hasMemory = false
  }

  get #hasPlace(): boolean {
    if (!this.#hasMemory) return false
    if (this.#keys.size < KEYS_LIMIT) return true
    const oldest = this.#keys.values().next().value!
    return this.#claims - oldest.lastUse >= CLAIMS_TO_FORGET
  }

  /** For another key's table. */
  #takePlace(): number | undefined {
    if (!this.#hasPlace) return undefined
    return this.#keys.size < KEYS_LIMIT ? this.#keys.size : this.#keys.takeOldest()![1].place
  }
}

type KnownKey = { address: Uint8Array; place: number; lastUse: number }
type DueKey = { start: number; address: Uint8Array; key: Uint8Array }
type Candidate = { place: number; key: KnownKey }
