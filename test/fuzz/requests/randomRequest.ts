import type { Prng } from '../../../src/lib/index.ts'

/** What the chain that is asked has, so that not everything is refused at the door. */
export type Known = { addresses: readonly string[]; hashes: readonly string[]; raws: readonly string[] }

const TAGS = ['latest', 'pending', 'earliest', 'safe', 'finalized', '0x0', '0x1', '0x7', '0xffffffffffff']
const MEMBERS = [
  ...[
    'from',
    'to',
    'gas',
    'gasPrice',
    'value',
    'data',
    'input',
    'accessList',
    'authorizationList',
    'address',
  ],
  ...[
    'topics',
    'fromBlock',
    'toBlock',
    'blockHash',
    'blockNumber',
    'cursor',
    'storageKeys',
    'chainId',
    'nonce',
  ],
  ...[
    'maxFeePerGas',
    'maxPriorityFeePerGas',
    'state',
    'stateDiff',
    'balance',
    'code',
    'tracer',
    'tracerConfig',
  ],
  ...[
    'blockStateCalls',
    'calls',
    'blockOverrides',
    'stateOverrides',
    'fromMiniBlock',
    'transactionHashes',
    'timeout',
    '__proto__',
  ],
]
const NAMES = [
  'newHeads',
  'logs',
  'miniBlocks',
  'stateChanges',
  'newPendingTransactions',
  'transactionReceipts',
  'syncing',
  'callTracer',
  'none',
]
const ODD = ['', '0x', '0X1', '0x0g', 'ü😀', '\u0000', '1e400', 'null', '{"a":1}']
const LONG = 200_000

/** A JSON-RPC request in which anything may be wrong. */
export function randomRequest(random: Prng, methods: readonly string[], known: Known): string {
  const method = pick(random, methods)
  // Few methods have more than three parameters.
  const count = random.nextInt(4) + (random.nextInt(4) === 0 ? 3 : 0)
  const params = Array.from({ length: count }, () => randomValue(random, known, 3))
  const id = pick(random, [1, 'a', null, 2 ** 53, -1.5, {}, undefined])
  const request: Record<string, unknown> = { jsonrpc: '2.0', id, method, params }
  if (random.nextInt(20) === 0) delete request[pick(random, Object.keys(request))]
  if (random.nextInt(30) === 0) request.params = randomValue(random, known, 2)
  return JSON.stringify(request)
}

function randomValue(random: Prng, known: Known, depth: number): unknown {
  const kind = random.nextInt(depth > 0 ? 14 : 10)
  if (kind < 2) return pick(random, TAGS)
  if (kind < 3) return pick(random, known.addresses)
  if (kind < 4) return pick(random, known.hashes)
  if (kind < 5) return pick(random, known.raws)
  if (kind < 6) return pick(random, NAMES)
  if (kind < 7) return `0x${'abcdef0123456789'.repeat(1 + random.nextInt(8)).slice(random.nextInt(16))}`
  if (kind < 8) return pick<unknown>(random, [null, true, 0, -1, 2.5, 1e300, 2 ** 53])
  if (kind < 9) return pick(random, ODD)
  if (kind < 10) return random.nextInt(40) === 0 ? `0x${'00'.repeat(random.nextInt(LONG))}` : '0x1'
  if (kind < 12) return Array.from({ length: random.nextInt(4) }, () => randomValue(random, known, depth - 1))
  const members = Array.from({ length: random.nextInt(5) }, () => [
    pick(random, MEMBERS),
    randomValue(random, known, depth - 1),
  ])
  return Object.fromEntries(members)
}

export function pick<T>(random: Prng, items: readonly T[]): T {
  return items[random.nextInt(items.length)]!
}
