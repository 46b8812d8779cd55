import type { Hex } from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { hexToBytes } from '../../lib/index.ts'
import { decodeTransaction, encodeTransaction, type Transaction } from '../../protocol/index.ts'

/** The first account of the mnemonic `test test … junk`. */
export const ACCOUNT: PrivateKeyAccount = privateKeyToAccount(
  '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
)

export const RECIPIENT = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'

/** One signed transaction of each type, 0 to 4, nonces in the same order. */
export async function signedOfEachType(): Promise<Hex[]> {
  const common = { chainId: 31337, gas: 100_000n, to: RECIPIENT, value: 5n, data: '0x1234' } as const
  const fees = { maxFeePerGas: 3_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n } as const
  const accessList = [{ address: RECIPIENT, storageKeys: [`0x${'11'.repeat(32)}`] }] as const
  const authorization = await ACCOUNT.signAuthorization({ chainId: 31337, address: RECIPIENT, nonce: 9 })
  const feeMarket = await ACCOUNT.signTransaction({
    ...common,
    ...fees,
    type: 'eip1559',
    nonce: 2,
    accessList,
  })
  return [
    await ACCOUNT.signTransaction({ ...common, type: 'legacy', nonce: 0, gasPrice: 2_000_000_000n }),
    await ACCOUNT.signTransaction({
      ...common,
      type: 'eip2930',
      nonce: 1,
      gasPrice: 2_000_000_000n,
      accessList,
    }),
    feeMarket,
    asBlobTransaction(feeMarket),
    await ACCOUNT.signTransaction({
      ...common,
      ...fees,
      type: 'eip7702',
      nonce: 4,
      authorizationList: [authorization],
    }),
  ]
}

/** A blob transaction with two blobs; its signature recovers to somebody. */
function asBlobTransaction(feeMarket: Hex): Hex {
  const decoded = decodeTransaction(hexToBytes(feeMarket))
  if (!decoded.ok) throw new Error(decoded.message)
  const blob = {
    ...decoded.transaction,
    type: 3,
    nonce: 3n,
    maxFeePerBlobGas: 7n,
    blobVersionedHashes: [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)],
  } as Transaction
  return `0x${Buffer.from(encodeTransaction(blob)).toString('hex')}`
}

/** A plain transfer. */
export function signTransfer(nonce: number, value = 1n): Promise<Hex> {
  return ACCOUNT.signTransaction({
    type: 'eip1559',
    chainId: 31337,
    nonce,
    gas: 21_000n,
    to: RECIPIENT,
    value,
    maxFeePerGas: 3_000_000_000n,
    maxPriorityFeePerGas: 1_000_000_000n,
  })
}
