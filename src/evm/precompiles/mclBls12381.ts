import { hexToBytes, toBigInt } from '../../lib/index.ts'
import type { Bls12381, KzgClaim } from './curveArithmetic.ts'
import { BLS_FIELD_MODULUS, BLS_SCALAR_MODULUS } from './fields.ts'
import { BLS_G1_GENERATOR, BLS_G2_GENERATOR, KZG_SETUP_G2_TAU } from './kzgSetup.ts'
import { isZeros, MclField } from './MclField.ts'
import { MclPairing } from './MclPairing.ts'
import {
  loadMcl,
  MCL_BLS12_381,
  MCL_FP_BYTES,
  MCL_FR_BYTES,
  MCL_G1_BYTES,
  MCL_G2_BYTES,
  type Mcl,
} from './mcl.ts'

const FIELD_BYTES = 64
/** A field element's own bytes, at the end of its 64. */
const ELEMENT_BYTES = 48
const G1_BYTES = 128
const G2_BYTES = 256
const SCALAR_BYTES = 32
const PAIR_BYTES = G1_BYTES + G2_BYTES
const COMPRESSED_BYTES = 48

/** Points that one multi-scalar multiplication of the library takes; longer inputs are summed. */
const BATCH_POINTS = 128

/** Mapping by RFC 9380, MCL_MAP_TO_MODE_HASH_TO_CURVE_07. */
const MAP_MODE_RFC9380 = 5

/** BLS12-381 by mcl. */
export async function loadMclBls12381(): Promise<Bls12381> {
  const curve = new MclBls12381(await loadMcl(MCL_BLS12_381))
  return {
    g1Add: (input) => curve.g1Add(input),
    g2Add: (input) => curve.g2Add(input),
    g1Msm: (input) => curve.g1Msm(input),
    g2Msm: (input) => curve.g2Msm(input),
    pairingCheck: (input) => curve.pairingCheck(input),
    mapFpToG1: (input) => curve.mapFpToG1(input),
    mapFp2ToG2: (input) => curve.mapFp2ToG2(input),
    verifyKzgProof: (claim) => curve.verifyKzgProof(claim),
  }
}

class MclBls12381 {
  readonly #mcl: Mcl
  readonly #field: MclField
  readonly #pairing: MclPairing
  readonly #points: number
  readonly #scalars: number
  readonly #a: number
  readonly #b: number
  readonly #sum: number
  readonly #compressed: number
  #setup: { g1: number; g2: number; tau: number } | undefined

  constructor(mcl: Mcl) {
    this.#mcl = mcl
    mcl.call._mclBn_setETHserialization(1)
    mcl.call._mclBn_setMapToMode(MAP_MODE_RFC9380)
    this.#field = new MclField(mcl, BLS_FIELD_MODULUS, ELEMENT_BYTES)
    this.#pairing = new MclPairing(mcl)
    this.#points = mcl.reserve(BATCH_POINTS * MCL_G2_BYTES)
    this.#scalars = mcl.reserve(BATCH_POINTS * MCL_FR_BYTES)
    this.#a = mcl.reserve(MCL_G2_BYTES)
    this.#b = mcl.reserve(MCL_G2_BYTES)
    this.#sum = mcl.reserve(MCL_G2_BYTES)
    this.#compressed = mcl.reserve(2 * COMPRESSED_BYTES)
  }

