import { equalBytes } from '../../lib/index.ts'
import type { ColumnWriter } from './columns.ts'
import { textOf } from './DictionaryIndex.ts'

// A list of a diff against the one that was expected: how many expected entries stay before each exception, and what that is.

/** The expected entry isn't there. */
export const DROP = 0
/** It is there with something else in it. */
export const CORRECT = 1
/** One stands there that wasn't expected. */
export const INSERT = 2
export const EXCEPTION_KINDS = 3

/** A list of a diff, and how it is told. */
type ScriptSource = {
  /** Entries. */
  count: number
  name(entry: number): Uint8Array
  /** What was expected, in order: the places that are changed. */
  expected: { count: number; isChanged(place: number): boolean }
  expectedName(place: number): Uint8Array
  /** Whether the entry of the same name has what was expected in it. */
  isAsExpected(entry: number, place: number): boolean
  correct(entry: number, place: number): void
  insert(entry: number): void
}

/**
 * Writes a script:
 *
 *     varint exceptionCount · per exception (varint expected entries before it · 3 + kind, then what the kind tells)
 */
export function writeScript(column: ColumnWriter, source: ScriptSource): void {
  const places: number[] = []
  for (let place = 0; place < source.expected.count; place++)
    if (source.expected.isChanged(place)) places.push(place)
  if (isForetold(places, source)) {
    column.varint(0)
    return
  }
  const steps = stepsOf(places, source)
  column.varint(steps.filter(({ kind }) => kind !== KEEP).length)
  let kept = 0
  for (const { kind, entry, place } of steps) {
    if (kind === KEEP) {
      kept++
      continue
    }
    column.varint(kept * EXCEPTION_KINDS + kind)
    kept = 0
    if (kind === CORRECT) source.correct(entry, place)
    if (kind === INSERT) source.insert(entry)
  }
}

const KEEP = -1

function isForetold(
  places: readonly number[],
  { count, name, expectedName, isAsExpected }: ScriptSource,
): boolean {
  if (places.length !== count) return false
  for (let entry = 0; entry < count; entry++) {
    const place = places[entry]!
    if (!equalBytes(name(entry), expectedName(place)) || !isAsExpected(entry, place)) return false
  }
  return true
}

type Step = { kind: number; entry: number; place: number }

function stepsOf(
  places: readonly number[],
  { count, name, expectedName, isAsExpected }: ScriptSource,
): Step[] {
  const names = Array.from({ length: count }, (_, entry) => textOf(name(entry)))
  const expected = places.map((place) => textOf(expectedName(place)))
  const entryOf = new Map(names.map((text, entry) => [text, entry]))
  const steps: Step[] = []
  let entry = 0
  let next = 0
  while (entry < count || next < places.length) {
    const text = expected[next]
    const place = places[next] ?? -1
    if (text !== undefined && text === names[entry]) {
      steps.push({ kind: isAsExpected(entry, place) ? KEEP : CORRECT, entry, place })
      entry++
      next++
    } else if (
      text !== undefined &&
      ((entryOf.get(text) ?? -1) < entry || expected[next + 1] === names[entry])
    ) {
      steps.push({ kind: DROP, entry, place })
      next++
    } else {
      steps.push({ kind: INSERT, entry, place: -1 })
      entry++
    }
  }
  return steps
}
