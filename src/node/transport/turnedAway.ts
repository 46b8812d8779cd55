import { type FeedSource, FeedSourceError } from '../../feed/index.ts'

/** What stands for a source towards whom there is no room for: all that is asked of it is answered with LIMIT and the reason. */
export function turnedAway(reason: string): FeedSource {
  const refuse = (): never => {
    throw new FeedSourceError('LIMIT', reason)
  }
  return {
    hello: async () => refuse(),
    entries: refuse,
    genesis: async () => refuse(),
    snapshot: refuse,
    submit: async () => refuse(),
    close: () => {},
  }
}
