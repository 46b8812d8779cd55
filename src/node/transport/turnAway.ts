import { type FeedDuplex, type FeedSource, FeedSourceError, serveFeed } from '../../feed/index.ts'

/** So long the other side has to hear it. */
const TURN_AWAY_MS = 1000

/** Answers all that is asked with LIMIT and the reason, then ends the connection; resolves when it has ended. */
export async function turnAway(duplex: FeedDuplex, reason: string): Promise<void> {
  const timer = setTimeout(() => duplex.close(), TURN_AWAY_MS).unref()
  // Whoever doesn't keep to the protocol is no longer connected.
  await serveFeed(duplex, turnedAway(reason)).catch(() => {})
  clearTimeout(timer)
}

/** What stands for the source towards those for whom there is no room. */
function turnedAway(reason: string): FeedSource {
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
