import { LruMap } from '../../lib/index.ts'
import { mergeSnapshot, PieceBuilder } from '../../state/index.ts'
import type { Chain } from '../chain.ts'
import { listedState, readGenesis } from '../importGenesis.ts'

/** What chains begin with: the rules, and the first state as encoded StateDiffs from nothing. */
export type FirstState = { chain: Chain; diffs: readonly Uint8Array[] }

/** Texts of geneses whose state is remembered, and bytes of a state beyond which it isn't. */
const REMEMBERED = 4
const REMEMBERED_BYTES = 2 ** 20

const remembered = new LruMap<string, FirstState>(REMEMBERED)

/**
 * Reads a geth-style genesis. Chains of tests begin with the same again and again: it is read once.
 *
 * @throws GenesisError
 */
export function firstState(text: string): FirstState {
  const known = remembered.get(text)
  if (known !== undefined) return known
  const { chain, state } = readGenesis({ text })
  const diffs: Uint8Array[] = []
  const pieces = new PieceBuilder(({ diff }) => diffs.push(diff))
  for (const _ of mergeSnapshot(undefined, listedState(state), pieces));
  const first = { chain, diffs }
  const bytes = diffs.reduce((sum, { length }) => sum + length, 0)
  if (bytes <= REMEMBERED_BYTES) remembered.set(text, first)
  return first
}
