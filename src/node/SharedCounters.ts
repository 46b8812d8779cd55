/**
 * Named counters in shared memory: one thread writes, the others read. Each is whole by itself; two that are read
 * together may be from before and after a change.
 */
export class SharedCounters<Name extends string> {
  readonly memory: SharedArrayBuffer
  readonly #names: readonly Name[]
  readonly #cells: BigInt64Array

  constructor(names: readonly Name[], memory: SharedArrayBuffer = new SharedArrayBuffer(8 * names.length)) {
    this.memory = memory
    this.#names = names
    this.#cells = new BigInt64Array(memory)
  }

  set(name: Name, value: bigint | number): void {
    Atomics.store(this.#cells, this.#names.indexOf(name), BigInt(value))
  }

  add(name: Name, value: number): void {
    Atomics.add(this.#cells, this.#names.indexOf(name), BigInt(value))
  }

  get(name: Name): bigint {
    return Atomics.load(this.#cells, this.#names.indexOf(name))
  }
}
