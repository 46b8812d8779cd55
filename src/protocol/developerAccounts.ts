import { keccak256 } from '../kernels/index.ts'
import { assert, builtin, bytesToHex, fromBigInt, toBigInt } from '../lib/index.ts'
import { checksumAddress } from './checksumAddress.ts'
import { DEVELOPER_ACCOUNTS, DEVELOPER_MNEMONIC } from './localGenesis.ts'
import { publicKeyOf } from './secp256k1.ts'
import { SECP256K1_N } from './sender.ts'

const crypto = builtin('node:crypto')

/** Both in hexadecimal digits. */
export type DeveloperAccount = { address: `0x${string}`; privateKey: `0x${string}` }

/** Most accounts of a local chain: deriving one takes a millisecond. */
export const DEVELOPER_ACCOUNT_LIMIT = 1000

/** m/44'/60'/0'/0; the accounts stand below it. */
const PATH: readonly number[] = [44 + 2 ** 31, 60 + 2 ** 31, 2 ** 31, 0]

/** The first accounts of a mnemonic, path m/44'/60'/0'/0/index (BIP-39 without a password, BIP-32). Others than the well-known ones on Node only. */
export function developerAccounts(
  options: { count?: number; mnemonic?: string } = {},
): readonly DeveloperAccount[] {
  const { count = DEVELOPER_ACCOUNTS.length, mnemonic = DEVELOPER_MNEMONIC } = options
  if (mnemonic === DEVELOPER_MNEMONIC && count <= DEVELOPER_ACCOUNTS.length)
    return DEVELOPER_ACCOUNTS.slice(0, count)
  assert(crypto !== undefined, 'accounts are derived on Node')
  const seed = crypto.pbkdf2Sync(mnemonic.normalize('NFKD'), 'mnemonic', 2048, 64, 'sha512')
  const parent = PATH.reduce(child, split(hmac(Buffer.from('Bitcoin seed'), seed)))
  return Array.from({ length: count }, (_, index) => {
    const { key } = child(parent, index)
    const address = keccak256(publicKeyOf(key, false).subarray(1)).subarray(12)
    return { address: checksumAddress(address), privateKey: bytesToHex(key) as `0x${string}` }
  })
}

type Node = { key: Uint8Array; chainCode: Uint8Array }

/** BIP-32, CKDpriv. From 2^31 on an index is a hardened one. */
function child({ key, chainCode }: Node, index: number): Node {
  const data = new Uint8Array(37)
  data.set(index >= 2 ** 31 ? Uint8Array.of(0, ...key) : publicKeyOf(key, true))
  new DataView(data.buffer).setUint32(33, index)
  const derived = split(hmac(chainCode, data))
  const sum = (toBigInt(derived.key) + toBigInt(key)) % SECP256K1_N
  return { key: fromBigInt(sum, 32), chainCode: derived.chainCode }
}

function split(bytes: Uint8Array): Node {
  return { key: bytes.subarray(0, 32), chainCode: bytes.subarray(32) }
}

function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return crypto!.createHmac('sha512', key).update(data).digest()
}
