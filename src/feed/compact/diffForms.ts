// How values are told: as what they are, or by how much they differ from what was expected. Always the shortest.

import { BodyError } from './BodyError.ts'
import type { ColumnReader, ColumnWriter } from './columns.ts'
import { significantBytes } from './toldWords.ts'
import { addWord, copyWord, subtractWord, viewOf } from './words256.ts'

const TOLD = 0
const MORE = 1
const LESS = 2
/** Lengths of each form: 0 to 32. */
const LENGTHS = 33

const more: Uint8Array = new Uint8Array(32)
const less: Uint8Array = new Uint8Array(32)
const moreView: DataView = viewOf(more)
const lessView: DataView = viewOf(less)

/** Writes a word: u8 form · 33 + length into `forms`, the bytes into `values`. */
export function writeValue(
  { forms, values }: { forms: ColumnWriter; values: ColumnWriter },
  word: Uint8Array,
  at: number,
  expected: Uint8Array,
  expectedAt: number,
): void {
  const [wordView, expectedView] = [viewOf(word), viewOf(expected)]
  copyWord(moreView, 0, wordView, at)
  subtractWord(moreView, 0, expectedView, expectedAt)
  copyWord(lessView, 0, expectedView, expectedAt)
  subtractWord(lessView, 0, wordView, at)
  const lengths = [significantBytes(word, at), significantBytes(more, 0), significantBytes(less, 0)] as const
  const length = Math.min(...lengths)
  const form = lengths.indexOf(length)
  const [from, end] = form === TOLD ? [word, at + 32] : [form === MORE ? more : less, 32]
  forms.u8(form * LENGTHS + length)
  values.copy(from, end - length, end)
}

/** Writes the word to `target`. */
export function readValue(
  { forms, values }: { forms: ColumnReader; values: ColumnReader },
  expected: Uint8Array,
  expectedAt: number,
  target: Uint8Array,
): void {
  const number = forms.u8()
  const length = number % LENGTHS
  const form = Math.floor(number / LENGTHS)
  if (form > LESS) throw new BodyError('VALUE', `a value of form ${form}`)
  const from = values.take(length)
  more.fill(0)
  for (let i = 0; i < length; i++) more[32 - length + i] = values.bytes[from + i]!
  const view = viewOf(target)
  copyWord(view, 0, form === TOLD ? moreView : viewOf(expected), form === TOLD ? 0 : expectedAt)
  if (form === MORE) addWord(view, 0, moreView, 0)
  if (form === LESS) subtractWord(view, 0, moreView, 0)
}
