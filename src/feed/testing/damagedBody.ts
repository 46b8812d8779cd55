import type { Prng } from '../../lib/index.ts'
import { ColumnWriter, inOrder, splitColumns } from '../compact/index.ts'

const VERSION = 1

/**
 * A body in which some bytes of some columns are others, some are missing or come twice; no column is compressed, so that the
 * damage gets past the decompression.
 */
export function damagedBody(body: Uint8Array, random: Prng): Uint8Array {
  const columns = inOrder(splitColumns(body)).map(({ bytes, at, end }): Uint8Array => bytes.slice(at, end))
  for (let left = 1 + random.nextInt(3); left > 0; left--) {
    const filled = columns.flatMap(({ length }, i) => (length > 0 ? [i] : []))
    if (filled.length === 0) break
    const i = random.pick(filled)
    columns[i] = damaged(columns[i]!, random)
  }
  return joined(columns)
}

function damaged(column: Uint8Array, random: Prng): Uint8Array {
  const at = random.nextInt(column.length)
  const part = column.subarray(at, at + 1 + random.nextInt(4))
  const kind = random.nextInt(8)
  if (kind === 0) return column.slice(0, at)
  if (kind === 1) return Uint8Array.of(...column.subarray(0, at), ...part, ...column.subarray(at))
  if (kind === 2) return Uint8Array.of(...column.subarray(0, at), ...column.subarray(at + part.length))
  const changed = column.slice()
  changed[at] = kind < 5 ? changed[at]! + (random.nextInt(2) === 0 ? 1 : -1) : random.nextInt(256)
  return changed
}

function joined(columns: readonly Uint8Array[]): Uint8Array {
  const body = new ColumnWriter()
  body.u8(VERSION)
  body.varint(columns.reduce((bits, { length }, i) => bits + (length > 0 ? 2 ** i : 0), 0))
  body.varint(0)
  for (const { length } of columns) if (length > 0) body.varint(length)
  for (const column of columns) body.copy(column, 0, column.length)
  return body.written().slice()
}
