/** Workloads of whole transactions: ether transfers, ERC-20 transfers, Uniswap-v2 swaps. */
import type { Prng } from '../../src/lib/index.ts'
import type { PreparedTransaction } from '../../src/protocol/index.ts'
import { deployToken, giveTokens, openExchange, swapData, transferData } from './contracts.ts'
import type { Ledger } from './Ledger.ts'

export type Shape = { senders: number; count: number; random: Prng }

/** Plain ether transfers between the accounts. */
export function etherTransfers(ledger: Ledger, { senders, count, random }: Shape): PreparedTransaction[] {
  const accounts = openAccounts(ledger, senders)
  return Array.from({ length: count }, (_, i) =>
    ledger.prepare({
      sender: accounts[i % senders]!,
      to: accounts[random.nextInt(senders)]!,
      value: 1n,
      gasLimit: 21_000n,
    }),
  )
}

/** Transfers of an OpenZeppelin ERC-20 between the accounts, which all hold some. */
export function tokenTransfers(ledger: Ledger, { senders, count, random }: Shape): PreparedTransaction[] {
  const token = deployToken(ledger)
  const accounts = openAccounts(ledger, senders)
  for (const account of accounts) giveTokens(ledger, token, account)
  return Array.from({ length: count }, (_, i) => {
    const data = transferData(accounts[random.nextInt(senders)]!, 1n)
    return ledger.prepare({ sender: accounts[i % senders]!, to: token, data })
  })
}

/** Swaps of one token for another through Uniswap v2's router, in both directions. */
export function swaps(ledger: Ledger, { senders, count, random }: Shape): PreparedTransaction[] {
  const accounts = openAccounts(ledger, senders)
  const exchange = openExchange(ledger, accounts)
  return Array.from({ length: count }, (_, i) => {
    const sender = accounts[i % senders]!
    const backwards = random.nextInt(2) !== 0
    const amount = 1_000n + BigInt(random.nextInt(1000))
    const data = swapData(exchange, { account: sender, amount, backwards })
    return ledger.prepare({ sender, to: exchange.router, data, gasLimit: 300_000n })
  })
}

function openAccounts(ledger: Ledger, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => ledger.account(i))
}
