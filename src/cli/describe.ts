/** Errors that we foresee explain themselves; others, our own mistakes among them, come with their stack. */
export function describe(error: Error): string {
  const isForeseen = error.message.includes('\n  next: ') && error.name !== 'AssertionError'
  return isForeseen ? error.message : (error.stack ?? error.message)
}
