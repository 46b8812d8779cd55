import { mkdirSync } from 'node:fs'
import { type Database, open, type RootDatabase } from 'lmdb'
import { assert, bytesToHex, equalBytes, fromBigInt, toBigInt } from '../lib/index.ts'
import { decodeHeader } from '../protocol/index.ts'
import { decodeSealedBlock, encodeSealedBlock, type SealedBlockRecord } from './SealedBlockRecord.ts'
import { type TransactionLocation, UncommittedBlocks } from './UncommittedBlocks.ts'

const FORMAT_VERSION = 1
/** Blocks and their bytes that may wait for a commit; beyond, `append` commits them itself before it returns. */
const MAX_UNCOMMITTED_BLOCKS = 1024
const MAX_UNCOMMITTED_BYTES = 64 * 1024 * 1024

type Table = Database<Uint8Array, Uint8Array>

/**
 * Sealed EVM blocks with their transactions and receipts by number and hash, in an LMDB database. An index of the log:
 * it can be deleted, and is then built again from the log.
 *
 * `append` returns at once and the database commits beside; what is not committed yet is read from memory. After a crash
 * the newest blocks may be missing: append them again from `headNumber` on.
 *
 * Tables (keys → values; integers big-endian): `blocks` u64 number → SealedBlockRecord.ts · `blooms` u64 number → 256
 * bytes, none if all are zero · `numbers` block hash → u64 number · `transactions` hash → u64 number, u32 index · `meta`.
 */
export class History {
  readonly #root: RootDatabase<Uint8Array, Uint8Array>
  readonly #meta: Table
  readonly #blocks: Table
  readonly #blooms: Table
  readonly #numbers: Table
  readonly #transactions: Table
  readonly #folder: string
  readonly #uncommitted = new UncommittedBlocks()
  #firstNumber: bigint | undefined
  #headNumber: bigint | undefined
  /** The commit under way. */
  #commit: Promise<void> | undefined
  #failure: HistoryWriteError | undefined
  #isClosed = false

  private constructor(folder: string) {
    this.#folder = folder
    this.#root = open<Uint8Array, Uint8Array>({ path: folder, maxDbs: 8, ...BINARY })
    this.#meta = this.#root.openDB({ name: 'meta', ...BINARY })
    this.#blocks = this.#root.openDB({ name: 'blocks', ...BINARY })
    this.#blooms = this.#root.openDB({ name: 'blooms', ...BINARY })
    this.#numbers = this.#root.openDB({ name: 'numbers', ...BINARY })
    this.#transactions = this.#root.openDB({ name: 'transactions', ...BINARY })
    this.#firstNumber = this.#edge(false)
    this.#headNumber = this.#edge(true)
  }

  /**
   * Opens the history in `folder`; creates what is missing.
   *
   * @throws HistoryMismatchError if it belongs to another chain or was written by another release.
   */
  static open(folder: string, { genesisHash }: { genesisHash: Uint8Array }): History {
    mkdirSync(folder, { recursive: true })
    const history = new History(folder)
    try {
      history.#claim(genesisHash)
      return history
    } catch (error) {
      void history.#root.close()
      throw error
    }
  }

  /** Number of the newest block, undefined if there is none. */
  get headNumber(): bigint | undefined {
    return this.#headNumber
  }

  /**
   * Adds the block after the head; the first may have any number. Blocks that are there already are passed over. The
   * record is kept until it is committed: don't change it.
   *
   * @throws HistoryOrderError on a gap, or on another block at a number that is taken; HistoryWriteError once the disk
   * has refused a commit.
   */
  append(block: SealedBlockRecord): void {
    this.#checkOpen()
    if (this.#headNumber !== undefined && block.number <= this.#headNumber) {
      this.#checkSame(block)
      return
    }
    if (this.#headNumber !== undefined && block.number !== this.#headNumber + 1n) {
      throw new HistoryOrderError('GAP', block.number, `${this.#headNumber + 1n}`, `${block.number}`)
    }
    assert(decodeHeader(block.header).ok, `the header of block ${block.number} is one`)
    this.#uncommitted.add(block)
    this.#firstNumber ??= block.number
    this.#headNumber = block.number
    if (
      this.#uncommitted.count >= MAX_UNCOMMITTED_BLOCKS ||
      this.#uncommitted.bytes >= MAX_UNCOMMITTED_BYTES
    ) {
      this.#commitNow()
    } else {
      this.#commit ??= this.#commitSoon()
    }
  }

