import { nodeError } from './errors.ts'
import { StateOnItsWayError } from './RemoteView.ts'

/** Repeats of one request: each brings one account or slot that it reads. */
const MOST_REPEATS = 10_000

/**
 * Does what reads the state of a forked chain, and does it again whenever something had to be asked of the remote, until all
 * that it reads is there. It must change nothing before it has read.
 */
export function onceItIsThere(read: () => unknown): unknown {
  try {
    const result = read()
    return result instanceof Promise ? result.catch((error) => repeat(error, read)) : result
  } catch (error) {
    return repeat(error, read)
  }
}

async function repeat(error: unknown, read: () => unknown): Promise<unknown> {
  let failure = error
  for (let repeats = 0; repeats < MOST_REPEATS; repeats++) {
    if (!(failure instanceof StateOnItsWayError)) throw failure
    await failure.arrival
    try {
      return await read()
    } catch (next) {
      failure = next
    }
  }
  throw nodeError(`it reads more than ${MOST_REPEATS} values that have to be asked of the fork's remote`)
}
