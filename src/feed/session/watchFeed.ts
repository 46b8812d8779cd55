import { type FeedSource, FeedSourceError } from '../FeedSource.ts'

/** The other side is asked so often whether it is still there: it ends connections on which nothing comes. */
const ASK_INTERVAL_MS = 2000
/** After so long without an answer it is not there any more. */
const ANSWER_LIMIT_MS = 10_000

/**
 * Watches a connection for as long as it lives: where the other side falls silent, it is closed, and what was asked of it
 * fails. A machine that is cut off says nothing, and neither does the system for a quarter of an hour.
 */
export function watchFeed(source: FeedSource): void {
  let isAsking = false
  const timer = setInterval(() => {
    if (isAsking) return
    isAsking = true
    const limit = setTimeout(() => source.close(), ANSWER_LIMIT_MS)
    source
      .hello()
      .catch((error) => {
        const isBusy = error instanceof FeedSourceError && error.code === 'LIMIT'
        if (!isBusy) clearInterval(timer)
      })
      .finally(() => {
        clearTimeout(limit)
        isAsking = false
      })
  }, ASK_INTERVAL_MS)
  // Where timers keep a process alive: this one needn't.
  const { unref } = timer as { unref?: () => void }
  unref?.call(timer)
}
