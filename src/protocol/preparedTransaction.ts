/**
 * A transaction whose signatures have been recovered, in bytes: the form in which it goes from thread to thread and into
 * the engine (Engine.executeBatch), one entry behind the other. Integers are little-endian:
 *
 *     u32 rawLength · u16 authorityCount · u16 0 · sender 20 · hash 32
 *     · per EIP-7702 authorization (u8 known · address 20; zeros where its signature is not valid) · raw
 */
export type PreparedTransaction = {
  /** EIP-2718 envelope. */
  raw: Uint8Array
  /** Recovered from the signature, 20 bytes. */
  sender: Uint8Array
  /** keccak256 of `raw`; not given: who executes it computes it. */
  hash?: Uint8Array | undefined
  /** Who signed each EIP-7702 authorization; undefined where the signature is not valid. */
  authorities: readonly (Uint8Array | undefined)[]
}

const SENDER_OFFSET = 8
const HASH_OFFSET = SENDER_OFFSET + 20
const AUTHORITIES_OFFSET = HASH_OFFSET + 32
const AUTHORITY_BYTES = 21

/** Where an entry's fields stand, for who writes them one by one. */
export const PREPARED: Readonly<Record<'sender' | 'hash' | 'authorities' | 'authorityBytes', number>> = {
  sender: SENDER_OFFSET,
  hash: HASH_OFFSET,
  authorities: AUTHORITIES_OFFSET,
  authorityBytes: AUTHORITY_BYTES,
}

/** Bytes of the entry of a transaction. */
export function preparedBytes({ raw, authorities }: PreparedTransaction): number {
  return AUTHORITIES_OFFSET + authorities.length * AUTHORITY_BYTES + raw.length
}

/** Bytes of the entry that stands at an offset. */
export function preparedBytesAt(entries: DataView, offset: number): number {
  const authorityCount = entries.getUint16(offset + 4, true)
  return AUTHORITIES_OFFSET + authorityCount * AUTHORITY_BYTES + entries.getUint32(offset, true)
}

/** Writes the entry at an offset of `target`; returns where it ends. */
export function writePrepared(transaction: PreparedTransaction, target: Uint8Array, offset: number): number {
  const { raw, sender, hash, authorities } = transaction
  const end = offset + preparedBytes(transaction)
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength)
  target.fill(0, offset, end - raw.length)
  view.setUint32(offset, raw.length, true)
  view.setUint16(offset + 4, authorities.length, true)
  target.set(sender, offset + SENDER_OFFSET)
  if (hash !== undefined) target.set(hash, offset + HASH_OFFSET)
  for (const [i, authority] of authorities.entries()) {
    if (authority === undefined) continue
    const at = offset + AUTHORITIES_OFFSET + i * AUTHORITY_BYTES
    target[at] = 1
    target.set(authority, at + 1)
  }
  target.set(raw, end - raw.length)
  return end
}

/** Entries of these transactions, one behind the other. */
export function encodePrepared(transactions: readonly PreparedTransaction[]): Uint8Array {
  const bytes = new Uint8Array(transactions.reduce((sum, transaction) => sum + preparedBytes(transaction), 0))
  let offset = 0
  for (const transaction of transactions) offset = writePrepared(transaction, bytes, offset)
  return bytes
}

/**
 * Reads the entry at an offset; byte strings are views of `bytes`.
 *
 * @throws RangeError when the bytes end before the entry does.
 */
export function readPrepared(
  bytes: Uint8Array,
  offset: number,
): { transaction: PreparedTransaction & { hash: Uint8Array }; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rawLength = view.getUint32(offset, true)
  const authorityCount = view.getUint16(offset + 4, true)
  const rawAt = offset + AUTHORITIES_OFFSET + authorityCount * AUTHORITY_BYTES
  const end = rawAt + rawLength
  if (end > bytes.length) throw new RangeError(`An entry ends at ${end}, its bytes at ${bytes.length}.`)
  const authorities = Array.from({ length: authorityCount }, (_, i) => {
    const at = offset + AUTHORITIES_OFFSET + i * AUTHORITY_BYTES
    return bytes[at] === 1 ? bytes.subarray(at + 1, at + AUTHORITY_BYTES) : undefined
  })
  const transaction = {
    raw: bytes.subarray(rawAt, end),
    sender: bytes.subarray(offset + SENDER_OFFSET, offset + HASH_OFFSET),
    hash: bytes.subarray(offset + HASH_OFFSET, offset + AUTHORITIES_OFFSET),
    authorities,
  }
  return { transaction, end }
}

/** All entries that `bytes` hold; see {@link readPrepared}. */
export function* preparedEntries(
  bytes: Uint8Array,
): Generator<{ transaction: PreparedTransaction & { hash: Uint8Array }; end: number }, void> {
  for (let offset = 0; offset < bytes.length; ) {
    const entry = readPrepared(bytes, offset)
    yield entry
    offset = entry.end
  }
}
