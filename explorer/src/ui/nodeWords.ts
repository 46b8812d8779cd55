import { count, formatMs } from '../lib/format.ts'
import { toNumber } from '../lib/hex.ts'
import type { RpcNodeStatus } from '../rpc/index.ts'

type Following = NonNullable<RpcNodeStatus['following']>

const ROLES: Record<string, string> = { sequencer: 'Sequencer', replica: 'Replica', fullNode: 'Full node' }

/** What a node is, in a word. */
export function roleName({ role }: RpcNodeStatus): string {
  return ROLES[role] ?? role
}

/** How far a node is behind what it follows. */
export function lagOf({ lagMiniBlocks, lagMs }: Following): { miniBlocks: string; time: string } {
  return { miniBlocks: count(toNumber(lagMiniBlocks), 'mini-block'), time: formatMs(lagMs) }
}

/** The same: `0 mini-blocks, 1.2 ms`. */
export function lagText(following: Following): string {
  const { miniBlocks, time } = lagOf(following)
  return `${miniBlocks}, ${time}`
}

/** Whom it follows, or why it follows nobody. */
export function followedText({ source, sources }: Following): string {
  if (source !== null) return source
  return sources.map(({ name, reason }) => `not ${name}: ${reason ?? 'connecting'}`).join('; ')
}
