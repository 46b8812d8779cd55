import { MemoryDatastore } from 'datastore-core'
import type { Key } from 'interface-datastore'

/**
 * What libp2p remembers of peers and for the distributed table, in memory: at most so many keys; those that were written
 * longest ago go. Anybody may have a peer remember something.
 */
export class BoundedDatastore extends MemoryDatastore {
  readonly #limit: number
  /** In the order in which they were written last. */
  readonly #keys = new Map<string, Key>()

  constructor(limit: number) {
    super()
    this.#limit = limit
  }

  override async put(key: Key, value: Uint8Array): Promise<Key> {
    const name = key.toString()
    this.#keys.delete(name)
    this.#keys.set(name, key)
    if (this.#keys.size > this.#limit) await this.delete(this.#keys.values().next().value!)
    return super.put(key, value)
  }

  override async delete(key: Key): Promise<void> {
    this.#keys.delete(key.toString())
    await super.delete(key)
  }
}
