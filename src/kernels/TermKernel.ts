import { assert, copyInto } from '../lib/index.ts'
import { compileWasm } from './compileWasm.ts'
import { wasmBase64 } from './generated/terms.ts'

/**
 * Salted hashes of the terms of executed transactions (protocol/ExecutedTransactions.ts): tens of thousands a second pass
 * through the history's indexes.
 */
export class TermKernel {
  readonly #exports: TermExports
  readonly #input: Uint8Array
  readonly #output: Uint32Array

  /** @param words - of the hash: per place and byte 64 bits, place 0 the kind's; see SaltedHash of the history. */
  constructor(words: Uint32Array) {
    const kernel = new WebAssembly.Instance(compileWasm(wasmBase64)).exports as TermExports
    const { buffer } = kernel.memory
    const room = (kernel.inputOffset() - kernel.wordsOffset()) / 4
    assert(words.length <= room, 'the words of the hash have room')
    new Uint32Array(buffer, kernel.wordsOffset()).set(words)
    this.#exports = kernel
    this.#input = new Uint8Array(buffer, kernel.inputOffset(), kernel.inputLimit())
    this.#output = new Uint32Array(buffer, kernel.outputOffset())
  }

  /** Whether so many bytes of transactions have room. */
  takes(byteLength: number): boolean {
    return byteLength <= this.#input.length
  }

  /** Of the transactions' hashes: high and low 32 bits of each in turn. A view: it holds until the next call. */
  ofHashes(transactions: Uint8Array): Uint32Array {
    copyInto(this.#input, 0, transactions)
    return this.#output.subarray(0, 2 * this.#exports.hashHashes(transactions.length))
  }

  /** Of the addresses and topics of their logs, in order, likewise. */
  ofLogs(transactions: Uint8Array): Uint32Array {
    copyInto(this.#input, 0, transactions)
    return this.#output.subarray(0, 2 * this.#exports.hashLogs(transactions.length))
  }
}

/** Exports of assembly/terms.ts. */
type TermExports = {
  memory: WebAssembly.Memory
  wordsOffset(): number
  inputOffset(): number
  inputLimit(): number
  outputOffset(): number
  hashHashes(length: number): number
  hashLogs(length: number): number
}
