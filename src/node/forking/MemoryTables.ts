import type { ForkTables } from './ForkTables.ts'

/** Of all answers that are kept. */
const ANSWER_CHARACTERS: number = 32 * 1024 * 1024

/** In memory, as long as a chain lives. Of the state it gets what the chain meets, for which engines have to have room as well. */
export class MemoryTables implements ForkTables {
  readonly state: MemoryTable<Uint8Array> = new MemoryTable()
  readonly answers: MemoryTable<string> = new MemoryTable()

  get hasRoom(): boolean {
    return this.answers.length < ANSWER_CHARACTERS
  }

  async close(): Promise<void> {}
}

class MemoryTable<Value extends { length: number }> {
  /** Of all values. */
  length = 0
  readonly #values = new Map<string, Value>()

  get(key: Uint8Array): Value | undefined {
    return this.#values.get(nameOf(key))
  }

  putSync(key: Uint8Array, value: Value): void {
    this.length += value.length - (this.get(key)?.length ?? 0)
    this.#values.set(nameOf(key), value)
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
}
