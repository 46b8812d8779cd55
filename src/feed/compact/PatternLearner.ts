import { keccak256 } from '../../kernels/index.ts'
import { concatBytes, equalBytes, fromBigInt, hexToBytes } from '../../lib/index.ts'
import { DIFF_SLOT_BYTES, splitStateDiff } from '../../protocol/index.ts'
import type { ColumnWriters } from './columns.ts'
import type { Dictionary } from './Dictionary.ts'
import { type DictionaryIndex, textOf } from './DictionaryIndex.ts'
import { LogJournal, type NotedLog } from './LogJournal.ts'
import { MAX_EFFECTS, MAX_PATTERNS } from './limits.ts'
import type { OldState } from './OldState.ts'
import {
  type Effect,
  OPERATION_ADD,
  OPERATION_SET,
  OPERATION_SPEND,
  OPERATION_SUBTRACT,
  patternKey,
  SOURCE_DATA,
  SOURCE_ONE,
  SOURCE_RECIPIENT,
  SOURCE_SENDER,
} from './Pattern.ts'
import { smallBase, writePattern } from './patterns.ts'
import type { TransactionFacts } from './TransactionFacts.ts'
import { addWord, copyWord, subtractWord, viewOf } from './words256.ts'

/** Slots where contracts have their mappings: the first ones, and that of OpenZeppelin's upgradeable ERC-20 (ERC-7201). */
const BASES: readonly Uint8Array[] = [
  ...Array.from({ length: 16 }, (_, i) => smallBase(i)),
  hexToBytes('0x52c63247e1f47db19d5ce0460030c497f067ca4cebf71ba98eeadabe20bace00'),
  hexToBytes('0x52c63247e1f47db19d5ce0460030c497f067ca4cebf71ba98eeadabe20bace01'),
]
/** Logs of one kind that are looked at in a chunk; chunks in which a kind is looked at; kinds in a chunk. */
const MAX_LOGS = 4
const MAX_ATTEMPTS = 6
const MAX_KINDS = 4
/** Words of data that an operand is looked for among. */
const MAX_OPERANDS = 3
const KEYS: readonly number[] = [1, 2, 3, SOURCE_SENDER, SOURCE_RECIPIENT]
const OPERATIONS: readonly number[] = [OPERATION_ADD, OPERATION_SUBTRACT, OPERATION_SET, OPERATION_SPEND]
const ALL_ONES: Uint8Array = new Uint8Array(32).fill(0xff)
const ONE: Uint8Array = fromBigInt(1n, 32)

type Told = { entry: number; name: Uint8Array; value: Uint8Array }
type Target = Pick<Effect, 'depth' | 'base' | 'keys'>

/**
 * Finds out what logs say of their contract's slots: for slots that no pattern foretold it looks for mappings with words of
 * the logs as keys, and for what was done to them. What it finds goes into the dictionary; a wrong guess costs corrections
 * and nothing else.
 */
export class PatternLearner {
  readonly #dictionary: Dictionary
  readonly #index: DictionaryIndex
  readonly #columns: ColumnWriters
  readonly #oldState: OldState
  readonly #journal = new LogJournal()
  /** By the pattern's key: chunks in which it was looked for. */
  readonly #attempts = new Map<number, number>()
  /** Contracts of which the last chunk's diff told slots. */
  readonly #failing = new Set<number>()

  constructor(
    dictionary: Dictionary,
    index: DictionaryIndex,
    { columns, oldState }: { columns: ColumnWriters; oldState: OldState },
  ) {
    this.#dictionary = dictionary
    this.#index = index
    this.#columns = columns
    this.#oldState = oldState
  }

  /** A chunk begins. */
  begin(): void {
    this.#journal.clear()
  }

  /** Takes the next transaction of which all is known. */
  add(facts: TransactionFacts): void {
    this.#journal.add(facts, this.#isWanted)
  }

