import { fromBigInt, toBigInt } from '../../lib/index.ts'
import type { P256 } from './curveArithmetic.ts'
import { P256_FIELD_MODULUS, P256_GENERATOR, P256_ORDER } from './fields.ts'
import { MclField } from './MclField.ts'
import { loadMcl, MCL_FP_BYTES, MCL_FR_BYTES, MCL_G1_BYTES, MCL_P256, type Mcl } from './mcl.ts'

const FIELD_BYTES = 32

/** secp256r1 by mcl. */
export async function loadMclP256(): Promise<P256> {
  const curve = new MclP256(await loadMcl(MCL_P256))
  return { verify: (input) => curve.verify(input) }
}

class MclP256 {
  readonly #mcl: Mcl
  readonly #field: MclField
  readonly #generator: number
  readonly #key: number
  readonly #u1: number
  readonly #u2: number
  readonly #w: number

  constructor(mcl: Mcl) {
    this.#mcl = mcl
    this.#field = new MclField(mcl, P256_FIELD_MODULUS, FIELD_BYTES)
    this.#generator = mcl.reserve(MCL_G1_BYTES)
    this.#key = mcl.reserve(MCL_G1_BYTES)
    this.#u1 = mcl.reserve(MCL_G1_BYTES)
    this.#u2 = mcl.reserve(MCL_G1_BYTES)
    this.#w = mcl.reserve(3 * MCL_FR_BYTES)
    const { x, y } = P256_GENERATOR
    this.#readPoint(this.#generator, fromBigInt(x, FIELD_BYTES), fromBigInt(y, FIELD_BYTES))
  }

  /** FIPS 186-5 section 6.4.2: x(h/s · G + r/s · Q) mod n = r. */
  verify(input: Uint8Array): boolean {
    const { call } = this.#mcl
    const r = toBigInt(input.subarray(32, 64))
    const s = toBigInt(input.subarray(64, 96))
    if (r === 0n || r >= P256_ORDER || s === 0n || s >= P256_ORDER) return false
    if (!this.#readPoint(this.#key, input.subarray(96, 128), input.subarray(128, 160))) return false
    const [w, h, rScalar] = [this.#w, this.#w + MCL_FR_BYTES, this.#w + 2 * MCL_FR_BYTES]
    this.#field.readScalar(w, input.subarray(64, 96))
    this.#field.readScalar(h, input.subarray(0, 32))
    this.#field.readScalar(rScalar, input.subarray(32, 64))
    call._mclBnFr_inv(w, w)
    call._mclBnFr_mul(h, h, w)
    call._mclBnFr_mul(rScalar, rScalar, w)
    call._mclBnG1_mul(this.#u1, this.#generator, h)
    call._mclBnG1_mul(this.#u2, this.#key, rScalar)
    call._mclBnG1_add(this.#u1, this.#u1, this.#u2)
    if (call._mclBnG1_isZero(this.#u1) === 1) return false
    call._mclBnG1_normalize(this.#u1, this.#u1)
    const x = new Uint8Array(FIELD_BYTES)
    this.#field.write(this.#u1, x, FIELD_BYTES)
    return toBigInt(x) % P256_ORDER === r
  }

  /** False when the coordinates are not below the modulus or not on the curve; (0, 0) is not on it. */
  #readPoint(pointer: number, x: Uint8Array, y: Uint8Array): boolean {
    if (!this.#field.read(pointer, x) || !this.#field.read(pointer + MCL_FP_BYTES, y)) return false
    this.#mcl.call._mclBnFp_setInt32(pointer + 2 * MCL_FP_BYTES, 1)
    return this.#mcl.call._mclBnG1_isValid(pointer) === 1
  }
}