  /** Undefined if the history has no such block. */
  blockByNumber(number: bigint): SealedBlockRecord | undefined {
    if (this.#headNumber === undefined || number > this.#headNumber || number < 0n) return undefined
    const uncommitted = this.#uncommitted.byNumber(number)
    if (uncommitted !== undefined) return uncommitted
    const bytes = this.#blocks.getBinary(numberKey(number))
    if (bytes === undefined) return undefined
    const block = decodeSealedBlock(number, bytes)
    if (block === undefined) throw new HistoryCorruptError(this.#folder, number)
    return block
  }

  blockByHash(hash: Uint8Array): SealedBlockRecord | undefined {
    const number = this.numberByHash(hash)
    return number === undefined ? undefined : this.blockByNumber(number)
  }

  numberByHash(hash: Uint8Array): bigint | undefined {
    if (hash.length !== 32) return undefined
    const uncommitted = this.#uncommitted.numberOf(hash)
    if (uncommitted !== undefined) return uncommitted
    const bytes = this.#numbers.getBinary(hash)
    return bytes === undefined ? undefined : toBigInt(bytes)
  }

  transactionLocation(hash: Uint8Array): TransactionLocation | undefined {
    if (hash.length !== 32) return undefined
    const uncommitted = this.#uncommitted.locationOf(hash)
    if (uncommitted !== undefined) return uncommitted
    const bytes = this.#transactions.getBinary(hash)
    if (bytes === undefined) return undefined
    return { blockNumber: toBigInt(bytes.subarray(0, 8)), index: Number(toBigInt(bytes.subarray(8, 12))) }
  }

  /**
   * Blocks `from`..`to` (inclusive) that the history has and whose bloom `mayMatch` accepts, in order. Only their bodies
   * are read. The bloom (256 bytes) must not be kept.
   */
  *scan(
    from: bigint,
    to: bigint,
    mayMatch: (bloom: Uint8Array) => boolean,
  ): Generator<SealedBlockRecord, void> {
    if (this.#firstNumber === undefined || this.#headNumber === undefined) return
    const first = from < this.#firstNumber ? this.#firstNumber : from
    for (let number = first; number <= to && number <= this.#headNumber; number++) {
      if (!mayMatch(this.#bloom(number))) continue
      const block = this.blockByNumber(number)
      if (block === undefined) throw new HistoryCorruptError(this.#folder, number)
      yield block
    }
  }

  /** Resolves when everything appended so far is on disk. Rejects with HistoryWriteError. */
  async flush(): Promise<void> {
    while (this.#commit !== undefined) await this.#commit
    if (this.#failure !== undefined) throw this.#failure
    try {
      await this.#root.flushed
    } catch (error) {
      throw this.#fail(error)
    }
  }

  /** Flushes and closes. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    try {
      await this.flush()
    } finally {
      await this.#root.close()
    }
  }

  #bloom(number: bigint): Uint8Array {
    const uncommitted = this.#uncommitted.byNumber(number)
    if (uncommitted !== undefined) return bloomOf(uncommitted)
    // A view of a buffer that the next read overwrites.
    return this.#blooms.getBinaryFast(numberKey(number)) ?? EMPTY_BLOOM
  }

  /** Commits what waits, and what comes meanwhile, one batch after another. Never rejects. */
  async #commitSoon(): Promise<void> {
    // All blocks that the caller appends in this turn go into one batch.
    await Promise.resolve()
    try {
      while (this.#uncommitted.count > 0) {
        const batch = this.#uncommitted.all()
        await this.#root.batch(() => {
          for (const block of batch) this.#put(block)
        })
        for (const block of batch) this.#uncommitted.remove(block)
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#commit = undefined
    }
  }

  /** An asynchronous commit under way may write the same blocks again, which changes nothing. */
  #commitNow(): void {
    const batch = this.#uncommitted.all()
    try {
      this.#root.transactionSync(() => {
        for (const block of batch) this.#put(block)
      })
    } catch (error) {
      throw this.#fail(error)
    }
    for (const block of batch) this.#uncommitted.remove(block)
  }

  #put(block: SealedBlockRecord): void {
    const key = numberKey(block.number)
    const bloom = bloomOf(block)
    this.#blocks.put(key, encodeSealedBlock(block))
    if (bloom !== EMPTY_BLOOM) this.#blooms.put(key, bloom)
    this.#numbers.put(block.hash, key)
    for (const [index, { hash }] of block.transactions.entries()) {
      const location = new Uint8Array(12)
      location.set(key)
      new DataView(location.buffer).setUint32(8, index)
      this.#transactions.put(hash, location)
    }
  }

  #edge(isLast: boolean): bigint | undefined {
    for (const key of this.#blocks.getKeys({ limit: 1, reverse: isLast })) return toBigInt(key)
    return undefined
  }

  #claim(genesisHash: Uint8Array): void {
    const version = this.#meta.getBinary(VERSION_KEY)?.[0]
    if (version === undefined) {
      this.#root.transactionSync(() => {
        this.#meta.put(VERSION_KEY, Uint8Array.of(FORMAT_VERSION))
        this.#meta.put(GENESIS_KEY, genesisHash)
      })
      return
    }
    if (version !== FORMAT_VERSION) {
      throw new HistoryMismatchError('format version', this.#folder, `${version}`, `${FORMAT_VERSION}`)
    }
    const found = this.#meta.getBinary(GENESIS_KEY)
    if (found === undefined || !equalBytes(found, genesisHash)) {
      const foundText = found === undefined ? 'none' : bytesToHex(found)
      throw new HistoryMismatchError('genesis', this.#folder, foundText, bytesToHex(genesisHash))
    }
  }

  #checkSame(block: SealedBlockRecord): void {
    const known = this.blockByNumber(block.number)
    if (known === undefined) {
      throw new HistoryOrderError('GAP', block.number, `${this.#firstNumber} or later`, `${block.number}`)
    }
    if (!equalBytes(known.hash, block.hash)) {
      throw new HistoryOrderError('OTHER_HASH', block.number, bytesToHex(known.hash), bytesToHex(block.hash))
    }
  }

