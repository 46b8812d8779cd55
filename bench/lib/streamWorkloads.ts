/** Transactions whose records a stream carries: ERC-20 transfers and Uniswap-v2 swaps, by people as Zipf has them. */
import { Engine } from '../../src/execution/index.ts'
import { Prng, toBigInt } from '../../src/lib/index.ts'
import type { PreparedTransaction } from '../../src/protocol/index.ts'
import { deployToken, giveTokens, openExchange, RICH, swapData, transferData } from './contracts.ts'
import { addressOf, Ledger } from './Ledger.ts'
import { Zipf } from './Zipf.ts'

/** `people` hold tokens, or trade. */
export type StreamShape = { people: number; exponent: number; count: number; seed: number }

export type StreamWorkload = {
  /** A ledger with the state before the first transaction; the same at each call. */
  open(): Ledger
  /** Makes the transactions, in order. */
  transactions(ledger: Ledger): Iterable<PreparedTransaction>
}

const TOKENS = 20
const MOST_TOKENS = 1_000_000
const MEMORY_MIB = 1536
const SWAP_GAS = 300_000n

type Transfer = { from: number; to: number; token: number; amount: bigint }

export function transferWorkload({ people, exponent, count, seed }: StreamShape): StreamWorkload {
  const random = new Prng(seed)
  const zipf = new Zipf(random, { count: people, exponent })
  const transfers = Array.from(
    { length: count },
    (): Transfer => ({
      ...{ from: zipf.next(), to: zipf.next(), token: random.nextInt(TOKENS) },
      amount: BigInt(1 + random.nextInt(MOST_TOKENS)),
    }),
  )
  const openWithTokens = () => {
    const ledger = openLedger()
    const tokens = Array.from({ length: TOKENS }, () => deployToken(ledger))
    const given = new Set<number>()
    // Only what is used: the state would be four million slots.
    for (const { from, to, token } of transfers) {
      for (const person of [from, to]) {
        if (given.has(person * TOKENS + token)) continue
        if (!hasAccount(ledger, person)) ledger.account(person)
        given.add(person * TOKENS + token)
        giveTokens(ledger, tokens[token]!, addressOf(person), balanceOf(person * TOKENS + token))
      }
    }
    ledger.engine.takeDiff()
    return { ledger, tokens }
  }
  return {
    open: () => openWithTokens().ledger,
    *transactions(ledger) {
      // Deployed by the same account in the same order: the same addresses.
      const { tokens } = openTokens()
      for (const { from, to, token, amount } of transfers) {
        const data = transferData(addressOf(to), amount)
        yield signed(ledger.prepare({ sender: addressOf(from), to: tokens[token]!, data }), random)
      }
    },
  }
}

export function swapWorkload({ people, exponent, count, seed }: StreamShape): StreamWorkload {
  const random = new Prng(seed)
  const zipf = new Zipf(random, { count: people, exponent })
  const openWithPair = () => {
    const ledger = openLedger()
    const traders = Array.from({ length: people }, (_, i) => ledger.account(i))
    const exchange = openExchange(ledger, traders)
    ledger.engine.takeDiff()
    return { ledger, exchange }
  }
  const { exchange } = openWithPair()
  return {
    open: () => openWithPair().ledger,
    *transactions(ledger) {
      for (let i = 0; i < count; i++) {
        const account = addressOf(zipf.next())
        const amount = 1000n + BigInt(random.nextInt(MOST_TOKENS))
        const data = swapData(exchange, { account, amount, backwards: random.nextInt(2) === 0 })
        yield signed(
          ledger.prepare({ sender: account, to: exchange.router, data, gasLimit: SWAP_GAS }),
          random,
        )
      }
    },
  }
}

/** Any number of tokens with 18 decimals, as balances are that were traded with: none has bytes in common with another. */
function balanceOf(number: number): bigint {
  return RICH + toBigInt(addressOf(number).subarray(0, 9))
}

function openLedger(): Ledger {
  return new Ledger(new Engine({ memoryMiB: MEMORY_MIB }))
}

function openTokens(): { tokens: Uint8Array[] } {
  const ledger = openLedger()
  return { tokens: Array.from({ length: TOKENS }, () => deployToken(ledger)) }
}

function hasAccount(ledger: Ledger, person: number): boolean {
  return ledger.engine.getAccount(addressOf(person)) !== undefined
}

/** With r and s as random as real ones: both have 32 bytes at the end of the envelope, behind a byte of RLP each. */
function signed(transaction: PreparedTransaction, random: Prng): PreparedTransaction {
  const raw = transaction.raw.slice()
  raw.set(random.nextBytes(31), raw.length - 31)
  raw.set(random.nextBytes(31), raw.length - 64)
  return { ...transaction, raw }
}
