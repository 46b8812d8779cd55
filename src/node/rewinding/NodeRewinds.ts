import { concatBytes } from '../../lib/index.ts'
import { encodeHeader } from '../../protocol/index.ts'
import { DevError, type Rewinds } from '../../rpc/index.ts'
import { ANCESTOR_HASHES, type ChainCommand, type RewindCommand } from '../../sequencer/index.ts'
import { JobQueue } from '../JobQueue.ts'
import { genesisDiff } from './genesisDiff.ts'
import { openWrites } from './openWrites.ts'
import { type RestorableState, restoringDiff, StateNotKeptError } from './restoringDiff.ts'

/** Snapshots that are remembered; a revert forgets its own and those after it. */
const SNAPSHOT_LIMIT = 65_536

/** `writes`: what a developer had written after the block. `clockS`: what the chain's clock said then, Unix seconds. */
type Snapshot = { blockNumber: bigint; writes: Uint8Array | undefined; clockS: bigint }

type Commands = { send(command: ChainCommand): Promise<bigint> }

/** Goes back by commands to the sequencer: it brings the chain to rest, and is sent what leads back. */
export class NodeRewinds implements Rewinds {
  readonly #commands: Commands
  readonly #state: RestorableState
  readonly #folder: { snapshots: string; log: string } | undefined
  readonly #queue = new JobQueue('rewinds')
  /** By id, oldest first; their blocks never go down. */
  readonly #snapshots = new Map<bigint, Snapshot>()
  #nextId = 0n

  /** @param folder - undefined: the chain is in memory only. */
  constructor(
    commands: Commands,
    state: RestorableState,
    folder: { snapshots: string; log: string } | undefined,
  ) {
    this.#commands = commands
    this.#folder = folder
    this.#state = state
  }

  get height(): bigint {
    return this.#state.sealedNumber - this.#state.genesisNumber
  }

  async snapshot(): Promise<bigint> {
    if (this.#snapshots.size >= SNAPSHOT_LIMIT)
      throw new DevError(
        `too many snapshots (limit ${SNAPSHOT_LIMIT}); revert to one, which forgets those after it`,
      )
    let id = 0n
    await this.atRest(async (clockS) => {
      id = this.#nextId++
      const { sealedNumber: blockNumber } = this.#state
      this.#snapshots.set(id, { blockNumber, writes: openWrites(this.#state), clockS })
      this.#pin()
      return undefined
    })
    return id
  }

  async revert(id: bigint): Promise<boolean> {
    const snapshot = this.#snapshots.get(id)
    if (snapshot === undefined) return false
    await this.atRest(() => this.#rewindTo(snapshot))
    this.#forget((other) => other >= id)
    return true
  }

  async rollback(depth: bigint): Promise<void> {
    await this.atRest(() => {
      const { height } = this
      if (depth > height)
        throw new DevError(
          `Rollback depth must not exceed current chain height: current height ${height}, depth ${depth}`,
        )
      return this.#rewindTo({
        blockNumber: this.#state.sealedNumber - depth,
        writes: undefined,
        clockS: undefined,
      })
    })
    const head = this.#state.sealedNumber
    this.#forget((_, { blockNumber }) => blockNumber > head)
  }

  async reset(): Promise<void> {
    const blockNumber = this.#state.genesisNumber
    const clockS = BigInt(Math.floor(Date.now() / 1000))
    await this.atRest(async () => this.#rewindTo({ blockNumber, writes: undefined, clockS }))
    this.forgetAll()
  }

  /** Has `work` done while nothing is executed; goes back if it says so. One after another. */
  atRest(work: (clockS: bigint) => Promise<RewindCommand | undefined>): Promise<void> {
    return this.#queue.run(async () => {
      const clockS = await this.#commands.send({ kind: 'hold' })
      let rewind: RewindCommand | undefined
      try {
        rewind = await work(clockS)
      } catch (error) {
        await this.#commands.send({ kind: 'release' })
        throw error
      }
      await this.#commands.send(rewind === undefined ? { kind: 'release' } : { kind: 'rewind', ...rewind })
    })
  }

  /** @param clockS - undefined: the block's own time. */
  async #rewindTo({
    blockNumber,
    writes,
    clockS,
  }: Omit<Snapshot, 'clockS'> & { clockS: bigint | undefined }): Promise<RewindCommand | undefined> {
    const { history, sealedNumber, unsealed, genesisNumber } = this.#state
    // Nothing has happened since.
    if (blockNumber === sealedNumber && unsealed.length === 0) return undefined
    const header = this.#state.blockByNumber(blockNumber)?.header
    if (header === undefined) throw new DevError(`block ${blockNumber} is not kept`)
    const diff = await (blockNumber === genesisNumber
      ? this.#diffToGenesis()
      : restoringDiff(this.#state, blockNumber))
    return {
      ...{ blockNumber, adoptedCount: 0, adopted: new Uint8Array(0), diff, writes },
      ...{ header: encodeHeader(header), hashes: this.#hashesUpTo(blockNumber) },
      miniBlockCount: history.blockByNumber(blockNumber)?.miniBlockCount ?? 0,
      clockS: clockS ?? header.timestamp,
    }
  }

  async #diffToGenesis(): Promise<Uint8Array> {
    try {
      return await restoringDiff(this.#state, this.#state.genesisNumber)
    } catch (error) {
      if (this.#folder === undefined || !(error instanceof StateNotKeptError)) throw error
      return genesisDiff(this.#folder, this.#state)
    }
  }

  #hashesUpTo(blockNumber: bigint): Uint8Array {
    const hashes: Uint8Array[] = []
    for (let number = blockNumber; number > blockNumber - ANCESTOR_HASHES; number--) {
      const hash = this.#state.blockByNumber(number)?.hash
      if (hash === undefined) break
      hashes.unshift(hash)
    }
    return concatBytes(...hashes)
  }

  /** Other blocks have come in place of those that were there. */
  forgetAll(): void {
    this.#forget(() => true)
  }

  #forget(isGone: (id: bigint, snapshot: Snapshot) => boolean): void {
    for (const [id, snapshot] of this.#snapshots) if (isGone(id, snapshot)) this.#snapshots.delete(id)
    this.#pin()
  }

  /** What is needed to go back to the oldest snapshot stays. */
  #pin(): void {
    const [oldest] = this.#snapshots.values()
    this.#state.history.pin(oldest?.blockNumber)
  }
}
