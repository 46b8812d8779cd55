import { setPriority } from 'node:os'

/**
 * Where processors are short, other threads of the node come before the calling one: the sequencer's, which keeps the
 * cadence, and the main thread, which answers. `niceness` 1 to 19 is how far it stands back; each step is about a tenth of
 * the share.
 *
 * On Linux niceness belongs to the thread, and anybody may raise it; elsewhere it is the process's, and nothing is done.
 */
export function standBack(niceness: number): void {
  if (process.platform === 'linux') setPriority(0, niceness)
}
