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
  type PreparedTransaction,
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
  /** Takes a transaction whose sender is given, whatever its signature; answered with what comes of it. */
  | ({ kind: 'submit' } & PreparedTransaction)
  /** Removes what waits in the pool; answered with how many there were. Undefined: all. */
  | { kind: 'drop'; hash?: Uint8Array; sender?: Uint8Array }
  /**
   * Brings the chain to rest: a block with transactions is closed, every closed block has its header, and nothing is
   * executed until `release` or `rewind`, the only commands that are carried out meanwhile. Answered once that is so, with
   * what the chain's clock says, Unix seconds.
   */
  | { kind: 'hold' }
  | { kind: 'release' }
  /** Goes back, out of a hold, which it ends. */
  | ({ kind: 'rewind' } & RewindCommand)

/** As the record of that name has it. */
export type RewindCommand = Pick<
  Rewind,
  'blockNumber' | 'adoptedCount' | 'miniBlockCount' | 'header' | 'hashes' | 'diff' | 'adopted'
> & {
  /** Encoded StateDiff of what a developer had written after that block, before the next had a transaction. */
  writes: Uint8Array | undefined
  /** What the chain's clock says afterwards, Unix seconds. */
  clockS: bigint
}

/** What came of a command, once its records are in the log. */
export type CommandAnswer = { id: number } & (
  | { ok: true; value?: bigint; outcome?: SubmittedOutcome }
  | { ok: false; message: string }
)

export type SubmittedOutcome =
  | { kind: 'executed' }
  | { kind: 'queued'; expectedNonce: bigint }
  | { kind: 'refused'; code: string; message: string }

/** Under which a command's transaction is answered: those of the intake count up from zero. */
export function ticketOf(commandId: number): number {
  return -1 - commandId
}

/** The command of a ticket; undefined if it is one of the intake. */
export function commandOf(ticket: number | undefined): number | undefined {
  return ticket === undefined || ticket >= 0 ? undefined : -1 - ticket
}

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
