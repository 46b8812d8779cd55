import { bytesToHex } from '../../lib/index.ts'
import type { DeveloperAccount } from '../../protocol/index.ts'
import { RpcServer } from '../../rpc/index.ts'
import type { InProcessNode } from './InProcessNode.ts'
import { Provider, type ProviderEvents, type RequestArguments } from './Provider.ts'

/** Bytes of answers that one chain among many remembers. */
const REMEMBERED_BYTES = 4 * 2 ** 20

/** A chain inside of this process, and the EIP-1193 provider in front of it. */
export class InProcessChain {
  readonly chainId: bigint
  readonly genesisHash: string
  /** Those that the local genesis gives ether. */
  readonly accounts: readonly DeveloperAccount[]
  readonly #node: InProcessNode
  readonly #provider: Provider

  /** Use {@link createChain}. */
  constructor(node: InProcessNode, accounts: readonly DeveloperAccount[]) {
    this.#node = node
    this.accounts = accounts
    this.chainId = node.chain.chainId
    this.genesisHash = bytesToHex(node.chain.hash)
    this.#provider = new Provider(
      new RpcServer(node.view, { maxRememberedBytes: REMEMBERED_BYTES }, (error, method) =>
        process.stderr.write(`${method} failed: ${(error as Error)?.stack ?? error}\n`),
      ),
    )
    node.onFailure = (error) => this.#provider.close(`the chain has failed: ${error.message}`)
  }

  /** @throws RpcError with the code, message and data that JSON-RPC gives. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the method gives, as in other libraries' types
  request(request: RequestArguments): Promise<any> {
    return this.#provider.request(request)
  }

  /** `message`: what comes for a subscription. `disconnect`: the chain was closed, or has failed. */
  on<Name extends keyof ProviderEvents>(event: Name, listener: (value: ProviderEvents[Name]) => void): this {
    this.#provider.on(event, listener)
    return this
  }

  removeListener<Name extends keyof ProviderEvents>(
    event: Name,
    listener: (value: ProviderEvents[Name]) => void,
  ): this {
    this.#provider.removeListener(event, listener)
    return this
  }

  /** Ends it. Requests that wait, and those that come, are rejected with code 4900. */
  async close(): Promise<void> {
    this.#provider.close('the chain is closed')
    await this.#node.close()
  }
}
