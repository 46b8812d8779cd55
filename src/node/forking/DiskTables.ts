import { mkdirSync } from 'node:fs'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { ForkTables } from './ForkTables.ts'

/** Answers that are kept. */
const ANSWERS = 100_000
/** Threads of all processes that have the folder open at once. */
const READERS = 1024

/** In a folder, which several threads and processes may have open at once: whoever writes a value writes the same. */
export class DiskTables implements ForkTables {
  readonly state: Database<Uint8Array, Uint8Array>
  readonly answers: Database<string, Uint8Array>
  readonly #root: RootDatabase<Uint8Array, Uint8Array>

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true })
    const binary = { encoding: 'binary', keyEncoding: 'binary' } as const
    // After a crash of the machine some of it may have to be asked for again.
    this.#root = open({ path: folder, ...binary, noSync: true, maxDbs: 2, maxReaders: READERS })
    this.state = this.#root.openDB({ name: 'state', ...binary })
    this.answers = this.#root.openDB({ name: 'answers', encoding: 'string', keyEncoding: 'binary' })
  }

  get hasRoom(): boolean {
    return (this.answers.getStats() as { entryCount: number }).entryCount < ANSWERS
  }

  async close(): Promise<void> {
    await this.#root.close()
  }
}
