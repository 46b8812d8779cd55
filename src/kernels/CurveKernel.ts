import { compileWasm } from './compileWasm.ts'
import { wasmBase64 } from './generated/curve.ts'

/** A signature as assembly/curve/signatures.ts has it. */
const SIGNATURE_BYTES = 112
const PARITY = 4
const R_AND_S = 8
const HASH = 72
const KEY_BYTES = 64

export type CurveSignature = {
  /** r ‖ s, 64 bytes, both in 1..n-1. */
  signature: Uint8Array
  yParity: number
  /** What was signed, 32 bytes. */
  hash: Uint8Array
}

/**
 * secp256k1 (SEC 2) for many signatures at once: recovers their keys in two thirds of the time that the library takes, and tells
 * in a quarter of it whether keys that it knows made them. A known key has a table of its multiples, 40 KiB of the kernel's
 * memory, at a place that the caller gives.
 *
 * Signatures are added, then looked at together; what comes of each is asked for by its number.
 */
export class CurveKernel {
  /** Most signatures that are looked at together. */
  readonly limit: number
  readonly #exports: CurveExports
  #bytes: Uint8Array
  #view: DataView
  #count = 0

  /**
   * Undefined where this machine can't: it has no WebAssembly with relaxed SIMD, or no multiply-add that rounds once, without
   * which nothing here would be exact.
   */
  static create(): CurveKernel | undefined {
    let module: WebAssembly.Module
    try {
      module = compileWasm(wasmBase64)
    } catch (error) {
      if (error instanceof WebAssembly.CompileError) return undefined
      throw error
    }
    const kernel = new WebAssembly.Instance(module).exports as CurveExports
    return kernel.isFused() === 0 ? undefined : new CurveKernel(kernel)
  }

  private constructor(kernel: CurveExports) {
    kernel.makeGeneratorTable()
    this.#exports = kernel
    this.limit = kernel.signaturesLimit()
    this.#bytes = new Uint8Array(kernel.memory.buffer)
    this.#view = new DataView(kernel.memory.buffer)
  }

  /**
   * Makes the tables of two keys (x ‖ y, 64 bytes, points of the curve), each at its place, in 0.3 ms; both may be the same.
   * False where there is no memory for them: nothing is known at these places then.
   */
  learn(places: readonly [number, number], keys: readonly [Uint8Array, Uint8Array]): boolean {
    const offset = this.#exports.keysOffset()
    this.#bytes.set(keys[0], offset)
    this.#bytes.set(keys[1], offset + KEY_BYTES)
    const hasLearnt = this.#exports.learnKeys(places[0], places[1]) !== 0
    const { buffer } = this.#exports.memory
    if (this.#bytes.buffer !== buffer) {
      // It has grown.
      this.#bytes = new Uint8Array(buffer)
      this.#view = new DataView(buffer)
    }
    return hasLearnt
  }

  /** Forgets the signatures of before. */
  clear(): void {
    this.#count = 0
  }

  /**
   * Adds a signature; returns its number. At most {@link limit}.
   *
   * @param place - of the key that may have made it, for {@link verify}.
   */
  add({ signature, yParity, hash }: CurveSignature, place = 0): number {
    const at = this.#exports.signaturesOffset() + this.#count * SIGNATURE_BYTES
    this.#view.setUint32(at, place, true)
    this.#view.setUint32(at + PARITY, yParity, true)
    this.#bytes.set(signature, at + R_AND_S)
    this.#bytes.set(hash, at + HASH)
    return this.#count++
  }

  /** Finds out which of those that were added, one at least, were made by the keys that are known at their places. */
  verify(): void {
    this.#exports.verify(this.#count)
  }

  /** Recovers the keys of those that were added, one at least. */
  recover(): void {
    this.#exports.recoverKeys(this.#count)
  }

  /**
   * Whether the signature of that number was made by its key, or its key was recovered. Of false nothing follows: it is said also
   * where the same point comes twice in what is summed for it, as happens with keys and signatures that are made for it.
   */
  hasKey(number: number): boolean {
    return this.#bytes[this.#exports.verdictsOffset() + number] === 1
  }

  /** The key that was recovered (x ‖ y, 64 bytes); a view, which holds until the next are looked at. */
  keyOf(number: number): Uint8Array {
    const at = this.#exports.recoveredOffset() + number * KEY_BYTES
    return this.#bytes.subarray(at, at + KEY_BYTES)
  }
}

/** Exports of assembly/curve/kernel.ts. */
type CurveExports = {
  memory: WebAssembly.Memory
  isFused(): number
  makeGeneratorTable(): void
  signaturesOffset(): number
  signaturesLimit(): number
  verdictsOffset(): number
  recoveredOffset(): number
  keysOffset(): number
  learnKeys(first: number, second: number): number
  verify(count: number): void
  recoverKeys(count: number): void
}
