/** Why something was not done for the developer, in words for the caller; nothing has changed. */
export class DevError extends Error {
  override readonly name = 'DevError'
}
