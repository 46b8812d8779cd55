import { CELL, type EngineKernel, FRAME } from '../../kernels/index.ts'
import { readAddress, readWord, readWordBytes } from './words.ts'

const WORD_BYTES = 32
/** Each depth's stack begins at a multiple of it (kernels/assembly/layout.ts). */
const STACK_BYTES = 65_536

/**
 * The instruction that is executed next: reads the kernel's memory, so it is only valid until the kernel goes on. Made once
 * and used for all.
 */
export class Step {
  /** Address of the frame in the kernel's memory. */
  frame = 0
  pc = 0
  opcode = 0
  gas = 0n
  /** 1 for the message's own frame, as geth counts here. */
  depth = 0
  /** Address behind the top of the stack. */
  top = 0
  readonly #kernel: EngineKernel

  constructor(kernel: EngineKernel) {
    this.#kernel = kernel
  }

  /** Words on the stack. */
  get stackLength(): number {
    return (this.top % STACK_BYTES) / WORD_BYTES
  }

  /** Address of a word on the stack, counted from the top, which is 0. */
  wordAt(index: number): number {
    return this.top - (index + 1) * WORD_BYTES
  }

  word(index: number): bigint {
    return readWord(this.#kernel.view, this.wordAt(index))
  }

  wordBytes(index: number): Uint8Array {
    return readWordBytes(this.#kernel.view, this.wordAt(index))
  }

  addressWord(index: number): Uint8Array {
    return readAddress(this.#kernel.bytes, this.wordAt(index))
  }

  /** Of the account whose storage it is. */
  get address(): Uint8Array {
    return readAddress(this.#kernel.bytes, this.frame + FRAME.address)
  }

  /** That runs; a view. */
  get code(): Uint8Array {
    const { view, bytes } = this.#kernel
    const at = view.getUint32(this.frame + FRAME.code, true)
    return bytes.subarray(at, at + view.getUint32(this.frame + FRAME.codeLength, true))
  }

  get isStatic(): boolean {
    return this.#kernel.view.getUint32(this.frame + FRAME.isStatic, true) !== 0
  }

  /** Bytes of EVM memory before the instruction. */
  get memorySize(): number {
    return this.#kernel.getU32(CELL.traceMemorySize)
  }

  /** A view. */
  get memory(): Uint8Array {
    const at = this.#kernel.view.getUint32(this.frame + FRAME.memory, true)
    return this.#kernel.bytes.subarray(at, at + this.memorySize)
  }

  get refund(): bigint {
    return BigInt.asIntN(64, this.#kernel.getU64(CELL.traceRefund))
  }

  /** Gas that the frame has now, once it has gone on. */
  get gasAfter(): bigint {
    return this.#kernel.view.getBigInt64(this.frame + FRAME.gas, true)
  }

  get returnDataLength(): number {
    return this.#kernel.getU32(CELL.traceReturnLength)
  }
}
