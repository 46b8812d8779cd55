import { assert } from '../lib/index.ts'
import { compileWasm } from './compileWasm.ts'
import { wasmBase64 } from './generated/terms.ts'

/**
 * Salted hashes of the terms of executed transactions (protocol/ExecutedTransactions.ts): tens of thousands a second pass
 * through the history's indexes.
 */
export class TermKernel {
  /** Where transactions are written that are to be hashed. It stays where it is. */
  readonly input: Uint8Array
  readonly #exports: TermExports
  readonly #output: Uint32Array

  /** @param words - of the hash: per place and byte 64 bits, place 0 the kind's; see SaltedHash of the history. */
  constructor(words: Uint32Array) {
    const kernel = new WebAssembly.Instance(compileWasm(wasmBase64)).exports as TermExports
    const { buffer } = kernel.memory
    const room = (kernel.inputOffset() - kernel.wordsOffset()) / 4
    assert(words.length <= room, 'the words of the hash have room')
    new Uint32Array(buffer, kernel.wordsOffset()).set(words)
    this.#exports = kernel
    this.input = new Uint8Array(buffer, kernel.inputOffset(), kernel.inputBytes())
    this.#output = new Uint32Array(buffer, kernel.outputOffset())
  }

  /** Most bytes of transactions that {@link TermKernel.hash} takes. */
  get limit(): number {
    return this.#exports.runLimit()
  }

  /**
   * Hashes the terms of the transactions that stand in {@link TermKernel.input} from `at` on: high and low 32 bits of each
   * in turn. First their hashes, one each, then the addresses and topics of their logs, in order. A view: it holds until
   * the next call.
   */
  hash(at: number, length: number): Uint32Array {
    return this.#output.subarray(0, 2 * this.#exports.hashTerms(this.input.byteOffset + at, length))
  }

  /** Logs of the transactions that were hashed last. */
  get logCount(): number {
    return this.#exports.logCount()
  }
}

/** Exports of assembly/terms.ts. */
type TermExports = {
  memory: WebAssembly.Memory
  wordsOffset(): number
  inputOffset(): number
  inputBytes(): number
  runLimit(): number
  outputOffset(): number
  hashTerms(at: number, length: number): number
  logCount(): number
}
