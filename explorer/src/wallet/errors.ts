/** A wallet has not sent what it was to send. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError'
}
