import { copyInto } from '../lib/index.ts'
import { compileWasm } from './compileWasm.ts'
import { wasmBase64 } from './generated/recovery.ts'

/**
 * What signature recovery needs of a transaction beside the curve: decoding, checks and hashes, without an object or a
 * BigInt. It takes the usual transaction only (a call of type 0, 1 or 2 that passes every check); who gets "no" asks the
 * readable path.
 *
 * The byte strings are views of the kernel's memory and stay where they are: the curve's library reads and writes them.
 */
export class RecoveryKernel {
  /** r ‖ s of the transaction that was taken, 64 bytes, both in range, s low. */
  readonly signature: Uint8Array
  /** What its sender signed, 32 bytes. */
  readonly signingHash: Uint8Array
  /** Its hash, 32 bytes. */
  readonly hash: Uint8Array
  /** To be written by the caller: the signer's key, 65 bytes, uncompressed. */
  readonly publicKey: Uint8Array
  /** 20 bytes, after {@link RecoveryKernel.hashKey}. */
  readonly address: Uint8Array
  readonly #exports: RecoveryExports
  readonly #raw: Uint8Array

  constructor() {
    const kernel = new WebAssembly.Instance(compileWasm(wasmBase64)).exports as RecoveryExports
    const { buffer } = kernel.memory
    this.#exports = kernel
    this.#raw = new Uint8Array(buffer, kernel.rawOffset(), kernel.rawLimit())
    this.signature = new Uint8Array(buffer, kernel.signatureOffset(), 64)
    this.signingHash = new Uint8Array(buffer, kernel.signingHashOffset(), 32)
    this.hash = new Uint8Array(buffer, kernel.hashOffset(), 32)
    this.publicKey = new Uint8Array(buffer, kernel.publicKeyOffset(), 65)
    this.address = new Uint8Array(buffer, kernel.addressOffset(), 20)
  }

  /**
   * @param gasCap - most gas that a transaction may ask for.
   * @param forkIndex - place in the list of forks, Shanghai 0.
   */
  setRules(chainId: bigint, gasCap: bigint, forkIndex: number): void {
    this.#exports.setRules(chainId, gasCap, forkIndex)
  }

  /** Takes a usual transaction and returns the parity of its signature, 0 or 1; -1 for any other. */
  take(raw: Uint8Array): number {
    if (raw.length > this.#raw.length) return -1
    copyInto(this.#raw, 0, raw)
    return this.#exports.prepare(raw.length)
  }

  /** Makes `address` that of `publicKey`. */
  hashKey(): void {
    this.#exports.hashKey()
  }
}

/** Exports of assembly/recovery.ts. */
type RecoveryExports = {
  memory: WebAssembly.Memory
  rawOffset(): number
  rawLimit(): number
  signatureOffset(): number
  signingHashOffset(): number
  hashOffset(): number
  publicKeyOffset(): number
  addressOffset(): number
  setRules(chainId: bigint, gasCap: bigint, forkIndex: number): void
  prepare(length: number): number
  hashKey(): void
}
