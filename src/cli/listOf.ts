/** A value with commas between; `none` for none. */
export function listOf(text: string): string[] {
  if (text === 'none') return []
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}