  /** Where a pattern is known, only once it has failed. */
  readonly #isWanted = (key: number, contract: number): boolean =>
    (this.#attempts.get(key) ?? 0) < MAX_ATTEMPTS &&
    (!this.#dictionary.patterns.has(key) || this.#failing.has(contract))

  /** Writes what is learnt from a diff behind it: varint patternCount, and the patterns in their own column. */
  learn(diff: Uint8Array, toldSlots: readonly number[]): void {
    this.#failing.clear()
    const found = toldSlots.length === 0 ? [] : this.#find(diff, toldSlots)
    this.#columns.diffs.varint(found.length)
    for (const { log, pattern } of found) {
      const { contract, topic, isDirect } = log
      writePattern(this.#columns.patterns, { contract, topic, isDirect }, pattern)
      this.#dictionary.patterns.set(patternKey(contract, topic, isDirect), pattern)
    }
  }

  #find(diff: Uint8Array, toldSlots: readonly number[]): { log: NotedLog; pattern: Effect[] }[] {
    const { slots } = splitStateDiff(diff)
    const byContract = new Map<number, Told[]>()
    for (const entry of toldSlots) {
      const at = entry * DIFF_SLOT_BYTES
      const contract = this.#index.addresses.find(slots, at)
      if (contract < 0) continue
      this.#failing.add(contract)
      const told = { entry, name: slots.subarray(at, at + 52), value: slots.subarray(at + 52, at + 84) }
      byContract.set(contract, [...(byContract.get(contract) ?? []), told])
    }
    const found: { log: NotedLog; pattern: Effect[] }[] = []
    let kinds = 0
    for (const [key, logs] of this.#journal.byKind()) {
      const told = byContract.get(logs[0]!.contract)
      const attempts = this.#attempts.get(key) ?? 0
      if (told === undefined || attempts >= MAX_ATTEMPTS) continue
      if (++kinds > MAX_KINDS || this.#dictionary.patterns.size + found.length >= MAX_PATTERNS) break
      const pattern = this.#patternOf(key, logs, told)
      this.#attempts.set(key, attempts + 1)
      if (pattern !== undefined) found.push({ log: logs[0]!, pattern })
    }
    return found
  }

  /** The known pattern with what explains more than it does; undefined if there is nothing. */
  #patternOf(key: number, logs: readonly NotedLog[], told: readonly Told[]): Effect[] | undefined {
    const byKey = new Map(told.map((slot) => [textOf(slot.name.subarray(20)), slot]))
    const known = this.#dictionary.patterns.get(key) ?? []
    const learnt = new Map<string, { first: number; effect: Effect }>()
    for (const [i, log] of logs.slice(0, MAX_LOGS).entries()) {
      // Several mappings may lead to a slot: the first that explained one does it again.
      const explained = new Set<string>()
      for (const target of targetsOf(log, i === 0)) {
        const slotKey = textOf(slotOf(target, log)!)
        const slot = byKey.get(slotKey)
        if (slot === undefined || explained.has(slotKey)) continue
        const name = textOf(Uint8Array.of(target.depth, ...target.base, ...target.keys))
        const effect = learnt.has(name) ? undefined : this.#effectOn(target, slot, logs)
        if (effect !== undefined) learnt.set(name, { first: slot.entry, effect })
        const isExplained = learnt.has(name) || known.some((other) => isSameTarget(other, target))
        if (isExplained) explained.add(slotKey)
      }
    }
    const effects = [...learnt.values()].sort((x, y) => x.first - y.first).map(({ effect }) => effect)
    const kept = known.filter((effect) => !effects.some((other) => isSameTarget(effect, other)))
    return effects.length === 0 ? undefined : [...kept, ...effects].slice(0, MAX_EFFECTS)
  }

  /** What all logs of the kind together did to the slot. */
  #effectOn(target: Target, slot: Told, logs: readonly NotedLog[]): Effect | undefined {
    const old = this.#oldState.slot(slot.name.subarray(0, 20), slot.name.subarray(20))
    const key = slot.name.subarray(20)
    const meant = logs.filter((log) => {
      const of = slotOf(target, log)
      return of !== undefined && equalBytes(of, key)
    })
    // An allowance is set, a balance changes: where both would do, the form of the mapping decides.
    const operations = target.depth === 2 ? OPERATIONS.toReversed() : OPERATIONS
    for (const operation of operations) {
      for (const operand of operandsOf(logs[0]!)) {
        const value = old.slice()
        for (const log of meant) operate(value, operation, wordOf(operand, log)!)
        if (equalBytes(value, slot.value)) return { ...target, operation, operand }
      }
    }
    return undefined
  }
}

/** Where a log's slots may be: in a mapping, alone, or, where that is wanted, in a mapping of mappings. */
function* targetsOf(log: NotedLog, withDeep: boolean): Generator<Target, void> {
  const keys = KEYS.filter((key) => wordOf(key, log) !== undefined)
  for (const base of BASES) {
    for (const key of keys) yield { depth: 1, base, keys: [key] }
    yield { depth: 0, base, keys: [] }
  }
  if (!withDeep) return
  for (const base of BASES) {
    for (const outer of keys) {
      for (const inner of keys) if (inner !== outer) yield { depth: 2, base, keys: [outer, inner] }
    }
  }
}

function operandsOf(log: NotedLog): number[] {
  const data = Array.from({ length: Math.min(MAX_OPERANDS, log.dataWords) }, (_, i) => SOURCE_DATA + i)
  return [...data, SOURCE_ONE, ...[1, 2, 3].filter((topic) => topic < log.topicCount)]
}

function wordOf(source: number, log: NotedLog): Uint8Array | undefined {
  if (source === SOURCE_ONE) return ONE
  if (source === SOURCE_SENDER) return log.sender
  if (source === SOURCE_RECIPIENT) return log.recipient
  if (source >= SOURCE_DATA) return log.words[log.topicCount + source - SOURCE_DATA]
  return source < log.topicCount ? log.words[source] : undefined
}

function slotOf({ depth, base, keys }: Target, log: NotedLog): Uint8Array | undefined {
  let slot = base
  for (let i = 0; i < depth; i++) {
    const key = wordOf(keys[i]!, log)
    if (key === undefined) return undefined
    slot = keccak256(concatBytes(key, slot))
  }
  return slot
}

function operate(value: Uint8Array, operation: number, operand: Uint8Array): void {
  const [view, by] = [viewOf(value), viewOf(operand)]
  if (operation === OPERATION_ADD) addWord(view, 0, by, 0)
  else if (operation === OPERATION_SET) copyWord(view, 0, by, 0)
  else if (operation === OPERATION_SUBTRACT || !equalBytes(value, ALL_ONES)) subtractWord(view, 0, by, 0)
}

function isSameTarget(a: Target, b: Target): boolean {
  return a.depth === b.depth && equalBytes(a.base, b.base) && a.keys.every((key, i) => key === b.keys[i])
}
