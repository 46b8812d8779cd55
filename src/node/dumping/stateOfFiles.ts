import { readState } from '../readState.ts'
import type { OpenState } from './NodeDumps.ts'

/** The state as the files of a data folder have it: they keep it while the chain goes on. */
export function stateOfFiles(folder: { snapshots: string; log: string }): OpenState {
  return async (place) => (onDiff) => readState(folder, place, onDiff)
}
