import { keccak256, serializeTransaction } from 'viem'
import { sign } from 'viem/accounts'
import { facts } from '../chain/facts.ts'
import { node } from '../chain/node.ts'
import { type Hex, toNumber, toQuantity } from '../lib/hex.ts'
import { RpcError, type RpcReceipt } from '../rpc/index.ts'
import type { InjectedWallet } from './injected.ts'
import { readBalances, type Signer } from './signers.ts'

/** A transaction before somebody signs it. `to` is missing where a contract is made. */
export type Draft = { to: Hex | undefined; data: Hex; value: bigint }

/** What came of it, and how long that took from the moment when it was signed. */
export type Sent = { receipt: RpcReceipt; elapsedMs: number }

/**
 * Sends a transaction and waits for its receipt.
 *
 * @throws RpcError, ConnectionError; NotSentError where the wallet refuses.
 */
export async function send(signer: Signer, draft: Draft): Promise<Sent> {
  const sent =
    signer.kind === 'developer' ? await sendSigned(signer, draft) : await sendByWallet(signer.wallet, draft)
  void readBalances().catch(() => {})
  return sent
}

/** The node fills in nonce, gas and fees, and says why where the transaction would revert. */
async function sendSigned(
  { address, key }: Extract<Signer, { kind: 'developer' }>,
  draft: Draft,
): Promise<Sent> {
  const { to, data, value } = draft
  const [nonce, gas, tip, baseFee] = await Promise.all([
    node.request<Hex>('eth_getTransactionCount', [address, 'pending']),
    node.request<Hex>('eth_estimateGas', [callOf(draft, address)]),
    node.request<Hex>('eth_maxPriorityFeePerGas'),
    node.request<Hex>('eth_baseFee'),
  ])
  const transaction = {
    type: 'eip1559' as const,
    chainId: facts.peek()!.chainId,
    nonce: toNumber(nonce),
    // What is left over costs nothing, and the state may change a little before it is executed.
    gas: withMargin(BigInt(gas)),
    maxPriorityFeePerGas: BigInt(tip),
    maxFeePerGas: 2n * BigInt(baseFee) + BigInt(tip),
    ...(to === undefined ? {} : { to }),
    ...{ data, value },
  }
  const signature = await sign({ hash: keccak256(serializeTransaction(transaction)), privateKey: key })
  const raw = serializeTransaction(transaction, signature)
  const begunMs = performance.now()
  const receipt = await node.request<RpcReceipt>('eth_sendRawTransactionSync', [raw])
  return { receipt, elapsedMs: performance.now() - begunMs }
}

/** EIP-7825: more than 2^24 gas is refused. */
const MOST_GAS = 16_777_216n

function withMargin(gas: bigint): bigint {
  const more = (gas * 6n) / 5n
  return gas <= MOST_GAS && more > MOST_GAS ? MOST_GAS : more
}

/** Of how long a wallet's transaction may take to show up here. */
const RECEIPT_LIMIT_MS = 30_000
const RECEIPT_POLL_MS = 250

async function sendByWallet({ provider }: InjectedWallet, draft: Draft): Promise<Sent> {
  const [from] = (await provider.request({ method: 'eth_requestAccounts' })) as Hex[]
  if (from === undefined) throw new NotSentError('The wallet has given no account.')
  await chooseChain({ provider })
  const begunMs = performance.now()
  const params = [callOf(draft, from)]
  const hash = (await provider.request({ method: 'eth_sendTransaction', params })) as Hex
  while (performance.now() - begunMs < RECEIPT_LIMIT_MS) {
    const receipt = await node.request<RpcReceipt | null>('eth_getTransactionReceipt', [hash])
    if (receipt !== null) return { receipt, elapsedMs: performance.now() - begunMs }
    await new Promise((resolve) => setTimeout(resolve, RECEIPT_POLL_MS))
  }
  throw new NotSentError(`The wallet has sent ${hash}, but it isn't here yet.`)
}

const UNKNOWN_CHAIN = 4902

/** EIP-3326, and EIP-3085 where the wallet doesn't know the chain. */
async function chooseChain({ provider }: Pick<InjectedWallet, 'provider'>): Promise<void> {
  const chainId = toQuantity(facts.peek()!.chainId)
  try {
    await provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId }] })
  } catch (error) {
    if ((error as { code?: number }).code !== UNKNOWN_CHAIN) throw error
    const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 }
    const chain = { chainId, chainName: 'Leveret', nativeCurrency, rpcUrls: [location.origin] }
    await provider.request({ method: 'wallet_addEthereumChain', params: [chain] })
  }
}

/** A draft as JSON-RPC has calls and transactions. */
export function callOf({ to, data, value }: Draft, from: Hex | undefined) {
  return { ...(from && { from }), ...(to && { to }), data, value: toQuantity(value) }
}

/** Revert data, where an error of the node has some. */
export function revertData(error: unknown): Hex | undefined {
  const data = error instanceof RpcError ? error.data : undefined
  return typeof data === 'string' && /^0x[0-9a-f]{8}/i.test(data) ? (data as Hex) : undefined
}

/** `executionReverted`: the node has tried it, and it would fail. */
export function isRevert(error: unknown): boolean {
  return error instanceof RpcError && error.code === 3
}

/** A wallet has not sent what it was to send. */
class NotSentError extends Error {
  override readonly name = 'NotSentError'
}
