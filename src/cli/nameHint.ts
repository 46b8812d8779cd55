/** What to tell who typed a name that isn't known. @param write - how a name is to be typed. */
export function nameHint(
  typed: string,
  names: readonly string[],
  write: (name: string) => string = (name) => name,
): string {
  const nearest = nearestName(typed, names)
  return nearest === undefined ? 'See --help for all options.' : `Did you mean ${write(nearest)}?`
}

/** The name that was probably meant; undefined if none is near. */
function nearestName(typed: string, names: readonly string[]): string | undefined {
  const nearest = names
    .map((name) => ({ name, distance: editDistance(typed, name) }))
    .sort((a, b) => a.distance - b.distance)[0]
  if (nearest === undefined) return undefined
  // Two characters (swapped ones count as two) or a third of the word wrong is a slip; more is another word.
  const isNear = nearest.distance <= Math.max(2, Math.floor(nearest.name.length / 3))
  return isNear ? nearest.name : undefined
}

/** Levenshtein's distance: single characters inserted, deleted or replaced. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1))
    }
    previous = row
  }
  return previous[b.length]!
}
