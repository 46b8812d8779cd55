import { randomBytes } from 'node:crypto'
import { bytesToHex, equalBytes } from '../lib/index.ts'
import { CommittedBranch } from './CommittedBranch.ts'
import { HistoryMismatchError } from './errors.ts'
import { type HistoryRoot, openTable, type Table } from './tables.ts'

const FORMAT_VERSION = 3

const VERSION_KEY: Uint8Array = new TextEncoder().encode('version')
const GENESIS_KEY: Uint8Array = new TextEncoder().encode('genesis')
const SALT_KEY: Uint8Array = new TextEncoder().encode('salt')

/** What the table `meta` says of the whole database: its format and chain, the salt of its hashes, and on which branch it is. */
export class HistoryMeta {
  readonly table: Table
  readonly salt: Uint8Array
  readonly branch: CommittedBranch
  readonly #root: HistoryRoot
  readonly #folder: string

  /**
   * Claims a new database for a chain.
   *
   * @throws HistoryMismatchError if it belongs to another chain or was written by another release; it is closed then.
   */
  constructor(root: HistoryRoot, folder: string, genesisHash: Uint8Array) {
    this.#root = root
    this.#folder = folder
    this.table = openTable(root, 'meta')
    this.salt = this.#claim(genesisHash)
    this.branch = new CommittedBranch(this.table)
  }

  /** Gives the salt of the database. */
  #claim(genesisHash: Uint8Array): Uint8Array {
    const version = this.table.getBinary(VERSION_KEY)?.[0]
    if (version === undefined) return this.#begin(genesisHash)
    try {
      if (version !== FORMAT_VERSION) {
        throw new HistoryMismatchError('format version', this.#folder, `${version}`, `${FORMAT_VERSION}`)
      }
      const found = this.table.getBinary(GENESIS_KEY)
      const salt = this.table.getBinary(SALT_KEY)
      if (found === undefined || salt?.length !== 16 || !equalBytes(found, genesisHash)) {
        const foundText = found === undefined ? 'none' : bytesToHex(found)
        throw new HistoryMismatchError('genesis', this.#folder, foundText, bytesToHex(genesisHash))
      }
      return salt
    } catch (error) {
      void this.#root.close()
      throw error
    }
  }

  #begin(genesisHash: Uint8Array): Uint8Array {
    const salt = new Uint8Array(randomBytes(16))
    this.#root.transactionSync(() => {
      this.table.put(VERSION_KEY, Uint8Array.of(FORMAT_VERSION))
      this.table.put(GENESIS_KEY, genesisHash)
      this.table.put(SALT_KEY, salt)
    })
    return salt
  }
}
