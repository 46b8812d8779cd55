import { randomBytes } from 'node:crypto'
import type { RootDatabase } from 'lmdb'
import { bytesToHex, equalBytes } from '../lib/index.ts'
import { HistoryMismatchError } from './errors.ts'
import type { Table } from './tables.ts'

const FORMAT_VERSION = 3

type Owned = {
  root: RootDatabase<Uint8Array, Uint8Array>
  meta: Table
  folder: string
  genesisHash: Uint8Array
}

/**
 * Makes sure that a database is of this chain and of this format; a new one becomes so.
 *
 * @returns the salt of its hashes, 16 bytes.
 * @throws HistoryMismatchError, with the database closed.
 */
export function claimDatabase(owned: Owned): Uint8Array {
  const { root, meta, folder, genesisHash } = owned
  const version = meta.getBinary(VERSION_KEY)?.[0]
  if (version === undefined) return begin(owned)
  try {
    if (version !== FORMAT_VERSION)
      throw new HistoryMismatchError('format version', folder, `${version}`, `${FORMAT_VERSION}`)
    const found = meta.getBinary(GENESIS_KEY)
    const salt = meta.getBinary(SALT_KEY)
    if (found === undefined || salt?.length !== 16 || !equalBytes(found, genesisHash)) {
      const foundText = found === undefined ? 'none' : bytesToHex(found)
      throw new HistoryMismatchError('genesis', folder, foundText, bytesToHex(genesisHash))
    }
    return salt
  } catch (error) {
    void root.close()
    throw error
  }
}

function begin({ root, meta, genesisHash }: Owned): Uint8Array {
  const salt = new Uint8Array(randomBytes(16))
  root.transactionSync(() => {
    meta.put(VERSION_KEY, Uint8Array.of(FORMAT_VERSION))
    meta.put(GENESIS_KEY, genesisHash)
    meta.put(SALT_KEY, salt)
  })
  return salt
}

const VERSION_KEY: Uint8Array = new TextEncoder().encode('version')
const GENESIS_KEY: Uint8Array = new TextEncoder().encode('genesis')
const SALT_KEY: Uint8Array = new TextEncoder().encode('salt')
