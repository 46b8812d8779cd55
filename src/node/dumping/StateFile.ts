import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { dumpText, parseDump, type StateDumps } from '../../rpc/index.ts'

/** Where a chain's state comes from and goes to. */
export type StateFileOptions = {
  /** A dump with which a new chain begins. */
  load?: string
  /** Whether it may be missing. */
  isOptional?: boolean
  /** Where the state is dumped when the node stops. */
  dump?: string
  /** And so often meanwhile, in seconds. */
  intervalS?: number
}

/** A chain's state in a file, as anvil keeps it: JSON of a dump; a folder has it as state.json. */
export class StateFile {
  readonly #options: StateFileOptions
  readonly #dumps: StateDumps
  readonly #onError: (error: Error) => void
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> | undefined

  /** @param onError - gets why the state could not be dumped in between. */
  constructor(options: StateFileOptions, dumps: StateDumps, onError: (error: Error) => void) {
    this.#options = options
    this.#dumps = dumps
    this.#onError = onError
  }

  /** From now on the state is dumped, where that is wanted. */
  begin(): void {
    const { dump, intervalS } = this.#options
    if (dump === undefined || intervalS === undefined) return
    this.#timer = setInterval(() => void this.#save().catch(this.#onError), intervalS * 1000).unref()
  }

  /** Loads the state, if there is one to be loaded. @throws StateFileError */
  async load(): Promise<void> {
    const { load, isOptional } = this.#options
    if (load === undefined) return
    const path = fileOf(load)
    if (isOptional && !existsSync(path)) return
    try {
      await this.#dumps.load(parseDump(textOf(readFileSync(path))))
    } catch (error) {
      throw new StateFileError(path, error as Error)
    }
  }

  /** Dumps the state for the last time. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#saving?.catch(() => {})
    if (this.#options.dump !== undefined) await this.#save().catch(this.#onError)
  }

  #save(): Promise<void> {
    this.#saving ??= this.#write().finally(() => {
      this.#saving = undefined
    })
    return this.#saving
  }

  /** It has its name only once it is whole. */
  async #write(): Promise<void> {
    const path = fileOf(this.#options.dump!)
    const text = await dumpText(await this.#dumps.dump())
    writeFileSync(`${path}.new`, text)
    renameSync(`${path}.new`, path)
  }
}

function fileOf(path: string): string {
  return existsSync(path) && statSync(path).isDirectory() ? join(path, 'state.json') : path
}

function textOf(bytes: Buffer): string {
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString()
}

/** A state can't be loaded. */
class StateFileError extends Error {
  override readonly name = 'StateFileError'

  constructor(path: string, cause: Error) {
    super(
      `The state can't be loaded: ${cause.message}\n  file: ${path}\n  next: name a dump that anvil or Leveret made.`,
      {
        cause,
      },
    )
  }
}
