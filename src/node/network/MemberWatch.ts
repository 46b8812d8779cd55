import { textWithin } from '../../lib/index.ts'
import type { NetworkMember } from '../../rpc/index.ts'
import { type HttpAddress, httpAddressOf } from '../httpAddress.ts'

/** A member that does not answer in this time gives no answer. */
const ANSWER_LIMIT_MS = 1000
/** What was asked is told again for so long: many may look at once. */
const KEPT_MS = 500
/** Of an answer, bytes. */
const ANSWER_LIMIT_BYTES = 65_536

export type MemberAddress = { name: string; url: string }

/** Asks the nodes of the network, of which this node was told, how they are. */
export class MemberWatch {
  readonly #members: readonly (HttpAddress & { name: string })[]
  #last: { atMs: number; members: Promise<NetworkMember[]> } | undefined

  /** @throws TypeError where one is no URL. */
  constructor(addresses: readonly MemberAddress[]) {
    this.#members = addresses.map(({ name, url }) => ({ name, ...httpAddressOf(url) }))
  }

  read(): Promise<NetworkMember[]> {
    const nowMs = performance.now()
    if (this.#last === undefined || nowMs - this.#last.atMs > KEPT_MS)
      this.#last = { atMs: nowMs, members: Promise.all(this.#members.map(ask)) }
    return this.#last.members
  }
}

async function ask({ name, url, headers }: HttpAddress & { name: string }): Promise<NetworkMember> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'leveret_nodeStatus', params: [] }),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    })
    const text = await textWithin(response, ANSWER_LIMIT_BYTES)
    const { result, error } = JSON.parse(text) as { result?: unknown; error?: { message: string } }
    if (result === undefined) throw new Error(error?.message ?? 'it answers something else')
    return { name, url, status: result, error: undefined }
  } catch (error) {
    const { message, cause } = error as Error
    return { name, url, status: undefined, error: (cause as Error | undefined)?.message ?? message }
  }
}
