/**
 * States what must hold if this code is right; kept on in production.
 * For our own mistakes only: bad input gets a value with a `code`.
 *
 * @throws AssertionError with `message` when `condition` is false.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}

/** A mistake in this codebase, never in its input. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'

  constructor(message: string) {
    super(`Assertion failed: ${message}\n  next: this is a bug; please report it with the stack below.`)
  }
}
