import type { Engine } from '../execution/index.ts'
import type { Chunk } from '../feed/index.ts'
import { keccak256 } from '../kernels/index.ts'
import { assert, equalBytes } from '../lib/index.ts'
import { type BlockEnv, ExecutedTransactions, preparedEntries, receiptFields } from '../protocol/index.ts'
import type { BlockSchedule } from '../sequencer/index.ts'
import { compareDiffs, entryOf } from './compareDiffs.ts'
import { compareTransaction } from './compareTransactions.ts'
import type { Difference, FieldDifference } from './Difference.ts'
import { SignerRecovery, type SignersAhead } from './SignerRecovery.ts'

export type ChunkDifference = FieldDifference & Pick<Difference, 'transaction'>

/** A chunk was one already: it has no more in it than the sequencer's limits allow. */
const NO_LIMITS = { transactions: 0xffffffff, gas: (1n << 63n) - 1n }

/** Executes chunks of transactions in the open block, and compares. */
export class ChunkVerifier {
  readonly #engine: Engine
  readonly #signers: SignerRecovery

  constructor(
    engine: Engine,
    schedule: BlockSchedule,
    options: { isDev: boolean; ahead?: SignersAhead | undefined },
  ) {
    this.#engine = engine
    this.#signers = new SignerRecovery(schedule, options)
  }

  /**
   * Its changes are in the state then; where a difference is returned, none of them is.
   *
   * @param env - of the open block, in which the engine is. @param blockHash - as the engine was given it.
   */
  verify(
    chunk: Chunk,
    env: BlockEnv,
    blockHash: (number: bigint) => Uint8Array | undefined,
  ): ChunkDifference | undefined {
    const gasBefore = this.#engine.cumulativeGasUsed
    const executed: Uint8Array[] = []
    const found = this.#execute(chunk, { env, gasBefore, executed })
    if (found !== undefined) {
      this.#engine.rollBack()
      return found
    }
    const difference = compareDiffs(this.#engine.peekDiff(), chunk.diff)
    if (difference === undefined) {
      this.#engine.takeDiff()
      return undefined
    }
    const { entry, ...field } = difference
    this.#engine.rollBack()
    if (entry === undefined) return field
    this.#engine.beginBlock(env, blockHash)
    const place = this.#lastChangeOf(entry, executed)
    return place === undefined ? field : { ...field, transaction: nameOf(chunk, place) }
  }

  /** Executes all its transactions and keeps their entries; gives the first difference. */
  #execute(
    chunk: Chunk,
    { env, gasBefore, executed }: { env: BlockEnv; gasBefore: bigint; executed: Uint8Array[] },
  ): ChunkDifference | undefined {
    let place = 0
    for (const { entries, problem } of this.#signers.recover(chunk.transactions, env.fork)) {
      executed.push(entries)
      for (let rest = entries; rest.length > 0; ) {
        const { bytesTaken, stop } = this.#engine.executeBatch(rest, NO_LIMITS)
        const { count, transactions } = this.#engine.takeChunk()
        const ours = ExecutedTransactions.read(transactions, count)!
        const found = compareExecuted(chunk, { ours, place, gasBefore })
        if (found !== undefined) return found
        place += count
        if (stop !== undefined) return invalid(chunk, place, messageOf(stop))
        assert(bytesTaken > 0, 'an empty chunk has room for a transaction')
        rest = rest.subarray(bytesTaken)
      }
      if (problem !== undefined) return invalid(chunk, place, problem)
    }
    return undefined
  }

  /** Place of the last of the transactions that changes an entry of the state diff. Executes them one by one, and keeps nothing. */
  #lastChangeOf(entry: string, executed: readonly Uint8Array[]): number | undefined {
    let [value, last, place]: [string | undefined, number | undefined, number] = [undefined, undefined, 0]
    for (const entries of executed) {
      let start = 0
      for (const { end } of preparedEntries(entries)) {
        this.#engine.executeBatch(entries.subarray(start, end), NO_LIMITS)
        this.#engine.takeChunk()
        const now = entryOf(this.#engine.peekDiff(), entry)
        if (now !== value) last = place
        ;[value, start, place] = [now, end, place + 1]
      }
    }
    this.#engine.rollBack()
    return last
  }
}

/** Compares transactions that were executed with those of the chunk from `place` on. */
function compareExecuted(
  chunk: Chunk,
  { ours, place, gasBefore }: { ours: ExecutedTransactions; place: number; gasBefore: bigint },
): ChunkDifference | undefined {
  const theirs = chunk.transactions.slice(place, place + ours.length)
  if (equalBytes(ours.bytes(), theirs.bytes())) return undefined
  let gas =
    place === 0 ? gasBefore : receiptFields(chunk.transactions.at(place - 1)!.receipt).cumulativeGasUsed
  for (let i = 0; i < ours.length; i++) {
    const mine = ours.at(i)!
    const difference = compareTransaction(mine, theirs.at(i)!, gas)
    if (difference !== undefined) return { ...difference, transaction: nameOf(chunk, place + i) }
    gas = receiptFields(mine.receipt).cumulativeGasUsed
  }
  return undefined
}

function invalid(chunk: Chunk, place: number, problem: string): ChunkDifference {
  return { field: 'validity', ours: problem, theirs: 'executed', transaction: nameOf(chunk, place) }
}

function messageOf(stop: { kind: string; code?: string; message?: string }): string {
  if (stop.kind === 'needsParentHash') return 'it reads the parent’s hash, which is not stored yet'
  return `${stop.code ?? stop.kind}: ${stop.message}`
}

/** By what its raw bytes are: a record may claim any hash. */
function nameOf(
  { firstTransactionIndex, transactions }: Chunk,
  place: number,
): { index: number; hash: Uint8Array } {
  return { index: firstTransactionIndex + place, hash: keccak256(transactions.at(place)!.raw) }
}
