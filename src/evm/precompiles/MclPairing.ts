import { MCL_G1_BYTES, MCL_G2_BYTES, MCL_GT_BYTES, type Mcl } from './mcl.ts'

/** Pairs whose Miller loops run together; more only need more memory. */
const BATCH_PAIRS = 32

/** Whether a product of pairings is one, pair by pair, in memory of fixed size. */
export class MclPairing {
  readonly #mcl: Mcl
  readonly #g1: number
  readonly #g2: number
  readonly #product: number
  readonly #batch: number
  #count = 0
  #isEmpty = true

  constructor(mcl: Mcl) {
    this.#mcl = mcl
    this.#g1 = mcl.reserve(BATCH_PAIRS * MCL_G1_BYTES)
    this.#g2 = mcl.reserve(BATCH_PAIRS * MCL_G2_BYTES)
    this.#product = mcl.reserve(MCL_GT_BYTES)
    this.#batch = mcl.reserve(MCL_GT_BYTES)
  }

  begin(): void {
    this.#count = 0
    this.#isEmpty = true
  }

  /** Multiplies by the pairing of the points at two pointers, which are copied. */
  add(g1: number, g2: number): void {
    const { call } = this.#mcl
    // A pairing with infinity is one.
    if (call._mclBnG1_isZero(g1) === 1 || call._mclBnG2_isZero(g2) === 1) return
    const memory = this.#mcl.memory()
    memory.copyWithin(this.#g1 + this.#count * MCL_G1_BYTES, g1, g1 + MCL_G1_BYTES)
    memory.copyWithin(this.#g2 + this.#count * MCL_G2_BYTES, g2, g2 + MCL_G2_BYTES)
    this.#count++
    if (this.#count === BATCH_PAIRS) this.#flush()
  }

  isOne(): boolean {
    this.#flush()
    if (this.#isEmpty) return true
    this.#mcl.call._mclBn_finalExp(this.#product, this.#product)
    return this.#mcl.call._mclBnGT_isOne(this.#product) === 1
  }

  #flush(): void {
    if (this.#count === 0) return
    const { call } = this.#mcl
    const target = this.#isEmpty ? this.#product : this.#batch
    call._mclBn_millerLoopVec(target, this.#g1, this.#g2, this.#count)
    if (!this.#isEmpty) call._mclBnGT_mul(this.#product, this.#product, this.#batch)
    this.#isEmpty = false
    this.#count = 0
  }
}
