import type { BodyKernel } from '../../kernels/index.ts'
import { BASE_FEE_AT, type BlockPlace } from './plainRecords.ts'

const NO_BASE_FEE: Uint8Array = new Uint8Array(32)

/** Where in the chain a kernel's dictionary is, which begins with it. */
export class KernelPlace implements BlockPlace {
  readonly addresses: BlockPlace['addresses']
  readonly #kernel: BodyKernel
  openBlock: Uint8Array | undefined
  seal: Uint8Array | undefined
  coinbase = -1
  transactionIndex = 0
  gasAtSeal = 0
  miniBlockTransactions = 0
  /** The openBlock that the kernel knows. */
  #told: Uint8Array | undefined

  constructor(kernel: BodyKernel) {
    this.#kernel = kernel
    kernel.beginDictionary()
    kernel.openBlock(NO_BASE_FEE, -1)
    this.addresses = {
      get count() {
        return kernel.addressCount
      },
      address: (id) => kernel.address(id),
      add: (source, at) => kernel.addAddress(source.subarray(at, at + 20)),
    }
  }

  get cumulativeGas(): number {
    return this.#kernel.cumulativeGas
  }

  set cumulativeGas(gas: number) {
    this.#kernel.cumulativeGas = gas
  }

  /** Tells the kernel of the block in which the next chunk is. */
  tellBlock(): void {
    const { openBlock } = this
    if (openBlock === undefined || openBlock === this.#told) return
    this.#told = openBlock
    this.#kernel.openBlock(openBlock.subarray(BASE_FEE_AT, BASE_FEE_AT + 32), this.coinbase)
  }
}