  #checkOpen(): void {
    assert(!this.#isClosed, 'the history is closed')
    if (this.#failure !== undefined) throw this.#failure
  }

  #fail(cause: unknown): HistoryWriteError {
    this.#failure ??= new HistoryWriteError(this.#folder, cause)
    return this.#failure
  }
}

const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const
const VERSION_KEY: Uint8Array = new TextEncoder().encode('version')
const GENESIS_KEY: Uint8Array = new TextEncoder().encode('genesis')
const EMPTY_BLOOM: Uint8Array = new Uint8Array(256)

function numberKey(number: bigint): Uint8Array {
  return fromBigInt(number, 8)
}

function bloomOf(block: SealedBlockRecord): Uint8Array {
  const decoded = decodeHeader(block.header)
  assert(decoded.ok, `the header of block ${block.number} is one`)
  return equalBytes(decoded.header.logsBloom, EMPTY_BLOOM) ? EMPTY_BLOOM : decoded.header.logsBloom
}

/** A block that does not follow the history's head. */
export class HistoryOrderError extends Error {
  override readonly name = 'HistoryOrderError'
  readonly recovery = 'stop'
  readonly code: 'GAP' | 'OTHER_HASH'

  constructor(code: 'GAP' | 'OTHER_HASH', number: bigint, expected: string, received: string) {
    super(
      `Block ${number} does not fit the history (${code}).\n  expected: ${expected}   received: ${received}\n` +
        '  next: delete the history folder; it is built again from the log.',
    )
    this.code = code
  }
}

/** The folder holds the history of another chain or of another format. */
export class HistoryMismatchError extends Error {
  override readonly name = 'HistoryMismatchError'
  readonly recovery = 'stop'

  constructor(what: string, folder: string, found: string, expected: string) {
    super(
      `The history has another ${what}.\n  folder: ${folder}   found: ${found}   expected: ${expected}\n` +
        '  next: give another data folder, or delete this one if its chain is not needed; the log rebuilds it.',
    )
  }
}

/** The database refused a commit. */
export class HistoryWriteError extends Error {
  override readonly name = 'HistoryWriteError'
  readonly recovery = 'stop'

  constructor(folder: string, cause: unknown) {
    super(
      `The history can't be written: ${cause instanceof Error ? cause.message : String(cause)}.\n` +
        `  folder: ${folder}\n  next: make room on the disk, then start again; what is missing comes from the log.`,
      { cause },
    )
  }
}

/** A stored value can't be read. */
export class HistoryCorruptError extends Error {
  override readonly name = 'HistoryCorruptError'
  readonly recovery = 'stop'

  constructor(folder: string, number: bigint) {
    super(
      `The history is damaged at block ${number}.\n  folder: ${folder}\n` +
        '  next: delete the history folder; it is built again from the log.',
    )
  }
}
