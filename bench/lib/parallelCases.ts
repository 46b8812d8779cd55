/** Workloads in which a given part of the transactions gets into each other's way. */
import { asm } from '../../src/execution/testing/index.ts'
import type { Prng } from '../../src/lib/index.ts'
import type { PreparedTransaction } from '../../src/protocol/index.ts'
import { deployToken, giveTokens, openExchange, swapData, transferData } from './contracts.ts'
import { addressOf, type Ledger } from './Ledger.ts'

/** A transaction, and whether it writes what all others of its kind read. */
export type Contended = { transaction: PreparedTransaction; isHot: boolean }

export type ParallelCase = {
  name: string
  batches: number
  /** Puts contracts and accounts into the ledger's state; the function gives the next transaction. */
  open: (ledger: Ledger, size: { tiny: boolean }) => (isHot: boolean) => PreparedTransaction
}

/** Transactions in a row that use different senders, and without conflicts nothing in common. */
const SENDERS = 1_024
const EXCHANGES = 64
const TRADERS = 8
/** Of the exchange that is hot: one who comes again soon would be told from the others by the nonce alone. */
const HOT_TRADERS = 192
/** Of the loop: some 50 µs when it is compiled. */
const ROUNDS = 3_000
const HOT = 2_000_000

/** Counts in its caller's slot, or in slot 0 where the call data says so, after a loop of arithmetic. */
const LOOP = asm`
  PUSH 7 PUSH 0 CALLDATALOAD
  again: DUP1 ISZERO @done JUMPI
  SWAP1 DUP1 MUL DUP2 XOR PUSH 3 ADD SWAP1 PUSH 1 SWAP1 SUB @again JUMP
  done: POP POP PUSH 32 CALLDATALOAD @hot JUMPI CALLER @count JUMP
  hot: PUSH 0
  count: DUP1 SLOAD PUSH 1 ADD SWAP1 SSTORE STOP`

export const PARALLEL_CASES: ParallelCase[] = [
  { name: 'erc-20 transfer', batches: 80, open: openTransfers },
  { name: 'uniswap v2 swap', batches: 24, open: openSwaps },
  { name: 'loop', batches: 12, open: openLoops },
]

/** The next transactions, of which about this part is hot. */
export function contended(
  next: (isHot: boolean) => PreparedTransaction,
  { count, conflicts, random }: { count: number; conflicts: number; random: Prng },
): Contended[] {
  return Array.from({ length: count }, () => {
    const isHot = random.nextFloat() < conflicts
    return { transaction: next(isHot), isHot }
  })
}

/** Everybody pays somebody; those that are hot all the same one. */
function openTransfers(ledger: Ledger): (isHot: boolean) => PreparedTransaction {
  const token = deployToken(ledger)
  const accounts = Array.from({ length: SENDERS }, (_, i) => ledger.account(i))
  for (const account of accounts) giveTokens(ledger, token, account)
  const others = Array.from({ length: SENDERS }, (_, i) => addressOf(HOT + 1 + i))
  for (const other of others) giveTokens(ledger, token, other)
  let i = 0
  return (isHot) => {
    const to = isHot ? addressOf(HOT) : others[i % SENDERS]!
    return ledger.prepare({ sender: accounts[i++ % SENDERS]!, to: token, data: transferData(to, 1n) })
  }
}

/** One exchange after the other; those that are hot all on the same one. */
function openSwaps(ledger: Ledger, { tiny }: { tiny: boolean }): (isHot: boolean) => PreparedTransaction {
  const exchanges = Array.from({ length: tiny ? 2 : EXCHANGES }, (_, i) => {
    const count = tiny || i > 0 ? TRADERS : HOT_TRADERS
    const traders = Array.from({ length: count }, (_, k) => ledger.account(i * HOT_TRADERS + k))
    const exchange = openExchange(ledger, traders)
    return traders.map((account) => ({
      sender: account,
      to: exchange.router,
      data: swapData(exchange, { account, amount: 1_000n, backwards: false }),
      gasLimit: 300_000n,
    }))
  })
  const turns = exchanges.map(() => 0)
  let i = 0
  return (isHot) => {
    const which = isHot ? 0 : 1 + (i++ % (exchanges.length - 1))
    const swaps = exchanges[which]!
    return ledger.prepare(swaps[turns[which]!++ % swaps.length]!)
  }
}

function openLoops(ledger: Ledger, { tiny }: { tiny: boolean }): (isHot: boolean) => PreparedTransaction {
  const contract = addressOf(HOT)
  ledger.engine.setAccount(contract, { nonce: 1n, balance: 0n, code: LOOP })
  const accounts = Array.from({ length: SENDERS }, (_, i) => ledger.account(i))
  const dataOf = (isHot: boolean) => {
    const data = new Uint8Array(64)
    new DataView(data.buffer).setUint32(28, tiny ? 3 : ROUNDS)
    data[63] = isHot ? 1 : 0
    return data
  }
  const [cold, hot] = [dataOf(false), dataOf(true)]
  let i = 0
  return (isHot) =>
    ledger.prepare({
      sender: accounts[i++ % SENDERS]!,
      to: contract,
      data: isHot ? hot : cold,
      gasLimit: 1_000_000n,
    })
}
