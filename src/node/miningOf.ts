import type { MiningMode } from '../protocol/index.ts'

const DEFAULT_BLOCK_MS = 1000

/** The mode that options ask for. */
export function miningOf(
  byDefault: MiningMode['kind'],
  options: { mining?: MiningMode['kind']; blockMs?: number },
): MiningMode {
  const { mining = byDefault, blockMs = DEFAULT_BLOCK_MS } = options
  return mining === 'interval' ? { kind: mining, ms: blockMs } : { kind: mining }
}
