import { assert, EMPTY_BYTES } from '../lib/index.ts'
import { keccak256 } from './keccak.ts'

/**
 * A state that a lazy engine stands on: it is asked when the engine first meets an account, slot or code, in the midst of
 * execution. Must not use that engine, and must give the same answers until {@link Engine.rebase}. What it throws ends the
 * execution and comes out of it. Addresses are 20 bytes, keys, values and hashes 32, all big-endian; the engine's own
 * copies, which may be kept.
 */
export type StateBase = {
  account(address: Uint8Array): BaseAccount | undefined
  /** Zero where nothing is stored. */
  slot(address: Uint8Array, key: Uint8Array): Uint8Array
  /** The code of an account that it has given. */
  code(codeHash: Uint8Array): Uint8Array
}

export type BaseAccount = {
  nonce: bigint
  balance: bigint
  codeHash: Uint8Array
  /**
   * Whether some of its slots are not zero. Where it is not given: what has a nonce or code may have, nothing else has. Only
   * a genesis makes accounts that have storage alone (EIP-7610).
   */
  hasStorage?: boolean
}

/**
 * What a base throws to say that it can't give what a transaction reads: the transaction is refused with the message then,
 * and has changed nothing.
 */
export class BaseUnavailableError extends Error {
  override readonly name = 'BaseUnavailableError'
}

/** Offsets in an account as the kernel reads it (assembly/lazyState.ts). */
const BALANCE = 8
const CODE_HASH = 40
const HAS_STORAGE = 72

const EMPTY_CODE_HASH = keccak256(EMPTY_BYTES)

/** The kernel's memory, once it is there. */
type KernelMemory = { bytes: Uint8Array; view: DataView; copy(address: number, length: number): Uint8Array }

/** What an engine kernel imports as `state`. */
export function stateImports(
  current: () => StateBase | undefined,
  kernel: KernelMemory,
): Record<string, WebAssembly.Import> {
  const base = (): StateBase => {
    const given = current()
    assert(given !== undefined, 'only a lazy engine asks for its base')
    return given
  }
  return {
    account: (address: number, out: number) => {
      const account = base().account(kernel.copy(address >>> 0, 20))
      if (account === undefined) return 0
      writeAccount(kernel, out >>> 0, account)
      return 1
    },
    slot: (address: number, key: number, out: number) => {
      const value = base().slot(kernel.copy(address >>> 0, 20), kernel.copy(key >>> 0, 32))
      kernel.bytes.set(value, out >>> 0)
    },
    code: (hash: number, out: number, room: number) => {
      const code = base().code(kernel.copy(hash >>> 0, 32))
      if (code.length <= room >>> 0) kernel.bytes.set(code, out >>> 0)
      return code.length
    },
  }
}

function writeAccount({ bytes, view }: KernelMemory, at: number, account: BaseAccount): void {
  const { nonce, balance, codeHash } = account
  view.setBigUint64(at, nonce, false)
  for (let i = 0; i < 4; i++)
    view.setBigUint64(at + BALANCE + i * 8, BigInt.asUintN(64, balance >> BigInt(192 - 64 * i)), false)
  bytes.set(codeHash, at + CODE_HASH)
  const hasStorage = account.hasStorage ?? (nonce !== 0n || !isEmptyCode(codeHash))
  bytes[at + HAS_STORAGE] = hasStorage ? 1 : 0
}

function isEmptyCode(codeHash: Uint8Array): boolean {
  return EMPTY_CODE_HASH.every((byte, i) => byte === codeHash[i])
}
