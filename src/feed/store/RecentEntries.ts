import { decodeEntry, nextRecord } from '../entries/index.ts'

/** Bytes of entries that are kept in memory, so that readers at the end read no file. */
const RECENT_BYTES = 4 * 1024 * 1024

/** The newest entries, in order and without gaps. */
export class RecentEntries {
  #entries: { firstRecord: bigint; bytes: Uint8Array }[] = []
  /** Entries before it have gone; they are taken out of the list many at once. */
  #start = 0
  #bytes = 0

  add(firstRecord: bigint, bytes: Uint8Array): void {
    this.#entries.push({ firstRecord, bytes })
    this.#bytes += bytes.length
    while (this.#bytes > RECENT_BYTES) this.#bytes -= this.#entries[this.#start++]!.bytes.length
    if (this.#start <= this.#entries.length / 2) return
    this.#entries = this.#entries.slice(this.#start)
    this.#start = 0
  }

  /** The entry that holds a record, if it is here. */
  find(record: bigint): Uint8Array | undefined {
    let low = this.#start
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#entries[middle]!.firstRecord <= record) low = middle + 1
      else high = middle
    }
    const bytes = low > this.#start ? this.#entries[low - 1]!.bytes : undefined
    return bytes !== undefined && nextRecord(decodeEntry(bytes)) > record ? bytes : undefined
  }

  clear(): void {
    this.#entries = []
    this.#start = 0
    this.#bytes = 0
  }
}
