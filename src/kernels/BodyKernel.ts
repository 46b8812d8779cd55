import { copyInto } from '../lib/index.ts'
import { compileWasm } from './compileWasm.ts'
import { wasmBase64 } from './generated/body.ts'
import { reservedMemory, WASM_PAGE_BYTES } from './webAssembly.ts'

/** As `--initialMemory` says, in bytes. */
const FIRST_BYTES = 16 * WASM_PAGE_BYTES
const ADDRESS_BYTES = 20
const SLOT_NAME_BYTES = 52
const OLD_ACCOUNT_BYTES = 72

/** What the kernel asks while it reads a chunk. Byte arrays are views of its memory. */
export type BodyHost = {
  /** The body is refused: a number of assembly/body/failure.ts. */
  fail(reason: number): never
  /** Addresses of 20 bytes each; writes nonce 8 · balance 32 · codeHash 32 of each, integers big-endian. */
  readAccounts(addresses: Uint8Array, target: Uint8Array): void
  /** Slots, contract 20 · key 32 each; writes 32 bytes of each. */
  readSlots(names: Uint8Array, target: Uint8Array): void
}

/** Bytes of one column of a body. */
type Column = { bytes: Uint8Array; at: number; end: number }

/**
 * Reads the chunks of bodies (docs/spec/mini-block.md): the dictionary and all that is remembered with it is in its memory.
 * Whoever begins a dictionary takes it over from whom it served before.
 */
export class BodyKernel {
  readonly bytes: Uint8Array
  readonly #exports: BodyExports
  readonly #cursors: Uint32Array
  #host: BodyHost | undefined

  constructor() {
    const memory = reservedMemory(FIRST_BYTES)
    this.#exports = new WebAssembly.Instance(compileWasm(wasmBase64), {
      env: { memory },
      host: {
        fail: (reason: number) => this.#host!.fail(reason),
        readAccounts: (from: number, count: number, to: number) =>
          this.#host!.readAccounts(
            this.#view(from, count * ADDRESS_BYTES),
            this.#view(to, count * OLD_ACCOUNT_BYTES),
          ),
        readSlots: (from: number, count: number, to: number) =>
          this.#host!.readSlots(this.#view(from, count * SLOT_NAME_BYTES), this.#view(to, count * 32)),
      },
    }).exports as BodyExports
    memory.grow(Math.ceil(this.#exports.memoryBytes() / WASM_PAGE_BYTES) - FIRST_BYTES / WASM_PAGE_BYTES)
    this.bytes = new Uint8Array(memory.buffer)
    this.#cursors = new Uint32Array(memory.buffer, this.#exports.cursorsAddress())
  }

  beginDictionary(): void {
    this.#exports.beginDictionary()
  }

  /**
   * Copies the columns of a body, all together at most 256 MiB. Where each stands then is told by its cursor.
   *
   * @param host - is asked until the next body begins.
   */
  beginBody(columns: readonly Column[], host: BodyHost): void {
    this.#host = host
    let to = this.#exports.columnsAddress()
    for (const [i, { bytes, at, end }] of columns.entries()) {
      copyInto(this.bytes, to, bytes.subarray(at, end))
      this.#cursors[2 * i] = to
      to += end - at
      this.#cursors[2 * i + 1] = to
    }
    this.#exports.beginBody()
  }

  /** Where column `i` is read next, and where it ends. */
  cursor(i: number): { at: number; end: number } {
    return { at: this.#cursors[2 * i]!, end: this.#cursors[2 * i + 1]! }
  }

  moveCursor(i: number, at: number): void {
    this.#cursors[2 * i] = at
  }

  /** @param baseFee - 32 bytes; `coinbase`: its number among the addresses, -1: none. */
  openBlock(baseFee: Uint8Array, coinbase: number): void {
    this.bytes.set(baseFee, this.#exports.baseFeeAddress())
    this.#exports.openBlock(coinbase)
  }

  /**
   * Reads the next chunk; its number, index and count as its head says. Returns its payload, a view that holds until the
   * next call, and where in it each transaction begins, and behind these where the last one ends.
   */
  readChunk(
    miniBlockNumber: bigint,
    firstTransactionIndex: number,
    count: number,
  ): { payload: Uint8Array; starts: Uint32Array } {
    const length = this.#exports.readChunk(miniBlockNumber, firstTransactionIndex, count)
    return { payload: this.#view(this.#exports.outputAddress(), length), starts: this.#starts(count) }
  }

  /** Reads the next chunk's transactions only: their bytes, a view likewise, and where in it each begins. */
  readTransactions(count: number): { bytes: Uint8Array; starts: Uint32Array } {
    const length = this.#exports.readTransactions(count)
    return { bytes: this.#view(this.#exports.outputAddress(), length), starts: this.#starts(count) }
  }

  /** Takes of the body's diffs what the dictionary gets from them. */
  skipDiffs(): void {
    this.#exports.skipDiffs()
  }

  /** Of the block so far. */
  get cumulativeGas(): number {
    return this.#exports.getCumulativeGas()
  }

  set cumulativeGas(gas: number) {
    this.#exports.setCumulativeGas(gas)
  }

  get addressCount(): number {
    return this.#exports.countAddresses()
  }

  /** A view. */
  address(id: number): Uint8Array {
    return this.#view(this.#exports.addressAddress(id), ADDRESS_BYTES)
  }

  /** Adds an address of 20 bytes to the dictionary; its number. */
  addAddress(address: Uint8Array): number {
    const at = this.#exports.exchangeAddress()
    this.bytes.set(address, at)
    return this.#exports.addAddress(at)
  }

  #starts(count: number): Uint32Array {
    return new Uint32Array(this.bytes.buffer, this.#exports.startsAddress(), count + 1).slice()
  }

  #view(at: number, length: number): Uint8Array {
    return this.bytes.subarray(at, at + length)
  }
}

/** Exports of assembly/body/kernel.ts. Addresses are below 2 GiB. */
type BodyExports = {
  memoryBytes(): number
  cursorsAddress(): number
  columnsAddress(): number
  baseFeeAddress(): number
  exchangeAddress(): number
  outputAddress(): number
  startsAddress(): number
  beginDictionary(): void
  beginBody(): void
  openBlock(coinbase: number): void
  readChunk(miniBlockNumber: bigint, firstTransactionIndex: number, count: number): number
  readTransactions(count: number): number
  skipDiffs(): void
  getCumulativeGas(): number
  setCumulativeGas(gas: number): void
  countAddresses(): number
  addressAddress(id: number): number
  addAddress(at: number): number
}
