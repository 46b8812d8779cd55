import type { AddressTable } from './AddressTable.ts'
import type { ByteIndex } from './ByteIndex.ts'
import type { ColumnReaders, ColumnWriter, ColumnWriters } from './columns.ts'
import type { FixedTable } from './FixedTable.ts'

// A reference to an address or a word of the dictionary: its number plus one, the low byte in one column, the rest in
// another; 0: it is new, stands in full in its own column, and gets the next number.

type Known<Table> = { table: Table; index: ByteIndex }

export function writeAddress(
  columns: ColumnWriters,
  known: Known<AddressTable>,
  source: Uint8Array,
  at: number,
): number {
  return write(columns, known, { source, at, length: 20, into: columns.addresses })
}

export function writeWord(
  columns: ColumnWriters,
  known: Known<FixedTable>,
  source: Uint8Array,
  at: number,
): number {
  return write(columns, known, { source, at, length: 32, into: columns.words })
}

export function readAddress(columns: ColumnReaders, table: AddressTable): number {
  const number = readNumber(columns)
  if (number > 0) return table.check(number - 1)
  return table.add(columns.addresses.bytes, columns.addresses.take(20))
}

export function readWord(columns: ColumnReaders, table: FixedTable): number {
  const number = readNumber(columns)
  if (number > 0) return table.check(number - 1)
  return table.add(columns.words.bytes, columns.words.take(32))
}

type Item = { source: Uint8Array; at: number; length: number; into: ColumnWriter }

function write(
  { idLows, idHighs }: ColumnWriters,
  { table, index }: Known<AddressTable | FixedTable>,
  { source, at, length, into }: Item,
): number {
  const known = index.find(source, at)
  idLows.u8((known + 1) & 255)
  idHighs.varint((known + 1) >>> 8)
  if (known >= 0) return known
  into.copy(source, at, at + length)
  const id = table.add(source, at)
  index.add(id)
  return id
}

function readNumber(columns: ColumnReaders): number {
  return columns.idLows.u8() + columns.idHighs.varint() * 256
}
