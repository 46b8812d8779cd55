import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex, fromBigInt, parseQuantity, quantity, tryHexToBytes } from '../../lib/index.ts'
import type { StateRequest } from '../bridging/index.ts'
import { describe } from './describe.ts'
import type { ForkCache } from './ForkCache.ts'
import { RemoteDownError, type RemoteRpc } from './RemoteRpc.ts'

/** The remote of a fork at the fork's block: read once, and kept in the cache. */
export class RemoteChain {
  readonly #cache: ForkCache
  /** Undefined: there is only what the cache has. */
  readonly #rpc: RemoteRpc | undefined
  readonly #block: string
  /** By what is asked for: two that want the same wait for one answer. */
  readonly #underWay = new Map<string, Promise<void>>()

  constructor(cache: ForkCache, rpc: RemoteRpc | undefined, blockNumber: bigint) {
    this.#cache = cache
    this.#rpc = rpc
    this.#block = quantity(blockNumber)
  }

  /**
   * Brings what is asked for into the cache.
   *
   * @throws ForkUnavailableError when it is not there and the remote does not give it.
   */
  async bring(request: StateRequest): Promise<void> {
    if (this.#cache.has(request)) return
    const what = describe(request)
    const known = this.#underWay.get(what)
    if (known !== undefined) return await known
    const bringing = this.#bring(request, what).finally(() => this.#underWay.delete(what))
    this.#underWay.set(what, bringing)
    await bringing
  }

  /** JSON text of the result of a request about blocks up to the fork's; errors as {@link bring}, and RemoteError. */
  async request(method: string, params: unknown): Promise<string> {
    const known = this.#cache.answer(method, params)
    if (known !== undefined) return known
    const result = await this.#ask(`${method} ${JSON.stringify(params)}`, (rpc) => rpc.call(method, params))
    const text = JSON.stringify(result)
    // What is not there today may be tomorrow.
    if (result !== null) this.#cache.putAnswer(method, params, text)
    return text
  }

  async #bring(request: StateRequest, what: string): Promise<void> {
    switch (request.kind) {
      case 'account':
        return await this.#bringAccount(request.address, what)
      case 'slot': {
        const params = [bytesToHex(request.address), bytesToHex(request.key), this.#block]
        const value = await this.#ask(what, (rpc) => rpc.call('eth_getStorageAt', params))
        return this.#cache.putSlot(request.address, request.key, fromBigInt(BigInt(String(value)), 32))
      }
      case 'blockHash': {
        const params = [quantity(request.number), false]
        const block = await this.#ask(what, (rpc) => rpc.call('eth_getBlockByNumber', params))
        const hash = tryHexToBytes(String((block as { hash?: unknown } | null)?.hash))
        if (hash?.length !== 32)
          throw new ForkUnavailableError(what, new Error('the remote has no such block'))
        return this.#cache.putBlockHash(request.number, hash)
      }
      case 'code':
        throw new ForkUnavailableError(what, new Error('codes come with their accounts'))
    }
  }

  async #bringAccount(address: Uint8Array, what: string): Promise<void> {
    const params = [bytesToHex(address), this.#block]
    const methods = ['eth_getTransactionCount', 'eth_getBalance', 'eth_getCode']
    const answers = await this.#ask(what, (rpc) =>
      Promise.all(methods.map((method) => rpc.call(method, params))),
    )
    const [nonceText, balanceText, codeText] = answers as unknown[]
    const nonce = parseQuantity(String(nonceText))
    const balance = parseQuantity(String(balanceText))
    const code = tryHexToBytes(String(codeText))
    if (code === undefined) throw new ForkUnavailableError(what, new Error('its code is not in hex'))
    const codeHash = keccak256(code)
    if (code.length > 0) this.#cache.putCode(codeHash, code)
    const exists = nonce > 0n || balance > 0n || code.length > 0
    this.#cache.putAccount(address, exists ? { nonce, balance, codeHash } : undefined)
  }

  async #ask<T>(what: string, ask: (rpc: RemoteRpc) => Promise<T>): Promise<T> {
    if (this.#rpc === undefined) throw new ForkUnavailableError(what, new Error('no remote is given'))
    try {
      return await ask(this.#rpc)
    } catch (error) {
      throw error instanceof RemoteDownError ? new ForkUnavailableError(what, error) : error
    }
  }
}

/** Something of before the fork is neither in the cache nor to be had. */
export class ForkUnavailableError extends Error {
  override readonly name = 'ForkUnavailableError'

  constructor(what: string, cause: Error) {
    super(`the fork's cache lacks ${what}, and ${cause.message}; it takes a remote that answers`)
  }
}
