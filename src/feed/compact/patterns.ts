import { BodyError } from './BodyError.ts'
import type { ColumnReader, ColumnWriter } from './columns.ts'
import type { Dictionary } from './Dictionary.ts'
import { MAX_EFFECTS, MAX_PATTERNS } from './limits.ts'
import {
  type Effect,
  MAX_SOURCE_WORDS,
  OPERATION_SPEND,
  type Pattern,
  patternKey,
  SOURCE_DATA,
} from './Pattern.ts'

/**
 *     varint contract · varint topic · u8 isDirect · u8 effectCount
 *     · per effect (u8 depth · u8 length · base without leading zeros · u8 per key · u8 operation · u8 operand)
 */
export function writePattern(
  column: ColumnWriter,
  { contract, topic, isDirect }: { contract: number; topic: number; isDirect: boolean },
  pattern: Pattern,
): void {
  column.varint(contract)
  column.varint(topic)
  column.u8(isDirect ? 1 : 0)
  column.u8(pattern.length)
  for (const { depth, base, keys, operation, operand } of pattern) {
    const zeros = base.findIndex((byte) => byte !== 0)
    const start = zeros < 0 ? 32 : zeros
    column.u8(depth)
    column.u8(32 - start)
    column.copy(base, start, 32)
    for (const key of keys) column.u8(key)
    column.u8(operation)
    column.u8(operand)
  }
}

/** Reads a pattern into the dictionary; it takes the place of one of the same name. */
export function readPattern(column: ColumnReader, { patterns, addresses, words }: Dictionary): void {
  const contract = addresses.check(column.varint())
  const topic = words.check(column.varint())
  const isDirect = column.u8() !== 0
  const count = column.u8()
  if (count > MAX_EFFECTS) throw new BodyError('LIMIT', `a pattern of ${count} effects`)
  const pattern = Array.from({ length: count }, () => readEffect(column))
  if (patterns.size >= MAX_PATTERNS) throw new BodyError('LIMIT', `more than ${MAX_PATTERNS} patterns`)
  patterns.set(patternKey(contract, topic, isDirect), pattern)
}

function readEffect(column: ColumnReader): Effect {
  const depth = column.u8()
  const length = column.u8()
  if (depth > 2 || length > 32) throw new BodyError('VALUE', 'an effect on no slot')
  const told = column.part(length)
  const base = length <= 1 ? smallBase(told[0] ?? 0) : new Uint8Array(32)
  if (length > 1) base.set(told, 32 - length)
  const keys = Array.from({ length: depth }, () => readSource(column))
  const operation = column.u8()
  if (operation > OPERATION_SPEND) throw new BodyError('VALUE', `operation ${operation}`)
  return { depth, base, keys, operation, operand: readSource(column) }
}

const SMALL_BASES: readonly Uint8Array[] = Array.from({ length: 256 }, (_, i) => {
  const base = new Uint8Array(32)
  base[31] = i
  return base
})

/** The word below 256: one object each, so that what is remembered of a mapping of one contract helps with another's. */
export function smallBase(slot: number): Uint8Array {
  return SMALL_BASES[slot]!
}

function readSource(column: ColumnReader): number {
  const source = column.u8()
  if (source === 7 || source >= SOURCE_DATA + MAX_SOURCE_WORDS)
    throw new BodyError('VALUE', `source ${source}`)
  return source
}
