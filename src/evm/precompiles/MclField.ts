import { compareBytes, fromBigInt } from '../../lib/index.ts'
import { MCL_FP_BYTES, type Mcl } from './mcl.ts'

/** Moves big-endian field elements and scalars into and out of an instance of mcl. */
export class MclField {
  readonly #mcl: Mcl
  readonly #modulus: Uint8Array
  readonly #buffer: number

  /** @param modulus - of the base field; `bytes` is how long its elements are. */
  constructor(mcl: Mcl, modulus: bigint, bytes: number) {
    this.#mcl = mcl
    this.#modulus = fromBigInt(modulus, bytes)
    this.#buffer = mcl.reserve(64)
  }

  /** Writes the element at `pointer`; false when it is not below the modulus. */
  read(pointer: number, bytes: Uint8Array): boolean {
    if (compareBytes(bytes, this.#modulus) >= 0) return false
    this.#mcl.memory().set(bytes, this.#buffer)
    this.#mcl.call._mclBnFp_setBigEndianMod(pointer, this.#buffer, bytes.length)
    return true
  }

  /** Writes a scalar of 32 bytes, reduced by the group's order, at `pointer`. */
  readScalar(pointer: number, bytes: Uint8Array): void {
    this.#mcl.memory().set(bytes, this.#buffer)
    this.#mcl.call._mclBnFr_setBigEndianMod(pointer, this.#buffer, bytes.length)
  }

  /** Copies the element at `pointer` to the end of `output` up to `end`, big-endian; what is before stays as it is. */
  write(pointer: number, output: Uint8Array, end: number): void {
    const size = this.#mcl.call._mclBnFp_getLittleEndian(this.#buffer, MCL_FP_BYTES, pointer)
    const memory = this.#mcl.memory()
    for (let i = 0; i < size; i++) output[end - 1 - i] = memory[this.#buffer + i]!
  }
}

/** Whether `bytes` are all zero. */
export function isZeros(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false
  return true
}
