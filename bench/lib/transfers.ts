/** Workloads of whole transactions: ether transfers, ERC-20 transfers, Uniswap-v2 swaps. */
import { type Abi, hexToBytes as bytesOf, encodeDeployData, encodeFunctionData, type Hex } from 'viem'
import { keccak256 } from '../../src/kernels/index.ts'
import { bytesToHex, concatBytes, fromBigInt, type Prng } from '../../src/lib/index.ts'
import { type Artefact, compile, uniswapV2 } from '../../test/lib/index.ts'
import { addressOf, type Ledger, type PreparedTransaction } from './Ledger.ts'

export type Shape = { senders: number; count: number; random: Prng }

/** OpenZeppelin ERC-20: `_balances` is the first member of the layout. */
const BALANCES_SLOT = 0n
const DEPLOYER = 1_000_000_000
const RICH = 10n ** 24n

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
  for (const account of accounts) ledger.engine.setStorage(token, balanceSlot(account), fromBigInt(RICH, 32))
  return Array.from({ length: count }, (_, i) => {
    const data = transferData(accounts[random.nextInt(senders)]!, 1n)
    return ledger.prepare({ sender: accounts[i % senders]!, to: token, data })
  })
}

/** Swaps of one token for another through Uniswap v2's router, in both directions. */
export function swaps(ledger: Ledger, { senders, count, random }: Shape): PreparedTransaction[] {
  const deployer = ledger.account(DEPLOYER)
  const { factory: factoryCode, router: routerCode, weth: wethCode } = uniswapV2()
  const factory = deploy(ledger, deployer, factoryCode, [hex(deployer)])
  const weth = deploy(ledger, deployer, wethCode, [])
  const router = deploy(ledger, deployer, routerCode, [hex(factory), hex(weth)])
  const tokens = [deployToken(ledger), deployToken(ledger)] as const
  const accounts = openAccounts(ledger, senders)
  const { abi: tokenAbi } = compile('Token')
  for (const token of tokens) {
    for (const account of [deployer, ...accounts]) {
      ledger.engine.setStorage(token, balanceSlot(account), fromBigInt(RICH * 1000n, 32))
      ledger.send({
        sender: account,
        to: token,
        data: encode(tokenAbi, 'approve', [hex(router), (1n << 256n) - 1n]),
      })
    }
  }
  const deadline = 10_000_000_000n
  const liquidity = [...tokens.map(hex), RICH, RICH, 0n, 0n, hex(deployer), deadline]
  ledger.send({
    sender: deployer,
    to: router,
    data: encode(routerCode.abi, 'addLiquidity', liquidity),
    gasLimit: 10_000_000n,
  })
  return Array.from({ length: count }, (_, i) => {
    const sender = accounts[i % senders]!
    const path = random.nextInt(2) === 0 ? [hex(tokens[0]), hex(tokens[1])] : [hex(tokens[1]), hex(tokens[0])]
    const amount = 1_000n + BigInt(random.nextInt(1000))
    const data = encode(routerCode.abi, 'swapExactTokensForTokens', [amount, 0n, path, hex(sender), deadline])
    return ledger.prepare({ sender, to: router, data, gasLimit: 300_000n })
  })
}

function openAccounts(ledger: Ledger, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => ledger.account(i))
}

function deployToken(ledger: Ledger): Uint8Array {
  const deployer = addressOf(DEPLOYER)
  if (ledger.engine.getAccount(deployer) === undefined) ledger.account(DEPLOYER)
  return deploy(ledger, deployer, compile('Token'), ['Token', 'TOK'])
}

function deploy(
  ledger: Ledger,
  sender: Uint8Array,
  { abi, bytecode }: Artefact,
  args: unknown[],
): Uint8Array {
  const data = bytesOf(
    encodeDeployData({ abi: abi as Abi, bytecode, args } as Parameters<typeof encodeDeployData>[0]),
  )
  return ledger.send({ sender, to: undefined, data })!
}

/** Storage key of an account's balance: keccak256(address ‖ slot), both as words. */
function balanceSlot(account: Uint8Array): Uint8Array {
  return keccak256(concatBytes(new Uint8Array(12), account, fromBigInt(BALANCES_SLOT, 32)))
}

/** transfer(address,uint256), by hand: encoding a million of them must not take minutes. */
function transferData(to: Uint8Array, amount: bigint): Uint8Array {
  return concatBytes(TRANSFER_SELECTOR, new Uint8Array(12), to, fromBigInt(amount, 32))
}

const TRANSFER_SELECTOR = Uint8Array.of(0xa9, 0x05, 0x9c, 0xbb)

function encode(abi: Abi, functionName: string, args: unknown[]): Uint8Array {
  return bytesOf(encodeFunctionData({ abi, functionName, args }))
}

function hex(bytes: Uint8Array): Hex {
  return bytesToHex(bytes) as Hex
}
