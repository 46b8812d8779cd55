import type { Bn254 } from './curveArithmetic.ts'
import { BN254_FIELD_MODULUS } from './fields.ts'
import { isZeros, MclField } from './MclField.ts'
import { MclPairing } from './MclPairing.ts'
import {
  loadMcl,
  MCL_BN254,
  MCL_FP_BYTES,
  MCL_FR_BYTES,
  MCL_G1_BYTES,
  MCL_G2_BYTES,
  type Mcl,
} from './mcl.ts'

const FIELD_BYTES = 32
const G1_BYTES = 64
const PAIR_BYTES = 192

/** bn254 by mcl. */
export async function loadMclBn254(): Promise<Bn254> {
  const curve = new MclBn254(await loadMcl(MCL_BN254))
  return {
    add: (input) => curve.add(input),
    multiply: (input) => curve.multiply(input),
    pairingCheck: (input) => curve.pairingCheck(input),
  }
}

class MclBn254 {
  readonly #mcl: Mcl
  readonly #field: MclField
  readonly #pairing: MclPairing
  readonly #a: number
  readonly #b: number
  readonly #g2: number
  readonly #scalar: number

  constructor(mcl: Mcl) {
    this.#mcl = mcl
    this.#field = new MclField(mcl, BN254_FIELD_MODULUS, FIELD_BYTES)
    this.#pairing = new MclPairing(mcl)
    this.#a = mcl.reserve(MCL_G1_BYTES)
    this.#b = mcl.reserve(MCL_G1_BYTES)
    this.#g2 = mcl.reserve(MCL_G2_BYTES)
    this.#scalar = mcl.reserve(MCL_FR_BYTES)
  }

  add(input: Uint8Array): Uint8Array | undefined {
    if (!this.#readG1(this.#a, input.subarray(0, G1_BYTES))) return undefined
    if (!this.#readG1(this.#b, input.subarray(G1_BYTES, 2 * G1_BYTES))) return undefined
    this.#mcl.call._mclBnG1_add(this.#a, this.#a, this.#b)
    return this.#writeG1(this.#a)
  }

  multiply(input: Uint8Array): Uint8Array | undefined {
    if (!this.#readG1(this.#a, input.subarray(0, G1_BYTES))) return undefined
    this.#field.readScalar(this.#scalar, input.subarray(G1_BYTES, G1_BYTES + 32))
    this.#mcl.call._mclBnG1_mul(this.#b, this.#a, this.#scalar)
    return this.#writeG1(this.#b)
  }

  pairingCheck(input: Uint8Array): boolean | undefined {
    this.#pairing.begin()
    for (let offset = 0; offset < input.length; offset += PAIR_BYTES) {
      const pair = input.subarray(offset, offset + PAIR_BYTES)
      if (!this.#readG1(this.#a, pair.subarray(0, G1_BYTES))) return undefined
      if (!this.#readG2(this.#g2, pair.subarray(G1_BYTES))) return undefined
      this.#pairing.add(this.#a, this.#g2)
    }
    return this.#pairing.isOne()
  }

  #readG1(pointer: number, bytes: Uint8Array): boolean {
    const { call } = this.#mcl
    if (isZeros(bytes)) {
      call._mclBnG1_clear(pointer)
      return true
    }
    if (!this.#field.read(pointer, bytes.subarray(0, FIELD_BYTES))) return false
    if (!this.#field.read(pointer + MCL_FP_BYTES, bytes.subarray(FIELD_BYTES))) return false
    call._mclBnFp_setInt32(pointer + 2 * MCL_FP_BYTES, 1)
    return call._mclBnG1_isValid(pointer) === 1
  }

  /** Coordinates come imaginary part first; mcl has the real part first. */
  #readG2(pointer: number, bytes: Uint8Array): boolean {
    const { call } = this.#mcl
    if (isZeros(bytes)) {
      call._mclBnG2_clear(pointer)
      return true
    }
    for (const [i, target] of [1, 0, 3, 2].entries()) {
      const element = bytes.subarray(i * FIELD_BYTES, (i + 1) * FIELD_BYTES)
      if (!this.#field.read(pointer + target * MCL_FP_BYTES, element)) return false
    }
    call._mclBnFp_setInt32(pointer + 4 * MCL_FP_BYTES, 1)
    call._mclBnFp_clear(pointer + 5 * MCL_FP_BYTES)
    return call._mclBnG2_isValid(pointer) === 1 && call._mclBnG2_isValidOrder(pointer) === 1
  }

  #writeG1(pointer: number): Uint8Array {
    const output = new Uint8Array(G1_BYTES)
    if (this.#mcl.call._mclBnG1_isZero(pointer) === 1) return output
    this.#mcl.call._mclBnG1_normalize(pointer, pointer)
    this.#field.write(pointer, output, FIELD_BYTES)
    this.#field.write(pointer + MCL_FP_BYTES, output, 2 * FIELD_BYTES)
    return output
  }
}
