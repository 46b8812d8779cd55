/** Cells of the speculation region (assembly/speculation.ts): offsets from its start, four bytes each. */
export const SPECULATION = {
  generation: 0,
  sleepers: 4,
  first: 8,
  limit: 12,
  entries: 16,
  entriesEnd: 20,
  position: 24,
  next: 28,
  lead: 32,
  patience: 36,
  committed: 40,
  conflicted: 44,
  unclaimed: 48,
  overtaken: 52,
  notSpeculated: 56,
  /** Transactions that a speculator claims at once. */
  group: 8,
  /** Speculations that it may have unread. */
  rooms: 64,
} as const
