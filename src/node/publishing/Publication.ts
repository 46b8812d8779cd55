import { Engine } from '../../execution/index.ts'
import {
  EntryMaker,
  type EntryStore,
  encodeEntry,
  entryDigest,
  LogTail,
  type MadeEntry,
  type RecordSigner,
} from '../../feed/index.ts'
import { nextTurn } from '../../lib/index.ts'
import { loadSnapshot, tailOf } from '../startPoint.ts'

/** Entries that are being signed at once, by a signer that takes its time. */
const MAX_UNSIGNED = 16
/** So long others wait for their turn. */
const TURN_MS = 20

export type PublicationOptions = {
  logFolder: string
  genesisHash: Uint8Array
  /** From which the state before the next entry is made. */
  snapshot: string
  epoch: bigint
  memoryMiB: number | undefined
  signer: RecordSigner
}

/**
 * Makes the entries of a stream out of a log, as far as it is written, signs and keeps them. An entry is kept before anybody
 * gets it, so that after a crash the same is there.
 */
export class Publication {
  readonly #options: PublicationOptions
  readonly #store: EntryStore
  readonly #engine: Engine
  readonly #maker: EntryMaker
  /** From the next record on. */
  readonly #log: LogTail
  #unsigned = 0
  /** Resolves once all entries before are kept. */
  #kept: Promise<void> = Promise.resolve()

  /** Loads the state before the next entry. @throws SnapshotError, and what the log's reader throws. */
  constructor(store: EntryStore, options: PublicationOptions) {
    const { genesisHash, epoch, memoryMiB } = options
    this.#options = options
    this.#store = store
    this.#engine = new Engine({ evm: 'interpreter', ...(memoryMiB === undefined ? {} : { memoryMiB }) })
    const head = loadSnapshot(options.snapshot, (diff) => this.#engine.applyDiff(diff))
    this.#log = new LogTail(options.logFolder, head.log)
    const { last } = store
    const nextRecord = store.nextRecord ?? head.log.recordNumber
    this.#skipTo(nextRecord - head.log.recordNumber)
    this.#maker = new EntryMaker({
      ...{ genesisHash, epoch, nextRecord },
      parentDigest: last === undefined ? genesisHash : entryDigest(last, genesisHash),
      miniBlockNumber: last?.miniBlockNumber ?? tailOf(head).miniBlock.number,
      oldState: {
        account: (address) => this.#engine.getAccount(address),
        slot: (address, key) => this.#engine.getStorage(address, key),
        readAccount: (...where) => this.#engine.readAccount(...where),
        readSlot: (...where) => this.#engine.readSlot(...where),
      },
    })
  }

  /** Publishes what the log has. Resolves at its end, once all of it is kept. @throws what the signer throws. */
  async follow(): Promise<void> {
    let startMs = performance.now()
    for (const { record, payload } of this.#log.read()) {
      const entry = this.#maker.add(record, payload)
      if (record.kind === 'chunk' || record.kind === 'rewind') this.#engine.applyDiff(record.diff)
      if (entry !== undefined) await this.#publish(entry)
      // Who waits for an entry gets it before the next is begun.
      if (entry === undefined && performance.now() - startMs < TURN_MS) continue
      await nextTurn()
      startMs = performance.now()
    }
    await this.#kept
  }

  close(): void {
    this.#log.close()
  }

  async #publish(entry: MadeEntry): Promise<void> {
    const signature = this.#options.signer.sign(entry.digest)
    if (signature instanceof Uint8Array && this.#unsigned === 0) {
      this.#store.append(encodeEntry({ ...entry, signature }))
      return
    }
    this.#unsigned++
    this.#kept = Promise.all([signature, this.#kept]).then(([signed]) => {
      this.#store.append(encodeEntry({ ...entry, signature: signed }))
      this.#unsigned--
    })
    // Whoever follows hears of it.
    this.#kept.catch(() => {})
    if (this.#unsigned >= MAX_UNSIGNED) await this.#kept
  }

  /** Follows what was published already. */
  #skipTo(recordCount: bigint): void {
    let left = recordCount
    if (left === 0n) return
    for (const { record } of this.#log.read()) {
      if (record.kind === 'chunk' || record.kind === 'rewind') this.#engine.applyDiff(record.diff)
      left--
      if (left === 0n) return
    }
  }
}
