/** Resolves once what waits in the event loop has had its turn: for long work that shares its thread. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** After so long others get their turn. */
const TURN_MS = 20

/** Takes one after the other, however long it goes on, and lets others have their turns of the event loop meanwhile. */
export async function inTurns<Item>(items: Iterable<Item>, take: (item: Item) => void): Promise<void> {
  let startMs = performance.now()
  for (const item of items) {
    take(item)
    if (performance.now() - startMs < TURN_MS) continue
    await nextTurn()
    startMs = performance.now()
  }
}
