/** Resolves once what waits in the event loop has had its turn: for long work that shares its thread. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
