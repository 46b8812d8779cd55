import { type FollowError, type Follower, follow, type VerifiedAccount } from '../../../src/client/index.ts'
import { bytesToHex, firstLine } from '../../../src/lib/index.ts'

/** What the worker has checked so far. */
export type Verification =
  | { state: 'connecting' }
  /** The node has no feed, or none yet. */
  | { state: 'absent' }
  | ({ state: 'verified' } & Verified)
  | { state: 'failed'; code: string; message: string; verified: Verified | undefined }

export type Verified = {
  sequencer: `0x${string}`
  /** Mini-blocks, the first and the newest; blocks and transactions between. */
  first: number
  newest: number
  blocks: number
  transactions: number
  /** The newest headers, the newest last. */
  headers: readonly VerifiedHeader[]
}

export type VerifiedHeader = { number: number; hash: string }

/** Headers that the page can compare with what it is shown. */
const MOST_HEADERS = 32

/** Where the feed is, and whose signatures alone count; undefined: of whomever the node names. */
export type VerifyOrder = { kind: 'verify'; url: string; sequencer: `0x${string}` | undefined }

/** An account, with the slots of these keys, is to be proven after the newest verified block. */
export type ProofOrder = {
  kind: 'prove'
  id: number
  address: `0x${string}`
  keys: readonly `0x${string}`[]
}

/** What the worker says. */
export type WorkerMessage =
  | { kind: 'verification'; verification: Verification }
  | { kind: 'proven'; id: number; account: VerifiedAccount }
  | { kind: 'notProven'; id: number; message: string }

/** The page is told so often at most. */
const TELL_MS = 200
/** A node that has no feed may get one when it is started anew; one that has another chain is followed from its start. */
const RETRY_MS = 10_000
const PASSING: ReadonlySet<string> = new Set(['UNREACHABLE', 'NO_FEED', 'WRONG_CHAIN'])

const scope = self as unknown as {
  postMessage(message: WorkerMessage): void
  onmessage: ((event: { data: VerifyOrder | ProofOrder }) => void) | null
}

let follower: Follower | undefined
let verified: Verified | undefined
let telling: ReturnType<typeof setTimeout> | undefined

scope.onmessage = ({ data: order }) => {
  if (order.kind === 'prove') return void prove(order)
  // Once for an order: who is told of each retry hears the same again and again where there is no feed.
  tell({ state: 'connecting' })
  void verify(order)
}

async function verify(order: VerifyOrder): Promise<void> {
  verified = undefined
  try {
    const { url, sequencer } = order
    follower = await follow(sequencer === undefined ? { url } : { url, sequencer })
    watch(follower)
    follower.on('failed', (error) => fail(order, error))
  } catch (error) {
    fail(order, error as FollowError)
  }
}

function watch(follower: Follower): void {
  follower.on('status', (status) => {
    if (status === 'connecting') tell({ state: 'connecting' })
    // Where nothing new comes, what was checked before the connection broke still holds.
    else if (verified !== undefined) tellSoon()
  })
  follower.on('miniBlock', ({ number, transactions }) => {
    verified ??= begin(follower.sequencer, Number(number))
    verified.newest = Number(number)
    verified.transactions += transactions.length
    tellSoon()
  })
  follower.on('block', ({ number, hash }) => {
    if (verified === undefined) return
    const header = { number: Number(number), hash: bytesToHex(hash) }
    verified.headers = [...verified.headers, header].slice(-MOST_HEADERS)
    verified.blocks++
    tellSoon()
  })
  follower.on('rewind', ({ blockNumber }) => {
    if (verified === undefined) return
    verified.headers = verified.headers.filter(({ number }) => number <= Number(blockNumber))
    tellSoon()
  })
}

function begin(sequencer: `0x${string}`, first: number): Verified {
  return { sequencer, first, newest: first, blocks: 0, transactions: 0, headers: [] }
}

async function prove({ id, address, keys }: ProofOrder): Promise<void> {
  try {
    if (follower === undefined) throw new Error('The node’s stream is not followed yet')
    scope.postMessage({ kind: 'proven', id, account: await follower.verifyAccount(address, keys) })
  } catch (error) {
    scope.postMessage({ kind: 'notProven', id, message: firstLine(error as Error) })
  }
}

function fail(order: VerifyOrder, error: FollowError): void {
  if (PASSING.has(error.code)) {
    tell({ state: 'absent' })
    setTimeout(() => void verify(order), RETRY_MS)
  } else tell({ state: 'failed', code: error.code, message: firstLine(error), verified })
}

function tellSoon(): void {
  telling ??= setTimeout(() => tell({ state: 'verified', ...verified! }), TELL_MS)
}

function tell(verification: Verification): void {
  clearTimeout(telling)
  telling = undefined
  scope.postMessage({ kind: 'verification', verification })
}
