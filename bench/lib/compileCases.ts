import type { CallOutcome, CallRequest, Engine } from '../../src/execution/index.ts'
import { keccak256 } from '../../src/kernels/index.ts'
import { assert, concatBytes, fromBigInt } from '../../src/lib/index.ts'
import {
  deployerOf,
  deployToken,
  giveTokens,
  openExchange,
  openPool,
  swapData,
  transferData,
} from './contracts.ts'
import { addressOf, Ledger } from './Ledger.ts'
import { syntheticContract } from './synthetic.ts'
import { variant } from './variants.ts'

const GAS = 10_000_000n
const HOLDER = 7
const RECIPIENT = 8
const FIRST_TOKEN = 100_000
const SYNTHETIC = fromBigInt(0x5e17n, 20)
const TRANSFER = 0xa9059cbb

/** A contract in an engine's state, and a call of it that succeeds. */
export type CompileCase = {
  name: string
  address: Uint8Array
  request: CallRequest
  /** Selectors that the call needs. */
  keep: readonly number[]
}

/** Puts real contracts, and one as large as may be, in an empty engine. The same addresses in every engine. */
export function placeContracts(engine: Engine, { tiny }: { tiny: boolean }): CompileCase[] {
  engine.reset()
  const ledger = new Ledger(engine)
  const holder = ledger.account(HOLDER)
  const token = deployToken(ledger)
  giveTokens(ledger, token, holder)
  const transfer = caseOf('ERC-20', token, transferData(addressOf(RECIPIENT), 1n), holder)
  engine.setAccount(SYNTHETIC, { nonce: 1n, balance: 0n, code: syntheticContract({ tiny }) })
  const synthetic = caseOf(
    'synthetic',
    SYNTHETIC,
    concatBytes(selector('f0(uint256)'), fromBigInt(1000n, 32)),
    holder,
  )
  if (tiny) return [transfer, synthetic]
  const exchange = openExchange(ledger, [holder])
  const pool = openPool(ledger, exchange.tokens)
  const swap = swapData(exchange, { account: holder, amount: 1000n, backwards: false })
  return [
    transfer,
    caseOf('Uniswap v2 pair', exchange.pair, selector('getReserves()'), deployerOf(ledger)),
    caseOf('Uniswap v2 router', exchange.router, swap, holder),
    caseOf('Uniswap v3 pool', pool, selector('slot0()'), deployerOf(ledger)),
    synthetic,
  ]
}

/** Puts a variant of the case's code in its place, see {@link variant}; returns it. */
export function placeVariant(
  engine: Engine,
  { address, keep }: CompileCase,
  { code, number }: { code: Uint8Array; number: number },
): Uint8Array {
  const varied = variant(code, { number, keep })
  engine.setAccount(address, { nonce: 1n, balance: 0n, code: varied })
  return varied
}

/** Tokens in an emptied engine, each with a variant of a token's code; transfers of them by one holder. */
export function placeTokens(
  engine: Engine,
  { code, count }: { code: Uint8Array; count: number },
): CallRequest[] {
  engine.reset()
  const ledger = new Ledger(engine)
  const holder = ledger.account(HOLDER)
  return Array.from({ length: count }, (_, number) => {
    const token = addressOf(FIRST_TOKEN + number)
    engine.setAccount(token, { nonce: 1n, balance: 0n, code: variant(code, { number, keep: [TRANSFER] }) })
    giveTokens(ledger, token, holder)
    return requestOf(token, transferData(addressOf(RECIPIENT), 1n), holder)
  })
}

/** Executes a call that must succeed. */
export function callOf(engine: Engine, request: CallRequest): CallOutcome {
  const outcome = engine.call(request)
  assert(outcome.status === 'success', `a call of a contract: ${outcome.status} ${outcome.error ?? ''}`)
  return outcome
}

function caseOf(name: string, address: Uint8Array, data: Uint8Array, from: Uint8Array): CompileCase {
  return { name, address, request: requestOf(address, data, from), keep: [selectorOf(data)] }
}

function requestOf(to: Uint8Array, data: Uint8Array, from: Uint8Array): CallRequest {
  return { from, to, data, gas: GAS, value: 0n, gasPrice: 0n, accessList: [], authorizations: [] }
}

function selector(signature: string): Uint8Array {
  return keccak256(new TextEncoder().encode(signature)).slice(0, 4)
}

function selectorOf(data: Uint8Array): number {
  return new DataView(data.buffer, data.byteOffset).getUint32(0)
}
