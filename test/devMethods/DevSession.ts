import { eventually, HttpRpc, type Json } from '../lib/index.ts'

/** A developer's session with a node: what it calls is noted, and errors are results like others. */
export class DevSession {
  readonly #rpc: HttpRpc
  /** Names of all methods that were called. */
  readonly called: Set<string> = new Set()

  constructor(url: string) {
    this.#rpc = new HttpRpc(url)
  }

  close(): void {
    this.#rpc.close()
  }

  /** The result, or `{ error }` with the code. */
  async call(method: string, ...params: unknown[]): Promise<Json> {
    this.called.add(method)
    const [answer] = await this.#rpc.batch([[method, params]])
    return answer!.error === undefined ? answer!.result : { error: answer!.error.code }
  }

  /** Some calls one after another, each with what it gave. */
  async calls(...calls: [method: string, ...params: unknown[]][]): Promise<[string, Json][]> {
    const answers: [string, Json][] = []
    for (const [method, ...params] of calls) answers.push([method, await this.call(method, ...params)])
    return answers
  }

  /** Of the newest sealed block, what doesn't depend on what a node calls itself. */
  async latest(): Promise<Record<string, Json>> {
    return headOf(await this.call('eth_getBlockByNumber', 'latest', false))
  }

  async number(): Promise<number> {
    return Number(await this.call('eth_blockNumber'))
  }

  /** A transaction of `from`; gives its hash, or the error. */
  send(from: string, to: string | undefined, fields: Record<string, unknown> = {}): Promise<Json> {
    return this.call('eth_sendTransaction', { from, ...(to === undefined ? {} : { to }), ...fields })
  }

  /** What came of it; anvil makes its block some moments after it has answered. */
  async receipt(hash: Json): Promise<Json> {
    if (typeof hash !== 'string') return hash
    const receipt = await eventually(
      'its receipt',
      async () => (await this.call('eth_getTransactionReceipt', hash)) ?? undefined,
    )
    const { status, blockNumber, from, to, contractAddress, transactionIndex } = receipt
    return { status, blockNumber, from, to, contractAddress, transactionIndex }
  }
}

function headOf({ number, timestamp, transactions, gasLimit, miner }: Json): Record<string, Json> {
  return {
    ...{ number: Number(number), timestamp: Number(timestamp) },
    ...{ transactions: transactions.length, gasLimit: Number(gasLimit), miner },
  }
}
