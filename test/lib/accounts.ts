import { bytesToHex, hexToBytes } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { addressOf } from './signing.ts'

/** What every development chain funds: m/44'/60'/0'/0/0…9 of this mnemonic, 10,000 ETH each. */
export const MNEMONIC = 'test test test test test test test test test test test junk'

export type TestAccount = {
  address: `0x${string}`
  privateKey: `0x${string}`
  /** The same, for {@link signTransaction}. */
  key: Uint8Array
}

/** The ten usual accounts, in order. */
export const accounts: readonly TestAccount[] = Array.from({ length: 10 }, (_, index) => {
  const account = mnemonicToAccount(MNEMONIC, { addressIndex: index })
  const key = account.getHdKey().privateKey
  if (!key) throw new Error(`no private key at index ${index}`)
  return { address: account.address, privateKey: bytesToHex(key), key }
})

/** An account that nobody funded, the same for the same number. */
export function unfundedAccount(number: number): TestAccount {
  const key = hexToBytes(`0x${(0xfeed_0000_0000n + BigInt(number)).toString(16).padStart(64, '0')}`)
  return { address: bytesToHex(addressOf(key)), privateKey: bytesToHex(key), key }
}
