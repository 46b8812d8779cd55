import { accounts, bytes, delay, HttpRpc, hex, signTransaction } from '../lib/index.ts'

const CHAIN_ID = 31337n
const MAX_FEE = 10n ** 12n
const BATCH = 20
/** Between two batches of one sender. */
const PACE_MS = 60
/** Hashes that witnesses may ask for. */
const NEWEST = 400
// PUSH0 SLOAD PUSH1 1 ADD PUSH0 SSTORE PUSH0 PUSH0 LOG0 STOP, behind the code that deploys these 11 bytes.
const COUNTER = bytes('0x600b8060095f395ff3' + '5f546001015f555f5fa000')

/** Senders with an account each, who call a contract that counts and logs; some of them through followers. */
export class Load {
  /** Of those that were taken. */
  readonly sent: string[] = []
  readonly newest: string[] = []
  /** Of each sender. */
  readonly #urls: readonly string[]
  #counter = ''

  /** @param urls - whom each sender asks. */
  constructor(urls: readonly string[]) {
    this.#urls = urls
  }

  get counter(): string {
    return this.#counter
  }

  async deploy(url: string): Promise<void> {
    const rpc = new HttpRpc(url)
    const raw = this.#sign(0, { nonce: 0n, data: COUNTER })
    const { contractAddress } = await rpc.call('eth_sendRawTransactionSync', [raw])
    this.#counter = contractAddress
    rpc.close()
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#urls.map((url, i) => this.#send(url, i + 1, signal)))
  }

  async #send(url: string, sender: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const rpc = new HttpRpc(url)
      try {
        const address = accounts[sender]!.address
        for (let nonce = BigInt(await rpc.call('eth_getTransactionCount', [address, 'latest'])); ; ) {
          if (signal.aborted) return
          const raws = Array.from({ length: BATCH }, (_, i) =>
            this.#sign(sender, { nonce: nonce + BigInt(i) }),
          )
          const answers = await rpc.batch(raws.map((raw) => ['eth_sendRawTransaction', [raw]]))
          const taken = answers.flatMap(({ result }) => (typeof result === 'string' ? [result] : []))
          this.#note(taken)
          // Something was refused: a restart may have lost what was sent, or it had come through before.
          if (taken.length < BATCH) break
          nonce += BigInt(BATCH)
          await delay(PACE_MS, signal)
        }
      } catch {
        // Whom it asks is down.
      } finally {
        rpc.close()
      }
      await delay(PACE_MS * 5, signal)
    }
  }

  #note(hashes: readonly string[]): void {
    this.sent.push(...hashes)
    this.newest.push(...hashes)
    this.newest.splice(0, this.newest.length - NEWEST)
  }

  #sign(sender: number, { nonce, data }: { nonce: bigint; data?: Uint8Array }): string {
    const what = data === undefined ? { to: bytes(this.#counter) } : { data }
    return hex(
      signTransaction(
        { type: 2, chainId: CHAIN_ID, nonce, gasLimit: 200_000n, maxFeePerGas: MAX_FEE, ...what },
        accounts[sender]!.key,
      ),
    )
  }
}
