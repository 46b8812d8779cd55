import {
  accounts,
  bytes,
  type HttpRpc,
  hex,
  type Json,
  signTransaction,
  type UnsignedTransaction,
} from '../lib/index.ts'

const CHAIN_ID = 31337n
const MAX_FEE = 10n ** 12n

/** A contract that counts its calls in slot 0 and logs each: storage and logs must always agree. */
export class CounterContract {
  readonly address: string

  private constructor(address: string) {
    this.address = address
  }

  /** @param tell - gets the receipt. */
  static async deploy(rpc: HttpRpc, tell: (receipt: Json) => void): Promise<CounterContract> {
    // PUSH0 SLOAD PUSH1 1 ADD PUSH0 SSTORE PUSH0 PUSH0 LOG0 STOP, behind the code that deploys these 11 bytes.
    const data = bytes('0x600b8060095f395ff3' + '5f546001015f555f5fa000')
    const tx: UnsignedTransaction = {
      type: 2,
      chainId: CHAIN_ID,
      nonce: 0n,
      gasLimit: 200_000n,
      maxFeePerGas: MAX_FEE,
      data,
    }
    const receipt = await rpc.call('eth_sendRawTransactionSync', [hex(signTransaction(tx, accounts[0]!.key))])
    tell(receipt)
    return new CounterContract(receipt.contractAddress)
  }

  /** Calls as storage counts them. */
  async stored(rpc: HttpRpc): Promise<bigint> {
    return BigInt(await rpc.call('eth_getStorageAt', [this.address, '0x0', 'latest']))
  }

  /** Logs of blocks `from` to `to`, both included. */
  async logs(rpc: HttpRpc, from: bigint, to: bigint): Promise<number> {
    let count = 0
    // In pieces: one answer holds 30,000 logs at most.
    for (let first = from; first <= to; first += LOG_BLOCKS) {
      const last = first + LOG_BLOCKS - 1n
      const range = { fromBlock: quantity(first), toBlock: quantity(last < to ? last : to) }
      count += (await rpc.call('eth_getLogs', [{ address: this.address, ...range }])).length
    }
    return count
  }

  /** From a block that is not much older than the newest on. */
  async newestLogs(rpc: HttpRpc, from: bigint): Promise<number> {
    const range = { fromBlock: quantity(from), toBlock: 'latest' }
    return (await rpc.call('eth_getLogs', [{ address: this.address, ...range }])).length
  }
}

/** Blocks of one look at the logs. */
const LOG_BLOCKS = 5n

function quantity(number: bigint): string {
  return `0x${number.toString(16)}`
}
