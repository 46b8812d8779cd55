/** A stream that can't be published as it was asked for. */
export class PublishingError extends Error {
  override readonly name = 'PublishingError'
  readonly recovery = 'stop'

  constructor(what: string, next: string) {
    super(`The stream can't be published: ${what}.\n  next: ${next}`)
  }
}
