import { getRandomValues } from 'node:crypto'
import { createRequire } from 'node:module'
import { assert } from '../../lib/index.ts'

/**
 * One instance of the WebAssembly build of mcl (npm `mcl-wasm`), which computes on one curve. Its wrapper classes are
 * left aside: they hold one curve a process and allocate per operation. Pointers are byte offsets in its memory.
 */
export type Mcl = {
  call: MclFunctions
  /** Reserves memory for good. */
  reserve(bytes: number): number
  /** A view of its memory, to be used before the next call: growth detaches it. */
  memory(): Uint8Array
}

/** Sizes of its structures, the same for every curve: a field element takes 48 bytes, a point three coordinates. */
export const MCL_FP_BYTES = 48
export const MCL_FR_BYTES = 32
export const MCL_G1_BYTES = 144
export const MCL_G2_BYTES = 288
export const MCL_GT_BYTES = 576

/** Curve numbers of mcl's interface. */
export const MCL_BN254 = 4
export const MCL_BLS12_381 = 5
export const MCL_P256 = 107

/** Functions of mcl's C interface (mcl/bn.h); points and elements are pointers, results come first. */
export type MclFunctions = {
  _mclBn_init(curve: number, compiledTimeVariable: number): number
  _mclBn_verifyOrderG1(verify: number): void
  _mclBn_verifyOrderG2(verify: number): void
  _mclBn_setETHserialization(enable: number): void
  _mclBn_setMapToMode(mode: number): number
  _mclBnFp_setBigEndianMod(x: number, buffer: number, size: number): number
  _mclBnFp_getLittleEndian(buffer: number, size: number, x: number): number
  _mclBnFp_setInt32(x: number, value: number): void
  _mclBnFp_clear(x: number): void
  _mclBnFp_mapToG1(point: number, x: number): number
  _mclBnFp2_mapToG2(point: number, x: number): number
  _mclBnFr_setBigEndianMod(x: number, buffer: number, size: number): number
  _mclBnFr_isZero(x: number): number
  _mclBnFr_inv(z: number, x: number): void
  _mclBnFr_mul(z: number, x: number, y: number): void
  _mclBnFr_neg(z: number, x: number): void
  _mclBnG1_isValid(x: number): number
  _mclBnG1_isValidOrder(x: number): number
  _mclBnG1_isZero(x: number): number
  _mclBnG1_clear(x: number): void
  _mclBnG1_add(z: number, x: number, y: number): void
  _mclBnG1_neg(z: number, x: number): void
  _mclBnG1_mul(z: number, x: number, scalar: number): void
  _mclBnG1_mulVec(z: number, points: number, scalars: number, count: number): void
  _mclBnG1_normalize(z: number, x: number): void
  _mclBnG1_deserialize(x: number, buffer: number, size: number): number
  _mclBnG2_isValid(x: number): number
  _mclBnG2_isValidOrder(x: number): number
  _mclBnG2_isZero(x: number): number
  _mclBnG2_clear(x: number): void
  _mclBnG2_add(z: number, x: number, y: number): void
  _mclBnG2_mulVec(z: number, points: number, scalars: number, count: number): void
  _mclBnG2_normalize(z: number, x: number): void
  _mclBnG2_deserialize(x: number, buffer: number, size: number): number
  _mclBn_millerLoopVec(z: number, g1: number, g2: number, count: number): void
  _mclBn_finalExp(z: number, x: number): void
  _mclBnGT_isOne(x: number): number
  _mclBnGT_mul(z: number, x: number, y: number): void
  _mclBnGT_setInt32(x: number, value: number): void
}

/** Compiles and starts an instance for one curve (tens of milliseconds, mostly off this thread). */
export async function loadMcl(curve: number): Promise<Mcl> {
  const createModule = createRequire(import.meta.url)('mcl-wasm/dist/mcl_c.js') as MclFactory
  const module = await createModule({ cryptoGetRandomValues: (bytes) => getRandomValues(bytes) })
  const status = module._mclBn_init(curve, MCL_COMPILED_TIME_VARIABLE)
  assert(status === 0, `mcl does not know curve ${curve}`)
  // Whether a point must be in the subgroup is asked per precompile.
  module._mclBn_verifyOrderG1(0)
  module._mclBn_verifyOrderG2(0)
  return {
    call: module,
    reserve(bytes) {
      const pointer = module._malloc(bytes)
      assert(pointer !== 0, 'mcl has no memory left')
      return pointer
    },
    memory: () => new Uint8Array(module.wasmMemory.buffer),
  }
}

/** Proves to the library that caller and build agree on the sizes: 10 · scalar words + field words (bn.h). */
const MCL_COMPILED_TIME_VARIABLE = 46

type MclFactory = (options: {
  cryptoGetRandomValues(bytes: Uint8Array<ArrayBuffer>): void
}) => Promise<MclFunctions & { _malloc(bytes: number): number; wasmMemory: { buffer: ArrayBuffer } }>
