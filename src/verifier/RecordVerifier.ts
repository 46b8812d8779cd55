import type { Engine } from '../execution/index.ts'
import type { Chunk, CloseBlock, LogRecord, OpenBlock, Rewind, SealMiniBlock } from '../feed/index.ts'
import { keccak256 } from '../kernels/index.ts'
import { bytesToHex } from '../lib/index.ts'
import type { BlockEnv } from '../protocol/index.ts'
import { type BlockSchedule, type ChainTail, environmentOf, type SystemCalls } from '../sequencer/index.ts'
import { ChunkVerifier } from './ChunkVerifier.ts'
import { compareBlock } from './compareBlocks.ts'
import { compareDiffs } from './compareDiffs.ts'
import { compareBytes, compareValues } from './compareTransactions.ts'
import type { Difference, FieldDifference } from './Difference.ts'
import type { SignersAhead } from './SignerRecovery.ts'

export type RecordVerifierOptions = {
  /** At the state before the next record; between two EVM blocks. */
  engine: Engine
  system: SystemCalls
  schedule: BlockSchedule
  /** Where the log ends; the caller has it follow each record that was verified. */
  tail: ChainTail
  /**
   * The chain has developers' methods. Only then a record may hold what can't be executed again: state that is written
   * directly, transactions of impersonated accounts, header fields as they are wished for, and ways back, with blocks
   * that are taken over.
   */
  isDev: boolean
  /** Whoever has recovered signers before; undefined: nobody has. */
  ahead?: SignersAhead | undefined
}

/** Bytes of an encoded StateDiff that lists nothing. */
const EMPTY_DIFF_BYTES = 12

/** What a call of the protocol itself has changed; it is pending in the engine. */
type ProtocolChange = { name: string; diff: Uint8Array; requests?: Uint8Array[] }

/**
 * Executes what the log's records say was executed, as the sequencer does (its BlockMaker.ts and RecordWriter.ts), and
 * compares what comes of it with the records, byte for byte. Order and digests are LogOrder's to check, before; roots and
 * headers the sealer's, behind.
 *
 * A lie is found with the record that tells it, but for one: when a block's protocol calls were made is the sequencer's to
 * say, as long as no transaction could see it.
 */
export class RecordVerifier {
  readonly #engine: Engine
  readonly #system: SystemCalls
  readonly #schedule: BlockSchedule
  readonly #tail: ChainTail
  readonly #isDev: boolean
  readonly #chunks: ChunkVerifier
  #env: BlockEnv | undefined
  #isBeaconRootStored = false
  #isParentHashStored = false
  /** Of the open block, once its end was executed: only its end may follow. */
  #requests: Uint8Array[] | undefined
  /** Of the open block, at the newest mini-block's end. */
  #gasAtMiniBlock = 0n

  constructor({ engine, system, schedule, tail, isDev, ahead }: RecordVerifierOptions) {
    this.#engine = engine
    this.#system = system
    this.#schedule = schedule
    this.#tail = tail
    this.#isDev = isDev
    this.#chunks = new ChunkVerifier(engine, schedule, { isDev, ahead })
  }

  /**
   * Executes the next record, which LogOrder has accepted; its changes are in the engine's state then. Where a difference
   * is returned, the state is the one before the record, and nothing may follow.
   */
  verify(record: LogRecord): Difference | undefined {
    switch (record.kind) {
      case 'openBlock':
        return this.#openBlock(record)
      case 'chunk':
        return this.#chunk(record)
      case 'sealMiniBlock':
        return this.#sealMiniBlock(record)
      case 'closeBlock':
        return this.#closeBlock(record)
      case 'rewind':
        return this.#rewind(record)
      case 'sealHeader':
        return undefined
    }
  }

  #openBlock(record: OpenBlock): Difference | undefined {
    const rules = { parent: this.#tail.closed, schedule: this.#schedule, isDev: this.#isDev }
    const difference = compareBlock(record, rules)
    if (difference !== undefined) return { blockNumber: record.number, ...difference }
    this.#env = environmentOf(record, this.#schedule)
    this.#isBeaconRootStored = false
    this.#isParentHashStored = false
    this.#requests = undefined
    this.#gasAtMiniBlock = 0n
    this.#engine.beginBlock(this.#env, (number) => this.#tail.hashOf(number))
    return undefined
  }

  #sealMiniBlock(record: SealMiniBlock): Difference | undefined {
    const gasUsed = this.#engine.cumulativeGasUsed
    const difference = compareValues('mini-block gasUsed', gasUsed - this.#gasAtMiniBlock, record.gasUsed)
    this.#gasAtMiniBlock = gasUsed
    return this.#named(difference)
  }

  // Chunks

