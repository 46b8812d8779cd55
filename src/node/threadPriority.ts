import { getPriority, setPriority } from 'node:os'

const MOST_NICENESS = 19

/**
 * Where processors are short, other threads of the node come before the calling one: the sequencer's, which keeps the
 * cadence, and the main thread, which answers. `steps` 1 to 19 is how far it stands back behind them; each is about a
 * tenth of the share.
 *
 * On Linux niceness belongs to the thread, and anybody may raise it, but not lower it: so it is counted from what the
 * process was started with (`nice`). Elsewhere it is the process's, and nothing is done.
 */
export function standBack(steps: number): void {
  if (process.platform === 'linux') setPriority(0, Math.min(getPriority(0) + steps, MOST_NICENESS))
}
