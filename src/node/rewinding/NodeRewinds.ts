import { concatBytes } from '../../lib/index.ts'
import { DevError, type Rewinds } from '../../rpc/index.ts'
import type { RewindCommand } from '../../sequencer/index.ts'
import type { CommandClient } from '../dev/index.ts'
import { JobQueue } from '../JobQueue.ts'
import { openWrites } from './openWrites.ts'
import { type RestorableState, restoringDiff } from './restoringDiff.ts'

/** Snapshots that are remembered; a revert forgets its own and those after it. */
const SNAPSHOT_LIMIT = 65_536
/** Hashes of ancestors that BLOCKHASH may ask for. */
const HASHES = 256n

/** `writes`: what a developer had written after the block. */
type Snapshot = { blockNumber: bigint; writes: Uint8Array | undefined }

/** Goes back by commands to the sequencer: it brings the chain to rest, and is sent what leads back. */
export class NodeRewinds implements Rewinds {
  readonly #commands: Pick<CommandClient, 'send'>
  readonly #state: RestorableState
  readonly #queue = new JobQueue('rewinds')
  /** By id, oldest first; their blocks never go down. */
  readonly #snapshots = new Map<bigint, Snapshot>()
  #nextId = 0n

  constructor(commands: Pick<CommandClient, 'send'>, state: RestorableState) {
    this.#commands = commands
    this.#state = state
  }

  async snapshot(): Promise<bigint> {
    if (this.#snapshots.size >= SNAPSHOT_LIMIT)
      throw new DevError(
        `too many snapshots (limit ${SNAPSHOT_LIMIT}); revert to one, which forgets those after it`,
      )
    let id = 0n
    await this.#atRest(async () => {
      id = this.#nextId++
      const { sealedNumber: blockNumber } = this.#state
      this.#snapshots.set(id, { blockNumber, writes: openWrites(this.#state) })
      this.#pin()
      return undefined
    })
    return id
  }

  async revert(id: bigint): Promise<boolean> {
    const snapshot = this.#snapshots.get(id)
    if (snapshot === undefined) return false
    await this.#atRest(() => this.#rewindTo(snapshot))
    this.#forget((other) => other >= id)
    return true
  }

  async rollback(depth: bigint): Promise<void> {
    await this.#atRest(() => {
      const height = this.#state.sealedNumber
      if (depth > height)
        throw new DevError(
          `Rollback depth must not exceed current chain height: current height ${height}, depth ${depth}`,
        )
      return this.#rewindTo({ blockNumber: height - depth, writes: undefined })
    })
    const head = this.#state.sealedNumber
    this.#forget((_, { blockNumber }) => blockNumber > head)
  }

  /** Has `work` done while nothing is executed; goes back if it says so. One after another. */
  #atRest(work: () => Promise<RewindCommand | undefined>): Promise<void> {
    return this.#queue.run(async () => {
      await this.#commands.send({ kind: 'hold' })
      let rewind: RewindCommand | undefined
      try {
        rewind = await work()
      } catch (error) {
        await this.#commands.send({ kind: 'release' })
        throw error
      }
      await this.#commands.send(rewind === undefined ? { kind: 'release' } : { kind: 'rewind', ...rewind })
    })
  }

  async #rewindTo({ blockNumber, writes }: Snapshot): Promise<RewindCommand | undefined> {
    const { history, sealedNumber, unsealed } = this.#state
    // Nothing has happened since.
    if (blockNumber === sealedNumber && unsealed.length === 0) return undefined
    const block = history.blockByNumber(blockNumber)
    if (block === undefined) throw new DevError(`block ${blockNumber} is not kept`)
    const diff = await restoringDiff(this.#state, blockNumber)
    const { header, miniBlockCount } = block
    return { blockNumber, miniBlockCount, header, hashes: this.#hashesUpTo(blockNumber), diff, writes }
  }

  #hashesUpTo(blockNumber: bigint): Uint8Array {
    const { history } = this.#state
    const hashes: Uint8Array[] = []
    for (let number = blockNumber; number > blockNumber - HASHES; number--) {
      const hash = history.hashByNumber(number)
      if (hash === undefined) break
      hashes.unshift(hash)
    }
    return concatBytes(...hashes)
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
