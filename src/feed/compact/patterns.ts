import { BodyError } from './BodyError.ts'
import type { ColumnReader, ColumnWriter } from './columns.ts'
import type { Dictionary } from './Dictionary.ts'
import { MAX_EFFECTS, MAX_PATTERNS } from './limits.ts'

/** What a log says that its contract has done to its storage: one effect a slot, in the order of the first writes. */
export type Pattern = readonly Effect[]

export type Effect = {
  /** 0: the slot `base`; 1: of the mapping at `base`; 2: of the mapping in a mapping at `base`. */
  depth: number
  /** 32 bytes. */
  base: Uint8Array
  /** Sources of the mappings' keys, outermost first; as many as `depth`. */
  keys: readonly number[]
  operation: number
  /** Source of the operand. */
  operand: number
}

export const OPERATION_ADD = 0
export const OPERATION_SUBTRACT = 1
export const OPERATION_SET = 2
/** Subtracts unless all bits are set, as an unlimited allowance stays. */
export const OPERATION_SPEND = 3

/** Sources below: topic of that index. */
export const SOURCE_SENDER = 4
export const SOURCE_RECIPIENT = 5
/** The number one. */
export const SOURCE_ONE = 6
/** From here on: word of the log's data. */
export const SOURCE_DATA = 8
/** Words of data that a source can name. */
export const MAX_SOURCE_WORDS = 24

/**
 * Names a pattern: logs of a contract with a first topic, apart by whether the transaction called the contract itself.
 *
 * @param contract - number of an address; `topic` number of a word.
 */
export function patternKey(contract: number, topic: number, isDirect: boolean): number {
  return contract * 0x20000 + topic * 2 + (isDirect ? 1 : 0)
}

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