  #chunk(chunk: Chunk): Difference | undefined {
    if (this.#requests !== undefined)
      return this.#named({
        field: 'record after the calls at the block’s end',
        ours: 'closeBlock',
        theirs: 'chunk',
      })
    if (chunk.transactions.length === 0) return this.#protocolChunk(chunk)
    const missing = this.#missingChunk(this.#nextChange())
    if (missing !== undefined) return missing
    const found = this.#chunks.verify(chunk, this.#env!, (number) => this.#tail.hashOf(number))
    if (found === undefined) return undefined
    const { transaction, ...difference } = found
    return { ...this.#named(difference), transaction }
  }

  /** A chunk without transactions is a change by the protocol, or by a developer. */
  #protocolChunk({ diff }: Chunk): Difference | undefined {
    const before = [this.#isBeaconRootStored, this.#isParentHashStored] as const
    const change = this.#nextChange() ?? this.#endOfBlock()
    const difference = change && compareDiffs(change.diff, diff)
    if (change !== undefined && difference === undefined) {
      this.#engine.takeDiff()
      this.#requests = change.requests
      return undefined
    }
    this.#engine.rollBack()
    if (this.#isDev) {
      // Nothing tells whether it was asked for. The calls come when the block is opened again.
      ;[this.#isBeaconRootStored, this.#isParentHashStored] = before
      this.#engine.applyDiff(diff)
      return undefined
    }
    if (change === undefined || difference === undefined)
      return this.#named({
        field: 'change without a transaction',
        ours: 'none is due',
        theirs: bytesToHex(diff),
      })
    const { field, ours, theirs } = difference
    return this.#named({ field: `${change.name}: ${field}`, ours, theirs })
  }

  /** Makes the calls that are due in the open block, in their order, up to one that changes something. */
  #nextChange(): ProtocolChange | undefined {
    const env = this.#env!
    if (!this.#isBeaconRootStored) {
      this.#isBeaconRootStored = true
      this.#system.storeBeaconRoot(env)
      const change = this.#changeOf('beacon root')
      if (change !== undefined) return change
    }
    const parentHash = this.#tail.hashOf(env.number - 1n)
    if (this.#isParentHashStored || parentHash === undefined) return undefined
    this.#isParentHashStored = true
    this.#engine.parentHashKnown()
    this.#system.storeParentHash(env, parentHash)
    return this.#changeOf('parent hash')
  }

  /** Makes the calls at the block's end. */
  #endOfBlock(): ProtocolChange | undefined {
    if (!this.#isParentHashStored) return undefined
    const requests = this.#system.collectRequests(this.#env!)
    const change = this.#changeOf('requests')
    return change && { ...change, requests }
  }

  #changeOf(name: string): ProtocolChange | undefined {
    const diff = this.#engine.peekDiff()
    return diff.length === EMPTY_DIFF_BYTES ? undefined : { name, diff }
  }

  /** A change without the chunk that it should have. */
  #missingChunk(change: ProtocolChange | undefined): Difference | undefined {
    if (change === undefined) return undefined
    this.#engine.rollBack()
    return this.#named({ field: `${change.name}: chunk`, ours: bytesToHex(change.diff), theirs: 'none' })
  }

  // Ends

  #closeBlock(record: CloseBlock): Difference | undefined {
    const missing = this.#missingChunk(this.#nextChange())
    if (missing !== undefined) return missing
    if (!this.#isParentHashStored)
      return this.#named({ field: 'closeBlock', ours: 'after the parent’s header', theirs: 'before it' })
    let requests = this.#requests
    if (requests === undefined) {
      requests = this.#system.collectRequests(this.#env!)
      const unseen = this.#missingChunk(this.#changeOf('requests'))
      if (unseen !== undefined) return unseen
    }
    const { cumulativeGasUsed, blobGasUsed } = this.#engine
    return this.#named(
      compareValues('block gasUsed', cumulativeGasUsed, record.gasUsed) ??
        compareValues('block blobGasUsed', blobGasUsed, record.blobGasUsed) ??
        compareValues('requests', listOf(requests), listOf(record.requests)),
    )
  }

  /** Where it goes back to must be known; that its diff leads there is seen by the root of the state. */
  #rewind(record: Rewind): Difference | undefined {
    if (!this.#isDev) return this.#named({ field: 'record', ours: 'none that goes back', theirs: 'rewind' })
    const difference = record.adoptedCount > 0 ? undefined : this.#compareAncestors(record)
    if (difference === undefined) this.#engine.applyDiff(record.diff)
    return this.#named(difference)
  }

  #compareAncestors({ blockNumber, header, hashes }: Rewind): FieldDifference | undefined {
    const known = this.#tail.hashOf(blockNumber)
    const wrong = known && compareBytes('header of the rewind', known, keccak256(header))
    if (wrong !== undefined) return wrong
    const count = hashes.length / 32
    for (let i = 0; i < count; i++) {
      const number = blockNumber - BigInt(count - 1 - i)
      const ancestor = this.#tail.hashOf(number) ?? hashes.subarray(32 * i, 32 * i + 32)
      const difference = compareBytes(
        `hash of block ${number}`,
        ancestor,
        hashes.subarray(32 * i, 32 * i + 32),
      )
      if (difference !== undefined) return difference
    }
    return undefined
  }

  #named(difference: FieldDifference): Difference
  #named(difference: FieldDifference | undefined): Difference | undefined
  #named(difference: FieldDifference | undefined): Difference | undefined {
    if (difference === undefined) return undefined
    const { closed, open, nextMiniBlockNumber: miniBlockNumber } = this.#tail
    return { blockNumber: open?.number ?? closed.number, miniBlockNumber, ...difference }
  }
}

function listOf(requests: readonly Uint8Array[]): string {
  return `[${requests.map((request) => bytesToHex(request)).join(', ')}]`
}
