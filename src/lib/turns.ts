/** Resolves once what waits in the event loop has had its turn: for long work that shares its thread. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/**
 * Takes one after the other, however long it goes on, and lets others have their turns of the event loop meanwhile.
 *
 * @param options.turnMs - after so long.
 */
export async function inTurns<Item>(
  items: Iterable<Item>,
  take: (item: Item) => void,
  { turnMs = 20 }: { turnMs?: number } = {},
): Promise<void> {
  let startMs = performance.now()
  for (const item of items) {
    take(item)
    if (performance.now() - startMs < turnMs) continue
    await nextTurn()
    startMs = performance.now()
  }
}
