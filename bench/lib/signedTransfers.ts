import { accounts, bytes, hex, signTransaction, unfundedAccount } from '../../test/lib/index.ts'

const MAX_FEE = 10n ** 12n

/** Transfers from the first developer's account to one without funds, with nonces from `nonce` on; in hex. */
export function signedTransfers(nonce: number, count: number): string[] {
  const to = bytes(unfundedAccount(901).address)
  const fields = { chainId: 31337n, gasLimit: 21_000n, maxFeePerGas: MAX_FEE, to, value: 1n }
  return Array.from({ length: count }, (_, i) =>
    hex(signTransaction({ type: 2, ...fields, nonce: BigInt(nonce + i) }, accounts[0]!.key)),
  )
}
