/** How a trace stands to the recorded one. */
export type TraceComparison =
  | { kind: 'equal' }
  /** Only these members differ, and each tells of gas, of what was paid for it, or of a contract's first nonce. */
  | { kind: 'otherRules'; members: string[] }
  | { kind: 'different'; expected: string; received: string }

/** Members that tell of gas, wherever they stand. */
const GAS_MEMBERS: ReadonlySet<string> = new Set(['gas', 'gasUsed'])
/** Where the transaction stands: geth's own runner doesn't look at it. */
const PLACE_MEMBERS: ReadonlySet<string> = new Set([
  'blockHash',
  'blockNumber',
  'transactionHash',
  'transactionPosition',
  'time',
])

/**
 * Compares a trace with the recorded one. Under a fork that the engine doesn't have, gas may differ, and what sender and
 * coinbase (`payers`) have paid and got for it; and before EIP-161 a contract begins with nonce 0, not 1.
 */
export function compareTraces(
  expected: unknown,
  received: unknown,
  { payers, isOld, startsWithNonce }: { payers: string[]; isOld: boolean; startsWithNonce: boolean },
): TraceComparison {
  const same = Array.isArray(expected) ? isSameOrBlank : isSame
  const differences = [...differencesOf(expected, received, same)]
  if (differences.length === 0) return { kind: 'equal' }
  const members = new Set<string>()
  for (const { path, expected: wanted, received: got } of differences) {
    const member = path.at(-1)!
    const isBalance = member === 'balance' && payers.includes(path.at(-2) ?? '')
    const tellsOfGas = (GAS_MEMBERS.has(member) || isBalance) && wanted !== undefined && got !== undefined
    const isFirstNonce = !startsWithNonce && member === 'nonce' && wanted === undefined && got === 1
    if (!isOld || !(tellsOfGas || isFirstNonce)) {
      const place = path.join('.')
      return {
        kind: 'different',
        expected: `${place}: ${shown(wanted)}`,
        received: `${place}: ${shown(got)}`,
      }
    }
    members.add(isBalance ? 'balance of a payer' : isFirstNonce ? 'first nonce of a contract' : member)
  }
  return { kind: 'otherRules', members: [...members].sort() }
}

type Difference = { path: string[]; expected: unknown; received: unknown }

function* differencesOf(
  expected: unknown,
  received: unknown,
  same: (a: unknown, b: unknown, member: string) => boolean,
  path: string[] = [],
): Generator<Difference> {
  if (!isContainer(expected) || !isContainer(received)) {
    if (!same(expected, received, path.at(-1) ?? '')) yield { path, expected, received }
    return
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(received)])) {
    if (PLACE_MEMBERS.has(key)) continue
    yield* differencesOf(expected[key], received[key], same, [...path, key])
  }
}

/** A member that is null is one that is missing. Addresses and data in any case are the same. */
function isSame(a: unknown, b: unknown, member: string): boolean {
  // Older recordings lack a log's index.
  if (member === 'index' && a === undefined) return true
  if (a === null || a === undefined) return b === null || b === undefined
  return typeof a === 'string' && typeof b === 'string' ? a.toLowerCase() === b.toLowerCase() : a === b
}

/** In flat traces geth's own runner compares structs, in which members that are missing are zero or empty. */
function isSameOrBlank(a: unknown, b: unknown, member: string): boolean {
  return isSame(a, b, member) || (isBlank(a) && isBlank(b))
}

function isBlank(value: unknown): boolean {
  if (typeof value === 'string') return /^(?:0x0*)?$/.test(value)
  return value === undefined || value === null || (isContainer(value) && Object.values(value).every(isBlank))
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