  g1Add(input: Uint8Array): Uint8Array | undefined {
    if (!this.#readG1(this.#a, input)) return undefined
    if (!this.#readG1(this.#b, input.subarray(G1_BYTES))) return undefined
    this.#mcl.call._mclBnG1_add(this.#a, this.#a, this.#b)
    return this.#writeG1(this.#a)
  }

  g2Add(input: Uint8Array): Uint8Array | undefined {
    if (!this.#readG2(this.#a, input)) return undefined
    if (!this.#readG2(this.#b, input.subarray(G2_BYTES))) return undefined
    this.#mcl.call._mclBnG2_add(this.#a, this.#a, this.#b)
    return this.#writeG2(this.#a)
  }

  g1Msm(input: Uint8Array): Uint8Array | undefined {
    const { call } = this.#mcl
    call._mclBnG1_clear(this.#sum)
    const itemBytes = G1_BYTES + SCALAR_BYTES
    for (let offset = 0; offset < input.length; offset += BATCH_POINTS * itemBytes) {
      const items = input.subarray(offset, offset + BATCH_POINTS * itemBytes)
      const count = items.length / itemBytes
      for (let i = 0; i < count; i++) {
        const item = items.subarray(i * itemBytes, (i + 1) * itemBytes)
        const point = this.#points + i * MCL_G1_BYTES
        if (!this.#readG1(point, item) || call._mclBnG1_isValidOrder(point) !== 1) return undefined
        this.#field.readScalar(this.#scalars + i * MCL_FR_BYTES, item.subarray(G1_BYTES))
      }
      call._mclBnG1_mulVec(this.#a, this.#points, this.#scalars, count)
      call._mclBnG1_add(this.#sum, this.#sum, this.#a)
    }
    return this.#writeG1(this.#sum)
  }

  g2Msm(input: Uint8Array): Uint8Array | undefined {
    const { call } = this.#mcl
    call._mclBnG2_clear(this.#sum)
    const itemBytes = G2_BYTES + SCALAR_BYTES
    for (let offset = 0; offset < input.length; offset += BATCH_POINTS * itemBytes) {
      const items = input.subarray(offset, offset + BATCH_POINTS * itemBytes)
      const count = items.length / itemBytes
      for (let i = 0; i < count; i++) {
        const item = items.subarray(i * itemBytes, (i + 1) * itemBytes)
        const point = this.#points + i * MCL_G2_BYTES
        if (!this.#readG2(point, item) || call._mclBnG2_isValidOrder(point) !== 1) return undefined
        this.#field.readScalar(this.#scalars + i * MCL_FR_BYTES, item.subarray(G2_BYTES))
      }
      call._mclBnG2_mulVec(this.#a, this.#points, this.#scalars, count)
      call._mclBnG2_add(this.#sum, this.#sum, this.#a)
    }
    return this.#writeG2(this.#sum)
  }

  pairingCheck(input: Uint8Array): boolean | undefined {
    const { call } = this.#mcl
    this.#pairing.begin()
    for (let offset = 0; offset < input.length; offset += PAIR_BYTES) {
      const pair = input.subarray(offset, offset + PAIR_BYTES)
      if (!this.#readG1(this.#a, pair) || call._mclBnG1_isValidOrder(this.#a) !== 1) return undefined
      if (!this.#readG2(this.#b, pair.subarray(G1_BYTES))) return undefined
      if (call._mclBnG2_isValidOrder(this.#b) !== 1) return undefined
      this.#pairing.add(this.#a, this.#b)
    }
    return this.#pairing.isOne()
  }

  mapFpToG1(input: Uint8Array): Uint8Array | undefined {
    if (!this.#readElement(this.#a, input, 0)) return undefined
    this.#mcl.call._mclBnFp_mapToG1(this.#b, this.#a)
    return this.#writeG1(this.#b)
  }

  mapFp2ToG2(input: Uint8Array): Uint8Array | undefined {
    if (!this.#readElement(this.#a, input, 0)) return undefined
    if (!this.#readElement(this.#a + MCL_FP_BYTES, input, 1)) return undefined
    this.#mcl.call._mclBnFp2_mapToG2(this.#b, this.#a)
    return this.#writeG2(this.#b)
  }

  /** e(C - y·G1 + z·proof, G2) · e(-proof, τ·G2) = 1; see the twin in nobleBls12381. */
  verifyKzgProof(claim: KzgClaim): boolean | undefined {
    if (toBigInt(claim.z) >= BLS_SCALAR_MODULUS || toBigInt(claim.y) >= BLS_SCALAR_MODULUS) return undefined
    const { call } = this.#mcl
    const setup = this.#kzgSetup()
    const [generator, proof] = [this.#points, this.#points + MCL_G1_BYTES]
    if (!this.#decompressG1(this.#a, claim.commitment) || !this.#decompressG1(proof, claim.proof))
      return undefined
    this.#mcl.memory().copyWithin(generator, setup.g1, setup.g1 + MCL_G1_BYTES)
    this.#field.readScalar(this.#scalars, claim.y)
    call._mclBnFr_neg(this.#scalars, this.#scalars)
    this.#field.readScalar(this.#scalars + MCL_FR_BYTES, claim.z)
    call._mclBnG1_neg(this.#b, proof)
    call._mclBnG1_mulVec(this.#sum, this.#points, this.#scalars, 2)
    call._mclBnG1_add(this.#sum, this.#sum, this.#a)
    this.#pairing.begin()
    this.#pairing.add(this.#sum, setup.g2)
    this.#pairing.add(this.#b, setup.tau)
    return this.#pairing.isOne()
  }

  #kzgSetup(): { g1: number; g2: number; tau: number } {
    if (this.#setup !== undefined) return this.#setup
    const g1 = this.#mcl.reserve(MCL_G1_BYTES)
    const g2 = this.#mcl.reserve(MCL_G2_BYTES)
    const tau = this.#mcl.reserve(MCL_G2_BYTES)
    const { call } = this.#mcl
    this.#decompressG1(g1, hexToBytes(BLS_G1_GENERATOR))
    for (const [pointer, hex] of [[g2, BLS_G2_GENERATOR] as const, [tau, KZG_SETUP_G2_TAU] as const]) {
      this.#mcl.memory().set(hexToBytes(hex), this.#compressed)
      call._mclBnG2_deserialize(pointer, this.#compressed, 2 * COMPRESSED_BYTES)
    }
    this.#setup = { g1, g2, tau }
    return this.#setup
  }

  /** A compressed point of the subgroup; false for any other encoding. */
  #decompressG1(pointer: number, bytes: Uint8Array): boolean {
    const { call } = this.#mcl
    if (bytes[0] === INFINITY_FLAGS && isZeros(bytes.subarray(1))) {
      call._mclBnG1_clear(pointer)
      return true
    }
    if ((bytes[0]! & INFINITY_FLAGS) !== COMPRESSED_FLAG) return false
    this.#mcl.memory().set(bytes, this.#compressed)
    const size = call._mclBnG1_deserialize(pointer, this.#compressed, COMPRESSED_BYTES)
    return size === COMPRESSED_BYTES && call._mclBnG1_isValidOrder(pointer) === 1
  }

  #readElement(pointer: number, input: Uint8Array, index: number): boolean {
    const start = index * FIELD_BYTES
    const valueStart = start + FIELD_BYTES - ELEMENT_BYTES
    if (!isZeros(input.subarray(start, valueStart))) return false
    return this.#field.read(pointer, input.subarray(valueStart, start + FIELD_BYTES))
  }

  #readG1(pointer: number, input: Uint8Array): boolean {
    const { call } = this.#mcl
    if (isZeros(input.subarray(0, G1_BYTES))) {
      call._mclBnG1_clear(pointer)
      return true
    }
    for (let i = 0; i < 2; i++) if (!this.#readElement(pointer + i * MCL_FP_BYTES, input, i)) return false
    call._mclBnFp_setInt32(pointer + 2 * MCL_FP_BYTES, 1)
    return call._mclBnG1_isValid(pointer) === 1
  }

  #readG2(pointer: number, input: Uint8Array): boolean {
    const { call } = this.#mcl
    if (isZeros(input.subarray(0, G2_BYTES))) {
      call._mclBnG2_clear(pointer)
      return true
    }
    for (let i = 0; i < 4; i++) if (!this.#readElement(pointer + i * MCL_FP_BYTES, input, i)) return false
    call._mclBnFp_setInt32(pointer + 4 * MCL_FP_BYTES, 1)
    call._mclBnFp_clear(pointer + 5 * MCL_FP_BYTES)
    return call._mclBnG2_isValid(pointer) === 1
  }

  #writeG1(pointer: number): Uint8Array {
    const output = new Uint8Array(G1_BYTES)
    if (this.#mcl.call._mclBnG1_isZero(pointer) === 1) return output
    this.#mcl.call._mclBnG1_normalize(pointer, pointer)
    for (let i = 0; i < 2; i++) this.#field.write(pointer + i * MCL_FP_BYTES, output, (i + 1) * FIELD_BYTES)
    return output
  }

  #writeG2(pointer: number): Uint8Array {
    const output = new Uint8Array(G2_BYTES)
    if (this.#mcl.call._mclBnG2_isZero(pointer) === 1) return output
    this.#mcl.call._mclBnG2_normalize(pointer, pointer)
    for (let i = 0; i < 4; i++) this.#field.write(pointer + i * MCL_FP_BYTES, output, (i + 1) * FIELD_BYTES)
    return output
  }
}

/** Compressed encoding: bit 7 of the first byte says compressed, bit 6 infinity, bit 5 the sign of y. */
const COMPRESSED_FLAG = 0x80
const INFINITY_FLAGS = 0xc0
