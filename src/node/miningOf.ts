import type { MiningMode } from '../protocol/index.ts'

const DEFAULT_BLOCK_MS = 1000

/** The mode that a node's options ask for. */
export function miningOf(
  options: { mining?: MiningMode['kind'] | 'autoIfLocal'; blockMs?: number },
  { local }: { local: unknown },
): MiningMode {
  const { mining = 'interval', blockMs = DEFAULT_BLOCK_MS } = options
  const kind = mining !== 'autoIfLocal' ? mining : local === undefined ? 'interval' : 'auto'
  return kind === 'interval' ? { kind, ms: blockMs } : { kind }
}
