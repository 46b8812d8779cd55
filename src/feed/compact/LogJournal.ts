import { patternKey } from './Pattern.ts'
import { ITEM_CONSTANT } from './ReceiptKind.ts'
import { idAt, type TransactionFacts } from './TransactionFacts.ts'

/** A log, and who sent and was called by its transaction. */
export type NotedLog = {
  contract: number
  topic: number
  isDirect: boolean
  sender: Uint8Array
  recipient: Uint8Array
  topicCount: number
  dataWords: number
  /** Topics, then words of data. */
  words: Uint8Array[]
}

/** Logs of one kind that are kept of a chunk, and words of them. */
const MAX_LOGS_OF_KIND = 512
const MAX_LOGS = 2048

/** The logs of a chunk that may become patterns. */
export class LogJournal {
  #byKind = new Map<number, NotedLog[]>()
  #count = 0

  clear(): void {
    this.#byKind.clear()
    this.#count = 0
  }

  /** By the keys of the patterns that they would have. */
  byKind(): ReadonlyMap<number, readonly NotedLog[]> {
    return this.#byKind
  }

  /** @param isWanted - whether logs of the kind with that key are of use. */
  add(
    { receipt, list, indexes, to }: TransactionFacts,
    isWanted: (key: number, contract: number) => boolean,
  ): void {
    const { logs, sources, ids } = receipt!
    let item = 0
    for (const { topicCount, items } of logs) {
      const first = item
      item += items.length
      if (topicCount === 0 || this.#count >= MAX_LOGS) continue
      const contract = sources[first] === ITEM_CONSTANT ? ids[first]! : idAt(list.addressIds, indexes[first]!)
      const topic =
        sources[first + 1] === ITEM_CONSTANT ? ids[first + 1]! : idAt(list.wordIds, indexes[first + 1]!)
      if (contract < 0 || topic < 0) continue
      const isDirect = contract === to
      const key = patternKey(contract, topic, isDirect)
      if (!isWanted(key, contract)) continue
      const word = (index: number) => list.bytes.slice(index * 32, index * 32 + 32)
      const listed = Array.from(indexes.subarray(first + 1, item))
      if (listed.some((index) => index < 0)) continue
      this.#note(key, {
        ...{ contract, topic, isDirect, topicCount, dataWords: items.length - 1 - topicCount },
        ...{ sender: word(0), recipient: word(1), words: listed.map(word) },
      })
    }
  }

  #note(key: number, log: NotedLog): void {
    this.#count++
    const logs = this.#byKind.get(key)
    if (logs === undefined) this.#byKind.set(key, [log])
    else if (logs.length < MAX_LOGS_OF_KIND) logs.push(log)
  }
}
