import type { ColumnWriter } from './columns.ts'

// A list of a diff against the one that was expected: how many expected entries stay before each exception, and what that is.

/** The expected entry isn't there. */
export const DROP = 0
/** It is there with something else in it. */
export const CORRECT = 1
/** One stands there that wasn't expected. */
export const INSERT = 2
export const EXCEPTION_KINDS = 3

type Told = {
  isAsExpected(entry: number, place: number): boolean
  correct(entry: number, place: number): void
  insert(entry: number): void
}

/**
 * Writes a script:
 *
 *     varint exceptionCount · per exception (varint expected entries before it · 3 + kind, then what the kind tells)
 */
export class DiffScriptWriter {
  readonly #column: ColumnWriter
  readonly #names: readonly string[]
  readonly #expected: { place: number; name: string }[] = []

  /** @param names - of the diff's entries, in order. */
  constructor(column: ColumnWriter, names: readonly string[]) {
    this.#column = column
    this.#names = names
  }

  /** The next that is expected; its place means something to who asks. */
  expect(place: number, name: string): void {
    this.#expected.push({ place, name })
  }

  write(told: Told): void {
    const steps = this.#steps(told)
    const exceptions = steps.filter(({ kind }) => kind !== undefined)
    this.#column.varint(exceptions.length)
    let kept = 0
    for (const { kind, entry, place } of steps) {
      if (kind === undefined) {
        kept++
        continue
      }
      this.#column.varint(kept * EXCEPTION_KINDS + kind)
      kept = 0
      if (kind === CORRECT) told.correct(entry, place)
      if (kind === INSERT) told.insert(entry)
    }
  }

  #steps({ isAsExpected }: Told): { kind: number | undefined; entry: number; place: number }[] {
    const names = this.#names
    const expected = this.#expected
    const entryOf = new Map(names.map((name, entry) => [name, entry]))
    const steps: { kind: number | undefined; entry: number; place: number }[] = []
    let entry = 0
    let next = 0
    while (entry < names.length || next < expected.length) {
      const { place, name } = expected[next] ?? { place: -1, name: undefined }
      const found = name === undefined ? Number.POSITIVE_INFINITY : (entryOf.get(name) ?? -1)
      if (name !== undefined && name === names[entry]) {
        steps.push({ kind: isAsExpected(entry, place) ? undefined : CORRECT, entry, place })
        entry++
        next++
      } else if (name !== undefined && (found < entry || expected[next + 1]?.name === names[entry])) {
        steps.push({ kind: DROP, entry, place })
        next++
      } else {
        steps.push({ kind: INSERT, entry, place: -1 })
        entry++
      }
    }
    return steps
  }
}
