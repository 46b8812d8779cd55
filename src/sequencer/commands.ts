import type { Rewind } from '../feed/index.ts'
import { keccak256 } from '../kernels/index.ts'
import { equalBytes, isAllZero } from '../lib/index.ts'
import {
  type AccountChange,
  type AccountWrite,
  type BlockWishes,
  EMPTY_CODE_HASH,
  encodeStateDiff,
  type MiningMode,
  type StateDiff,
} from '../protocol/index.ts'
import type { ExecutionEngine } from './ExecutionEngine.ts'
import type { MineRequest } from './Mining.ts'

/** What a developer has the sequencer do, besides executing transactions. Each becomes records of the log. */
export type ChainCommand =
  /** Each account once. */
  | { kind: 'writeState'; writes: readonly AccountWrite[] }
  /** Answered once the blocks are closed, with the number of the last. @see MineRequest */
  | ({ kind: 'mine'; timestamp?: bigint } & Omit<MineRequest, 'id'>)
  | { kind: 'setMining'; mode: MiningMode }
  | { kind: 'wish'; wishes: BlockWishes }
  /** Puts the clock forward; answered with how far it is ahead of the machine's, in seconds. */
  | { kind: 'increaseTime'; seconds: bigint }
  /** Unix seconds; answered with the seconds by which the clock was put forward. */
  | { kind: 'setTime'; time: bigint }
  /**
   * Brings the chain to rest: a block with transactions is closed, every closed block has its header, and nothing is
   * executed until `release` or `rewind`, the only commands that are carried out meanwhile. Answered once that is so.
   */
  | { kind: 'hold' }
  | { kind: 'release' }
  /** Goes back, out of a hold, which it ends. */
  | ({ kind: 'rewind' } & RewindCommand)

/** As the record of that name has it. */
export type RewindCommand = Pick<Rewind, 'blockNumber' | 'miniBlockCount' | 'header' | 'hashes' | 'diff'> & {
  /** Encoded StateDiff of what a developer had written after that block, before the next had a transaction. */
  writes: Uint8Array | undefined
}

/** What came of a command, once its records are in the log. */
export type CommandAnswer = { id: number } & ({ ok: true; value?: bigint } | { ok: false; message: string })

const MAX_BALANCE = (1n << 256n) - 1n

/** The encoded StateDiff that writes accounts as they are asked for. */
export function diffOfWrites(
  state: Pick<ExecutionEngine, 'getAccount' | 'hasStorage'>,
  writes: readonly AccountWrite[],
): Uint8Array {
  const diff: StateDiff = { accounts: [], slots: [], codes: [] }
  for (const write of writes) {
    const account = accountAfter(state, write)
    if (account !== undefined) diff.accounts.push(account)
    for (const { key, value } of write.slots ?? []) diff.slots.push({ address: write.address, key, value })
    if (write.code !== undefined && write.code.length > 0)
      diff.codes.push({ hash: keccak256(write.code), code: write.code })
  }
  return encodeStateDiff(diff)
}

/** Undefined where there is none and none comes of the write. An empty one without storage is deleted (EIP-161). */
function accountAfter(
  state: Pick<ExecutionEngine, 'getAccount' | 'hasStorage'>,
  { address, balance, credit = 0n, nonce, code, slots = [] }: AccountWrite,
): AccountChange | undefined {
  const before = state.getAccount(address)
  const credited = (balance ?? before?.balance ?? 0n) + credit
  const after = {
    address,
    nonce: nonce ?? before?.nonce ?? 0n,
    balance: credited > MAX_BALANCE ? MAX_BALANCE : credited,
    codeHash: code === undefined ? (before?.codeHash ?? EMPTY_CODE_HASH) : keccak256(code),
  }
  const isEmpty = after.nonce === 0n && after.balance === 0n && equalBytes(after.codeHash, EMPTY_CODE_HASH)
  const deleted = isEmpty && slots.every(({ value }) => isAllZero(value)) && !state.hasStorage(address)
  if (!deleted) return { ...after, deleted }
  return before === undefined ? undefined : { ...after, deleted, codeHash: new Uint8Array(32) }
}
