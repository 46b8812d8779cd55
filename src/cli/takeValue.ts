/** A whole number in decimal; gives what is wrong. */
export function takeInteger(
  text: string,
  { min, max }: { min: number; max: number },
  set: (value: number) => void,
): string | undefined {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max)
    return `expected a whole number from ${min} to ${max}.`
  set(value)
  return undefined
}

/** One of some words; gives what is wrong. */
export function takeWord<Word extends string>(
  text: string,
  words: readonly Word[],
  set: (word: Word) => void,
): string | undefined {
  const word = words.find((known) => known === text)
  if (word === undefined) return `expected one of ${words.join(', ')}.`
  set(word)
  return undefined
}
