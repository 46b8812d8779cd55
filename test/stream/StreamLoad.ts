import { encodeDeployData, encodeFunctionData, type Hex } from 'viem'
import {
  accounts,
  bytes,
  type Call,
  compile,
  createAddress,
  delay,
  HttpRpc,
  hex,
  signTransaction,
  unfundedAccount,
} from '../lib/index.ts'

const BATCH = 20
const { address, key } = accounts[0]!

/** Mints of a token, transfers to new accounts, and some contracts, from one account, one after another. */
export class StreamLoad {
  readonly #token = compile('Token')
  #nonce = 0n
  #isRunning = false
  #running: Promise<void> = Promise.resolve()

  start(url: string): void {
    this.#isRunning = true
    this.#running = this.#run(url)
  }

  async stop(): Promise<void> {
    this.#isRunning = false
    await this.#running
  }

  async #run(url: string): Promise<void> {
    const rpc = new HttpRpc(url)
    while (this.#isRunning) {
      await rpc.results(Array.from({ length: BATCH }, (): Call => ['eth_sendRawTransaction', [this.#next()]]))
      await delay(5)
    }
    rpc.close()
  }

  #next(): string {
    const nonce = this.#nonce++
    const to = unfundedAccount(Number(nonce % 500n)).address
    const { abi, bytecode } = this.#token
    if (nonce % 100n === 0n)
      return sign(nonce, { data: encodeDeployData({ abi, bytecode, args: ['Gold', 'AU'] }) })
    if (nonce % 3n === 0n) return sign(nonce, { to: bytes(to), value: 1n })
    const data = encodeFunctionData({ abi, functionName: 'mint', args: [to, nonce] })
    return sign(nonce, { to: createAddress(bytes(address), 0n), data })
  }
}

function sign(nonce: bigint, fields: { to?: Uint8Array; value?: bigint; data?: Hex }): string {
  const { data = '0x', ...rest } = fields
  const transaction = {
    type: 2,
    chainId: 31337n,
    nonce,
    gasLimit: 2_000_000n,
    maxFeePerGas: 10n ** 12n,
  } as const
  return hex(signTransaction({ ...transaction, ...rest, data: bytes(data) }, key))
}
