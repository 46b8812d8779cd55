import { ACCOUNT, CELL, type EngineKernel, FRAME, SLOT } from '../../kernels/index.ts'
import { EMPTY_BYTES } from '../../lib/index.ts'
import { readWord, readWordBytes, writeWordBytes } from './words.ts'

/** Bytes of the kernel's input region that are nobody's input: see INPUT_RESERVE in kernels/EngineKernel.ts. */
const ROOM_BYTES = 512

/** `exists` like in geth: also one that the running transaction has made. */
export type ProbedAccount = {
  exists: boolean
  nonce: bigint
  balance: bigint
  codeHash: Uint8Array | undefined
}

const NO_ACCOUNT: ProbedAccount = { exists: false, nonce: 0n, balance: 0n, codeHash: undefined }

/** Reads the engine's state in the middle of a transaction, whose input it leaves alone. */
export class StateProbe {
  readonly #kernel: EngineKernel
  readonly #room: number

  constructor(kernel: EngineKernel) {
    this.#kernel = kernel
    this.#room = kernel.input + kernel.inputLimit - ROOM_BYTES
  }

  /** Without code hash where it has no code. */
  account(address: Uint8Array): ProbedAccount {
    const record = this.#accountRecord(address)
    if (record === 0) return NO_ACCOUNT
    const { view } = this.#kernel
    const nonce = view.getBigUint64(record + ACCOUNT.nonce, true)
    const balance = readWord(view, record + ACCOUNT.balance)
    const codeId = view.getUint32(record + ACCOUNT.codeId, true)
    const codeHash = codeId === 0 ? undefined : this.#kernel.codeOf(codeId)!.codeHash.slice()
    const isMarked = (view.getUint32(record + ACCOUNT.flags, true) & ACCOUNT.flagExists) !== 0
    return { exists: isMarked || nonce !== 0n || balance !== 0n || codeId !== 0, nonce, balance, codeHash }
  }

  code(address: Uint8Array): Uint8Array {
    const record = this.#accountRecord(address)
    const codeId = record === 0 ? 0 : this.#kernel.view.getUint32(record + ACCOUNT.codeId, true)
    return codeId === 0 ? EMPTY_BYTES : this.#kernel.codeOf(codeId)!.code.slice()
  }

  /** 32 bytes. */
  storage(address: Uint8Array, key: Uint8Array): Uint8Array {
    const account = this.#accountRecord(address)
    if (account === 0) return new Uint8Array(32)
    const { view, bytes, exports } = this.#kernel
    writeWordBytes(bytes, this.#room, key)
    const storageId = view.getUint32(account + ACCOUNT.storageId, true)
    const slot = exports.findSlotRecord(storageId, this.#room) >>> 0
    return slot === 0 ? new Uint8Array(32) : readWordBytes(view, slot + SLOT.value)
  }

  /** Whether an account is warm (EIP-2929); precompiles aside. `word`: where its address is on the stack. */
  isWarmAccount(word: number): boolean {
    const { bytes, view } = this.#kernel
    // The word may have bits beyond the address.
    bytes.copyWithin(this.#room, word, word + 20)
    const record = this.#recordInRoom()
    return record !== 0 && view.getUint32(record + ACCOUNT.warm, true) === this.#kernel.getU32(CELL.serial)
  }

  /** Whether a slot of the frame's account is warm. `word`: where its key is on the stack. */
  isWarmSlot(frame: number, word: number): boolean {
    const record = this.#slotRecord(frame, word)
    const { view } = this.#kernel
    return record !== 0 && view.getUint32(record + SLOT.warm, true) === this.#kernel.getU32(CELL.serial)
  }

  /** A slot's value now and at the transaction's start. */
  slotValues(frame: number, word: number): { current: bigint; original: bigint } {
    const { view } = this.#kernel
    const record = this.#slotRecord(frame, word)
    if (record === 0) return { current: 0n, original: 0n }
    const current = readWord(view, record + SLOT.value)
    const isChanged = view.getUint32(record + SLOT.originalSerial, true) === this.#kernel.getU32(CELL.serial)
    return { current, original: isChanged ? readWord(view, record + SLOT.original) : current }
  }

  #accountRecord(address: Uint8Array): number {
    writeWordBytes(this.#kernel.bytes, this.#room, address)
    return this.#recordInRoom()
  }

  #recordInRoom(): number {
    this.#kernel.bytes.fill(0, this.#room + 20, this.#room + 32)
    return this.#kernel.exports.findAccountRecord(this.#room) >>> 0
  }

  #slotRecord(frame: number, word: number): number {
    const storageId = this.#kernel.view.getUint32(frame + FRAME.storageId, true)
    return this.#kernel.exports.findSlotRecord(storageId, word) >>> 0
  }
}
