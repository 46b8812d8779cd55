import { nextTurn } from '../lib/index.ts'
import { putBatch, type Root } from './tables.ts'

/** Puts, about 10 KB each, that are made before others have their turn, in 0.6 ms; each turn is a commit. */
const PUTS_PER_TURN = 128
/** Turns whose puts may wait for the database. */
const TURNS_PER_COMMIT = 4

/**
 * Puts much without holding the thread: what `puts` puts, one value a step, in as many commits as it takes, then what
 * `last` puts, which makes all of it be there. `last` is called once everything before is committed, or in the same
 * commit: the database goes on with the next commit after one that failed, so a head must not be on its way before.
 *
 * @param committed - called whenever everything that `puts` has put so far is committed.
 * @throws what the disk said of the first commit that failed. `last` was not called then, or its commit failed.
 */
export async function putInTurns(
  root: Root,
  puts: Iterator<void, void>,
  { last, committed }: { last: () => void; committed: () => void },
): Promise<void> {
  let isDone = false
  const putSome = (): void => {
    for (let i = 0; i < PUTS_PER_TURN && !isDone; i++) isDone = puts.next().done === true
  }
  let commits: Promise<void>[] = []
  const begin = (putsOfOne: () => void): void => {
    const commit = putBatch(root, putsOfOne)
    // It is waited for later: until then a failure must not count as unhandled.
    commit.catch(() => {})
    commits.push(commit)
  }
  begin(() => {
    putSome()
    if (isDone) last()
  })
  const isOneCommit = isDone
  while (!isDone) {
    if (commits.length === TURNS_PER_COMMIT) {
      await Promise.all(commits)
      committed()
      commits = []
    } else await nextTurn()
    begin(putSome)
  }
  await Promise.all(commits)
  committed()
  if (!isOneCommit) await putBatch(root, last)
}
