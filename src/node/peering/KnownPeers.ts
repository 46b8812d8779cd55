import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isPeerAddress } from './peerAddress.ts'

/** Addresses that are kept: those that were reached last. */
const MAX_KNOWN = 16
const FILE = 'peers.json'

/** Addresses under which peers of the chain were reached, kept in the data folder over restarts. */
export class KnownPeers {
  readonly #path: string
  /** By peer; the one that was reached last stands last. */
  readonly #addresses = new Map<string, string>()
  #isChanged = false

  /** A file that can't be read is as none. */
  constructor(folder: string) {
    this.#path = join(folder, FILE)
    for (const address of readAddresses(this.#path)) this.#addresses.set(peerOf(address), address)
  }

  /** The one that was reached last comes first. */
  get addresses(): string[] {
    return [...this.#addresses.values()].toReversed()
  }

  reached(peer: string, address: string): void {
    const whole = address.includes('/p2p/') ? address : `${address}/p2p/${peer}`
    if (!isPeerAddress(whole) || this.#addresses.get(peer) === whole) return
    this.#addresses.delete(peer)
    this.#addresses.set(peer, whole)
    if (this.#addresses.size > MAX_KNOWN) this.#addresses.delete(this.#addresses.keys().next().value!)
    this.#isChanged = true
  }

  forget(peer: string): void {
    if (this.#addresses.delete(peer)) this.#isChanged = true
  }

  /** Writes them if there are others than before. A disk that refuses does not matter. */
  keep(): void {
    if (!this.#isChanged) return
    this.#isChanged = false
    try {
      writeFileSync(`${this.#path}.new`, `${JSON.stringify([...this.#addresses.values()], undefined, 2)}\n`)
      renameSync(`${this.#path}.new`, this.#path)
    } catch {
      // They are found again.
    }
  }
}

function readAddresses(path: string): string[] {
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (!Array.isArray(read)) return []
    return read
      .filter((address) => typeof address === 'string' && isPeerAddress(address) && peerOf(address) !== '')
      .slice(-MAX_KNOWN)
  } catch {
    return []
  }
}

function peerOf(address: string): string {
  return address.split('/p2p/')[1] ?? ''
}
