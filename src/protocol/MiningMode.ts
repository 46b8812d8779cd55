/**
 * When EVM blocks come. `interval`: regularly. `auto`: with transactions, whatever has arrived together in one. `manual`:
 * only on demand; transactions wait in the pool. Blocks of `auto` and `manual` are opened when there is something for
 * them, and closed as soon as it is executed: lazily.
 */
export type MiningMode = { kind: 'auto' } | { kind: 'manual' } | { kind: 'interval'; ms: number }
