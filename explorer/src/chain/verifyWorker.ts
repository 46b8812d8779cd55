import { type FollowError, follow } from '../../../src/client/index.ts'

/** What the worker has checked so far. */
export type Verification =
  | { state: 'connecting' }
  /** The node has no feed, or none yet. */
  | { state: 'absent' }
  | ({ state: 'verified' } & Verified)
  | { state: 'failed'; code: string; message: string; verified: Verified | undefined }

export type Verified = {
  sequencer: string
  /** Mini-blocks, the first and the newest; blocks and transactions between. */
  first: number
  newest: number
  blocks: number
  transactions: number
  /** Of the newest header. */
  block: number | undefined
}

/** The page is told so often at most. */
const TELL_MS = 200
/** A node that has no feed may get one when it is started anew; one that has another chain is followed from its start. */
const RETRY_MS = 10_000
const PASSING: ReadonlySet<string> = new Set(['UNREACHABLE', 'NO_FEED', 'WRONG_CHAIN'])

const scope = self as unknown as {
  postMessage(verification: Verification): void
  onmessage: ((event: { data: string }) => void) | null
}

let verified: Verified | undefined
let telling: ReturnType<typeof setTimeout> | undefined

scope.onmessage = ({ data: url }) => void verify(url)

async function verify(url: string): Promise<void> {
  verified = undefined
  scope.postMessage({ state: 'connecting' })
  try {
    const follower = await follow({ url })
    follower.on('status', (status) => {
      if (status === 'connecting') tell({ state: 'connecting' })
    })
    follower.on('miniBlock', ({ number, transactions }) => {
      verified ??= begin(follower.sequencer, Number(number))
      verified.newest = Number(number)
      verified.transactions += transactions.length
      tellSoon()
    })
    follower.on('block', ({ number }) => {
      if (verified === undefined) return
      verified.block = Number(number)
      verified.blocks++
      tellSoon()
    })
    follower.on('failed', (error) => fail(url, error))
  } catch (error) {
    fail(url, error as FollowError)
  }
}

function begin(sequencer: string, first: number): Verified {
  return { sequencer, first, newest: first, blocks: 0, transactions: 0, block: undefined }
}

function fail(url: string, { code, message }: FollowError): void {
  if (PASSING.has(code)) {
    tell({ state: 'absent' })
    setTimeout(() => void verify(url), RETRY_MS)
  } else tell({ state: 'failed', code, message: message.split('\n', 1)[0]!, verified })
}

function tellSoon(): void {
  telling ??= setTimeout(() => tell({ state: 'verified', ...verified! }), TELL_MS)
}

function tell(verification: Verification): void {
  clearTimeout(telling)
  telling = undefined
  scope.postMessage(verification)
}
