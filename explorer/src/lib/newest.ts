/** A list with the newest first, with `items` (oldest first) put in front, and of `limit` at most. */
export function withNewest<T>(list: readonly T[], items: readonly T[], limit: number): T[] {
  const added = items.slice(-limit).reverse()
  return [...added, ...list.slice(0, limit - added.length)]
}
