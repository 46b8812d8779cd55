/** Signed ERC-20 transfers of many accounts, each to the next, and the genesis on which they run. */
import { encodeAbiParameters, encodeFunctionData, keccak256 } from 'viem'
import {
  bytes,
  type Chain,
  compile,
  deployedCode,
  HttpRpc,
  hex,
  type Json,
  signTransaction,
  type TestAccount,
  transactionHash,
  unfundedAccount,
} from '../../test/lib/index.ts'
import { benchGenesis, type GenesisAccount } from './genesis.ts'

export const TOKEN = '0x00000000000000000000000000000000000707e0'
/** keccak256('Transfer(address,address,uint256)'). */
export const TRANSFER_TOPIC = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
const GAS_LIMIT = 60_000n
const MAX_FEE = 10n ** 12n
const BALANCE = 10n ** 24n

export type LoadShape = {
  accounts: number
  /** Transfers of each account. */
  rounds: number
  /** A sender's transfers are all on one connection, in order. */
  connections: number
  blockGasLimit: number
}

/** A transfer as it is sent, who has signed it (20 bytes), and the hash under which its receipt is found. */
export type SignedTransfer = { raw: Uint8Array; sender: Uint8Array; hash: string }

export class TransferLoad {
  readonly genesis: string
  /** What the genesis has; addresses without 0x. */
  readonly alloc: Record<string, GenesisAccount>
  /** By connection, round after round. */
  readonly #rounds: SignedTransfer[][][]
  readonly #senders: TestAccount[]

  constructor({ accounts, rounds, connections, blockGasLimit }: LoadShape) {
    const senders = Array.from({ length: accounts }, (_, index) => unfundedAccount(10_000 + index))
    this.#senders = senders
    this.alloc = allocOf(senders)
    this.genesis = JSON.stringify(benchGenesis(this.alloc, { gasLimit: blockGasLimit }))
    this.#rounds = Array.from({ length: connections }, (_, connection) =>
      Array.from({ length: rounds }, (_, round) =>
        senders.flatMap((sender, index) =>
          index % connections === connection
            ? [transfer(sender, senders[(index + 1) % accounts]!, round)]
            : [],
        ),
      ),
    )
  }

  /** The transfers of each connection in rounds `from` to `to` (exclusive). */
  between(from: number, to: number): SignedTransfer[][] {
    return this.#rounds.map((rounds) => rounds.slice(from, to).flat())
  }

  /** Of a sender, by its number; each has ether and tokens. */
  get senders(): readonly string[] {
    return this.#senders.map(({ address }) => address)
  }

  /** Whether all transfers have succeeded, and the balances at the end are those of the beginning. Returns a checksum. */
  async check(chain: Pick<Chain, 'url'> & { target: string }, receipts: Json[]): Promise<string> {
    const rpc = new HttpRpc(chain.url)
    const { abi } = compile('Token')
    const data = encodeFunctionData({ abi, functionName: 'balanceOf', args: [this.#senders[0]!.address] })
    const balance = BigInt(await rpc.call('eth_call', [{ to: TOKEN, data }, 'latest']))
    rpc.close()
    if (balance !== BALANCE)
      throw new Error(`${chain.target}: a balance changed from ${BALANCE} to ${balance}`)
    const failed = receipts.filter(({ status, logs }) => status !== '0x1' || logs.length !== 1).length
    if (failed > 0) throw new Error(`${chain.target}: ${failed} transfers failed`)
    return `${receipts.length} transfers`
  }
}

function transfer(sender: TestAccount, to: TestAccount, round: number): SignedTransfer {
  const data = `0xa9059cbb${to.address.slice(2).padStart(64, '0')}${'1'.padStart(64, '0')}`
  const tx = {
    type: 2,
    chainId: 31337n,
    nonce: BigInt(round),
    gasLimit: GAS_LIMIT,
    maxFeePerGas: MAX_FEE,
  } as const
  const raw = signTransaction({ ...tx, to: bytes(TOKEN), data: bytes(data) }, sender.key)
  return { raw, sender: bytes(sender.address), hash: hex(transactionHash(raw)) }
}

function allocOf(senders: TestAccount[]): Record<string, GenesisAccount> {
  const storage: Record<string, string> = {}
  const alloc: Record<string, GenesisAccount> = {}
  for (const { address } of senders) {
    // OpenZeppelin's ERC20 keeps balances in the mapping at slot 0.
    const slot = keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [address, 0n]))
    storage[slot] = `0x${BALANCE.toString(16).padStart(64, '0')}`
    alloc[address.slice(2)] = { balance: `0x${BALANCE.toString(16)}` }
  }
  alloc[TOKEN.slice(2)] = { balance: '0x0', nonce: '0x1', code: deployedCode('Token'), storage }
  return alloc
}
