import type { Database, RootDatabase } from 'lmdb'
import { fromBigInt, nextTurn } from '../lib/index.ts'

export type Table = Database<Uint8Array, Uint8Array>
export type HistoryRoot = RootDatabase<Uint8Array, Uint8Array>
/** Of a database: what commits. */
export type Root = Pick<HistoryRoot, 'batch' | 'committed'>

export const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const

/** Of each database, its tables. */
const openTables = new WeakMap<HistoryRoot, Table[]>()

export function openTable(root: HistoryRoot, name: string): Table {
  const table = root.openDB({ name, ...BINARY })
  openTables.set(root, [...(openTables.get(root) ?? []), table])
  return table
}

/**
 * Closes the database. From now on reading throws: while it closes, the database would renew a transaction for the read,
 * and end the process in a timer for not finding it.
 */
export function closeTables(root: HistoryRoot): Promise<void> {
  const refuse = (): never => {
    throw new Error('the history is closed')
  }
  const reads = {
    getBinary: refuse,
    getBinaryFast: refuse,
    getRange: refuse,
    getKeys: refuse,
    doesExist: refuse,
  }
  for (const table of openTables.get(root) ?? []) Object.assign(table, reads)
  return root.close()
}

/** A block number as a key: 8 bytes, big-endian, so that keys sort by number. */
export function numberKey(number: bigint): Uint8Array {
  return fromBigInt(number, 8)
}

/** Inverse of {@link numberKey}; bytes may follow. */
export function readNumber(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0)
}

/** The key of one of several values of a block: its number's key, then a u32, big-endian. */
export function indexedKey(number: Uint8Array, index: number): Uint8Array {
  const key = new Uint8Array(12)
  key.set(number)
  key[8] = index >>> 24
  key[9] = index >>> 16
  key[10] = index >>> 8
  key[11] = index
  return key
}

/** Removes all values whose key begins with the number of a block above `number`, one a step. */
export function* removalsBehind(table: Table, number: bigint): Generator<void, void> {
  for (const key of [...table.getKeys({ start: numberKey(number + 1n) })]) {
    table.remove(key)
    yield
  }
}

/** What `puts` puts, in one commit. Rejects with what the disk said. */
export async function putBatch(root: Root, puts: () => void): Promise<void> {
  const batch = root.batch(puts)
  // At the turn's end the database makes a promise of its own, which says the same: unhandled, it would end the process.
  setImmediate(() => void root.committed.then(undefined, () => {}))
  try {
    await batch
  } catch (error) {
    throw await reasonOf(error)
  }
}

/** A failed commit gives its reason in a promise, which is settled in the same turn. */
async function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> }
  const reason = commitError?.then(
    () => error,
    (cause: unknown) => cause,
  )
  return await Promise.race([reason ?? error, nextTurn().then(() => error)])
}
