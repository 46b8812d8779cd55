/** Real contracts, deployed on a ledger: OpenZeppelin's ERC-20, Uniswap v2 and v3. */
import { type Abi, hexToBytes as bytesOf, encodeDeployData, encodeFunctionData, type Hex } from 'viem'
import { keccak256 } from '../../src/kernels/index.ts'
import { bytesToHex, concatBytes, fromBigInt } from '../../src/lib/index.ts'
import { type Artefact, compile, uniswapV2, uniswapV3 } from '../../test/lib/index.ts'
import { addressOf, type Ledger } from './Ledger.ts'

/** Tokens of everyone in a benchmark that needs some. */
export const RICH: bigint = 10n ** 24n
export const DEADLINE = 10_000_000_000n

/** OpenZeppelin ERC-20: `_balances` is the first member of the layout. */
const BALANCES_SLOT = 0n
const DEPLOYER = 1_000_000_000
const TRANSFER_SELECTOR = Uint8Array.of(0xa9, 0x05, 0x9c, 0xbb)
const MAX_WORD = (1n << 256n) - 1n
const POOL_FEE = 3000
/** A price of 1: sqrt(1) × 2^96. */
const SQRT_PRICE = 1n << 96n

/** Uniswap v2 with one pair of two tokens, and liquidity in it. */
export type Exchange = {
  router: Uint8Array
  routerAbi: Abi
  pair: Uint8Array
  tokens: readonly [Uint8Array, Uint8Array]
}

/** The account that deploys, with ether. */
export function deployerOf(ledger: Ledger): Uint8Array {
  const deployer = addressOf(DEPLOYER)
  return ledger.engine.getAccount(deployer) === undefined ? ledger.account(DEPLOYER) : deployer
}

/** An OpenZeppelin ERC-20. */
export function deployToken(ledger: Ledger): Uint8Array {
  return deploy(ledger, compile('Token'), ['Token', 'TOK'])
}

/** Gives tokens to an account. */
export function giveTokens(
  ledger: Ledger,
  token: Uint8Array,
  account: Uint8Array,
  amount: bigint = RICH,
): void {
  ledger.engine.setStorage(token, balanceSlot(account), fromBigInt(amount, 32))
}

/** Deploys Uniswap v2 and opens a pair; `traders` hold both tokens and let the router take them. */
export function openExchange(ledger: Ledger, traders: readonly Uint8Array[]): Exchange {
  const deployer = deployerOf(ledger)
  const { factory: factoryCode, router: routerCode, weth: wethCode } = uniswapV2()
  const factory = deploy(ledger, factoryCode, [hex(deployer)])
  const weth = deploy(ledger, wethCode, [])
  const router = deploy(ledger, routerCode, [hex(factory), hex(weth)])
  const tokens = [deployToken(ledger), deployToken(ledger)] as const
  const approve = encode(compile('Token').abi, 'approve', [hex(router), MAX_WORD])
  for (const token of tokens) {
    for (const account of [deployer, ...traders]) {
      giveTokens(ledger, token, account, RICH * 1000n)
      ledger.send({ sender: account, to: token, data: approve })
    }
  }
  const liquidity = [...tokens.map(hex), RICH, RICH, 0n, 0n, hex(deployer), DEADLINE]
  const data = encode(routerCode.abi, 'addLiquidity', liquidity)
  ledger.send({ sender: deployer, to: router, data, gasLimit: 10_000_000n })
  const pair = askAddress(ledger, factory, encode(factoryCode.abi, 'getPair', tokens.map(hex)))
  return { router, routerAbi: routerCode.abi, pair, tokens }
}

/** Deploys Uniswap v3's factory and an initialised pool of two tokens. */
export function openPool(ledger: Ledger, tokens: readonly [Uint8Array, Uint8Array]): Uint8Array {
  const { factory: factoryCode, pool: poolCode } = uniswapV3()
  const sender = deployerOf(ledger)
  const factory = deploy(ledger, factoryCode, [])
  const pair = [...tokens.map(hex), POOL_FEE]
  const gasLimit = 10_000_000n
  ledger.send({ sender, to: factory, data: encode(factoryCode.abi, 'createPool', pair), gasLimit })
  const pool = askAddress(ledger, factory, encode(factoryCode.abi, 'getPool', pair))
  ledger.send({ sender, to: pool, data: encode(poolCode.abi, 'initialize', [SQRT_PRICE]) })
  return pool
}

/** Calldata of a swap of one token for the other, by the account that gets what comes out. */
export function swapData(
  { routerAbi, tokens }: Exchange,
  { account, amount, backwards }: { account: Uint8Array; amount: bigint; backwards: boolean },
): Uint8Array {
  const path = (backwards ? tokens.toReversed() : tokens).map(hex)
  return encode(routerAbi, 'swapExactTokensForTokens', [amount, 0n, path, hex(account), DEADLINE])
}

/** transfer(address,uint256), by hand: encoding a million of them must not take minutes. */
export function transferData(to: Uint8Array, amount: bigint): Uint8Array {
  return concatBytes(TRANSFER_SELECTOR, new Uint8Array(12), to, fromBigInt(amount, 32))
}

export function encode(abi: Abi, functionName: string, args: unknown[]): Uint8Array {
  return bytesOf(encodeFunctionData({ abi, functionName, args }))
}

/** Storage key of an account's balance: keccak256(address ‖ slot), both as words. */
function balanceSlot(account: Uint8Array): Uint8Array {
  return keccak256(concatBytes(new Uint8Array(12), account, fromBigInt(BALANCES_SLOT, 32)))
}

function deploy(ledger: Ledger, { abi, bytecode }: Artefact, args: unknown[]): Uint8Array {
  const data = bytesOf(encodeDeployData({ abi, bytecode, args } as Parameters<typeof encodeDeployData>[0]))
  return ledger.send({ sender: deployerOf(ledger), to: undefined, data })!
}

function askAddress(ledger: Ledger, to: Uint8Array, data: Uint8Array): Uint8Array {
  return ledger.call({ to, data }).output.slice(12)
}

function hex(bytes: Uint8Array): Hex {
  return bytesToHex(bytes) as Hex
}
