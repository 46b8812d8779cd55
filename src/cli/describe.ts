/** Errors that we foresee explain themselves; others come with their stack. */
export function describe(error: Error): string {
  return error.message.includes('\n  next: ') ? error.message : (error.stack ?? error.message)
}
