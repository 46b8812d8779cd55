import { JsonRpcProvider, Wallet, WebSocketProvider } from 'ethers'
import {
  type Account,
  type Address,
  createPublicClient,
  createTestClient,
  createWalletClient,
  defineChain,
  type Hex,
  type HttpTransport,
  http,
  type PublicClient,
  type TestClient,
  type TransactionReceipt,
  type Chain as ViemChain,
  type WalletClient,
  type WebSocketTransport,
  webSocket,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { accounts } from './accounts.ts'
import { type Chain, eventually } from './chain.ts'
import type { Artefact } from './contracts.ts'
import type { HttpRpc, Json } from './rpc.ts'

const POLL_MS = 20

export type Wallets = WalletClient<HttpTransport, ViemChain, Account>

/** viem's and ethers' clients of one started chain. */
export class Clients {
  readonly viemChain: ViemChain
  readonly client: PublicClient<HttpTransport, ViemChain>
  readonly socketClient: PublicClient<WebSocketTransport, ViemChain>
  readonly testClient: TestClient<'anvil', HttpTransport, ViemChain>
  readonly provider: JsonRpcProvider
  readonly #url: string
  readonly #wsUrl: string
  #socketProvider: WebSocketProvider | undefined

  constructor(chain: Chain, chainId = 31337) {
    this.#url = chain.url
    this.#wsUrl = chain.wsUrl
    this.viemChain = defineChain({
      id: chainId,
      name: 'under test',
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
      rpcUrls: { default: { http: [chain.url], webSocket: [chain.wsUrl] } },
    })
    const transport = http(chain.url, { retryCount: 0 })
    this.client = createPublicClient({
      chain: this.viemChain,
      transport,
      pollingInterval: POLL_MS,
      cacheTime: 0,
    })
    this.testClient = createTestClient({ mode: 'anvil', chain: this.viemChain, transport })
    this.socketClient = createPublicClient({
      chain: this.viemChain,
      transport: webSocket(chain.wsUrl, { retryCount: 0, reconnect: false }),
      cacheTime: 0,
    })
    this.provider = new JsonRpcProvider(this.#url, chainId, {
      staticNetwork: true,
      pollingInterval: POLL_MS,
      cacheTimeout: -1,
    })
  }

  /** viem's wallet of a test account, by index or private key. */
  wallet(who: number | Hex): Wallets {
    const key = typeof who === 'number' ? accounts[who]!.privateKey : who
    const transport = http(this.#url, { retryCount: 0 })
    return createWalletClient({
      account: privateKeyToAccount(key),
      chain: this.viemChain,
      transport,
      cacheTime: 0,
    })
  }

  /** ethers' wallet of a test account. */
  signer(index: number): Wallet {
    return new Wallet(accounts[index]!.privateKey, this.provider)
  }

  get socketProvider(): WebSocketProvider {
    this.#socketProvider ??= new WebSocketProvider(this.#wsUrl, 31337, { staticNetwork: true })
    return this.#socketProvider
  }

  async receipt(hash: Hex): Promise<TransactionReceipt> {
    return await this.client.waitForTransactionReceipt({ hash, timeout: 60_000 })
  }

  /** Deploys with viem and returns the address. */
  async deploy(artefact: Artefact, args: unknown[], who = 0): Promise<Address> {
    const hash = await this.wallet(who).deployContract({
      abi: artefact.abi,
      bytecode: artefact.bytecode,
      args,
    })
    const { status, contractAddress } = await this.receipt(hash)
    if (status !== 'success' || !contractAddress) throw new Error(`deployment ${hash} ended as ${status}`)
    return contractAddress
  }

  async close(): Promise<void> {
    this.provider.destroy()
    await this.#socketProvider?.destroy()
    const socket = await this.socketClient.transport.getRpcClient()
    socket.close()
  }
}

/** The block once its header is final: its hash is known. */
export async function sealedBlock(
  rpc: HttpRpc,
  number: bigint | string,
  withTransactions = false,
): Promise<Json> {
  const id = typeof number === 'bigint' ? `0x${number.toString(16)}` : number
  return await eventually(`the header of block ${BigInt(id)}`, async () => {
    const block = await rpc.call('eth_getBlockByNumber', [id, withTransactions])
    return block?.hash ? block : undefined
  })
}
