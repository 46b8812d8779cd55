import { hexToBytes, textWithin } from '../lib/index.ts'
import { FollowError } from './FollowError.ts'
import { Follower } from './Follower.ts'
import { provideUnzstd } from './feed.ts'
import { openFeed } from './openFeed.ts'
import { unzstd } from './unzstd.ts'
import type { Hex, Request } from './verifyAccount.ts'

/** Of an answer: a node's own limit is 25 MB. */
const ANSWER_LIMIT_BYTES = 26_000_000

export type FollowOptions = {
  /** Address of any node that has the feed, `http:` or `ws:`; with a path where a proxy in front of it has one. */
  url: string
  /** Address of the sequencer, who must have signed all; unless it is given, whoever the node first names is trusted. */
  sequencer?: Hex
}

/**
 * Follows a chain from a node that needn't be trusted, in a browser (best in a worker) or on Node: all that is shown is
 * checked, and what isn't checked isn't shown. See docs/client.md.
 *
 * @throws FollowError when the node can't be reached or has no feed, or names another sequencer.
 */
export async function follow({ url, sequencer }: FollowOptions): Promise<Follower> {
  provideUnzstd(unzstd)
  const follower = new Follower({
    openFeed: () => openFeed(feedUrl(url)),
    request: requestTo(url),
    sequencer: sequencer === undefined ? undefined : hexToBytes(sequencer),
  })
  await follower.start()
  return follower
}

/** The node's address with a path that ends in a slash. */
function baseOf(url: string): URL {
  const base = new URL(url)
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  return base
}

function feedUrl(url: string): string {
  const feed = new URL('feed', baseOf(url))
  feed.protocol = feed.protocol.replace('http', 'ws')
  return feed.href
}

function requestTo(url: string): Request {
  const base = baseOf(url)
  base.protocol = base.protocol.replace('ws', 'http')
  return async (method, params) => {
    const answer = await post(base.href, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
    if (answer.error === undefined) return answer.result
    throw new FollowError('STATE_PROOF', `The node answers ${method} with: ${answer.error.message}`)
  }
}

async function post(url: string, body: string): Promise<{ result?: unknown; error?: { message: string } }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    return JSON.parse(await textWithin(response, ANSWER_LIMIT_BYTES)) as {
      result?: unknown
      error?: { message: string }
    }
  } catch (error) {
    throw new FollowError('UNREACHABLE', `There is no answer from ${url}`, { cause: error })
  }
}
