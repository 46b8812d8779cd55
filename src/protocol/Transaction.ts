import { keccak256 } from '../kernels/index.ts'
import { concatBytes, EMPTY_BYTES } from '../lib/index.ts'
import type { AccessListEntry } from './AccessListEntry.ts'
import type { Authorization } from './Authorization.ts'
import { type RlpErrorCode, type RlpValue, rlpDecode, rlpEncode, rlpInteger } from './rlp.ts'
import { type TransactionFailure, transactionFailure } from './TransactionException.ts'
import { FieldReader } from './TransactionFields.ts'

/**
 * A signed transaction (Yellow Paper section 4.3, EIP-2718). Amounts in wei, gas in gas units, integers as bigint;
 * byte strings big-endian: addresses 20 bytes, hashes and storage keys 32.
 */
export type Transaction =
  | LegacyTransaction
  | AccessListTransaction
  | FeeMarketTransaction
  | BlobTransaction
  | SetCodeTransaction

export type TransactionType = 0 | 1 | 2 | 3 | 4

type TransactionCommon = {
  /** Below 2^64. */
  nonce: bigint
  /** Below 2^64. */
  gasLimit: bigint
  /** Undefined: creates a contract. */
  to: Uint8Array | undefined
  value: bigint
  /** Calldata, or initcode of a creation. */
  data: Uint8Array
  /** Parity of the signature point's y coordinate. */
  yParity: 0 | 1
  /** Signature, below 2^256; whether it is in range, {@link recoverSender} tells. */
  r: bigint
  s: bigint
}

/** Type 0: EIP-155, or without replay protection when `chainId` is undefined. */
export type LegacyTransaction = TransactionCommon & { type: 0; chainId: bigint | undefined; gasPrice: bigint }

/** Type 1: EIP-2930. */
export type AccessListTransaction = TransactionCommon & {
  type: 1
  chainId: bigint
  gasPrice: bigint
  accessList: AccessListEntry[]
}

/** Type 2: EIP-1559. */
export type FeeMarketTransaction = TransactionCommon & { type: 2 } & FeeMarketFields

/** Type 3: EIP-4844, without its blobs. */
export type BlobTransaction = TransactionCommon &
  FeeMarketFields & { type: 3; to: Uint8Array; maxFeePerBlobGas: bigint; blobVersionedHashes: Uint8Array[] }

/** Type 4: EIP-7702. */
export type SetCodeTransaction = TransactionCommon &
  FeeMarketFields & { type: 4; to: Uint8Array; authorizationList: Authorization[] }

type FeeMarketFields = {
  chainId: bigint
  maxPriorityFeePerGas: bigint
  maxFeePerGas: bigint
  accessList: AccessListEntry[]
}

/** EIP-7702: code of an account that delegates, before the 20 bytes of the delegate's address. */
export const DELEGATION_PREFIX: Uint8Array = Uint8Array.of(0xef, 0x01, 0x00)

export type TransactionResult = { ok: true; transaction: Transaction } | TransactionFailure

/**
 * Decodes an EIP-2718 envelope as it stands in a block. Strict: canonical RLP, exact field sizes, every byte used.
 * Byte strings of the result are views of `raw`. Range and curve checks of the signature are {@link recoverSender}'s.
 */
export function decodeTransaction(raw: Uint8Array): TransactionResult {
  const first = raw[0]
  if (first === undefined || (raw.length === 1 && first < 0x80))
    return transactionFailure('RLP_ERROR_SIZE', 'typed transaction too short')
  if (first >= 0xc0) return decodeFields(raw, 0)
  if (first >= 1 && first <= 4) return decodeFields(raw.subarray(1), first as TransactionType)
  if (first < 0x80)
    return transactionFailure('TYPE_NOT_SUPPORTED', `transaction type not supported: ${first}`)
  return transactionFailure('RLP_INVALID_HEADER', 'a transaction starts with its type or with an RLP list')
}

/** Encodes as an EIP-2718 envelope; the inverse of {@link decodeTransaction}. */
export function encodeTransaction(tx: Transaction): Uint8Array {
  const fields = unsignedFields(tx)
  const v = tx.type === 0 ? legacyV(tx) : BigInt(tx.yParity)
  return envelope(tx.type, [...fields, rlpInteger(v), rlpInteger(tx.r), rlpInteger(tx.s)])
}

/** Encodes a transaction that nobody has signed: with zeros in place of the signature. */
export function encodeUnsigned(tx: Transaction): Uint8Array {
  return envelope(tx.type, [...unsignedFields(tx), EMPTY_BYTES, EMPTY_BYTES, EMPTY_BYTES])
}

/** keccak256 of the envelope. */
export function transactionHash(tx: Transaction): Uint8Array {
  return keccak256(encodeTransaction(tx))
}

/** What the sender signed: keccak256 of the envelope without the signature (legacy: EIP-155 if it has a chain id). */
export function signingHash(tx: Transaction): Uint8Array {
  const fields = unsignedFields(tx)
  if (tx.type === 0 && tx.chainId !== undefined) fields.push(rlpInteger(tx.chainId), EMPTY_BYTES, EMPTY_BYTES)
  return keccak256(envelope(tx.type, fields))
}

/** What an authority signed: keccak256(0x05 ‖ rlp([chainId, address, nonce])) (EIP-7702). */
export function authorizationHash(authorization: Authorization): Uint8Array {
  const { chainId, address, nonce } = authorization
  const fields = rlpEncode([rlpInteger(chainId), address, rlpInteger(nonce)])
  return keccak256(concatBytes(Uint8Array.of(AUTHORIZATION_MAGIC), fields))
}

/** The `v` of a legacy signature: 27 or 28, or with a chain id 35 + 2·chainId + parity (EIP-155). */
export function legacyV(tx: LegacyTransaction): bigint {
  return tx.chainId === undefined ? 27n + BigInt(tx.yParity) : 35n + 2n * tx.chainId + BigInt(tx.yParity)
}

/** Most wei per gas that the sender pays. */
export function maxFeePerGas(tx: Transaction): bigint {
  return tx.type <= 1 ? (tx as LegacyTransaction).gasPrice : (tx as FeeMarketTransaction).maxFeePerGas
}

/** Most wei per gas that goes to the block's producer. */
export function maxPriorityFeePerGas(tx: Transaction): bigint {
  return tx.type <= 1 ? (tx as LegacyTransaction).gasPrice : (tx as FeeMarketTransaction).maxPriorityFeePerGas
}

/** Wei per gas that the sender pays at a base fee (EIP-1559); below the base fee if the transaction isn't includable. */
export function effectiveGasPrice(tx: Transaction, baseFeePerGas: bigint): bigint {
  const most = maxFeePerGas(tx)
  const offered = baseFeePerGas + maxPriorityFeePerGas(tx)
  if (offered < most) return offered
  return most
}

/** EIP-2930 access list; empty for legacy transactions. */
export function accessListOf(tx: Transaction): AccessListEntry[] {
  return tx.type === 0 ? [] : tx.accessList
}

const AUTHORIZATION_MAGIC = 0x05

/** Number of fields of each type, signature included. */
const FIELD_COUNT: readonly number[] = [9, 11, 12, 14, 13]

function decodeFields(payload: Uint8Array, type: TransactionType): TransactionResult {
  const decoded = rlpDecode(payload, MAX_TRANSACTION_DEPTH)
  if (!decoded.ok) return rlpFailure(decoded.code, decoded.message)
  const items = decoded.value
  if (items instanceof Uint8Array)
    return transactionFailure('RLP_INVALID_HEADER', 'the payload is not a list')
  if (type === 3 && items.length > 1 && !(items[0] instanceof Uint8Array)) {
    return transactionFailure('TYPE_3_TX_WITH_FULL_BLOBS', 'a blob transaction in a block carries no blobs')
  }
  const expected = FIELD_COUNT[type]!
  if (items.length !== expected) {
    const name = items.length < expected ? 'RLP_TOO_FEW_ELEMENTS' : 'RLP_TOO_MANY_ELEMENTS'
    return transactionFailure(name, `a type-${type} transaction has ${expected} fields, not ${items.length}`)
  }
  const reader = new FieldReader(items)
  const transaction = READ_TYPE[type]!(reader)
  return reader.failure ?? { ok: true, transaction }
}

/** Lists inside lists: transaction, access list, entry, storage keys. */
const MAX_TRANSACTION_DEPTH = 4

const SIZE_ERRORS: readonly RlpErrorCode[] = ['RlpTrailingBytes', 'RlpTooShort', 'RlpLengthTooLarge']

function rlpFailure(code: RlpErrorCode, message: string): TransactionFailure {
  if (code === 'RlpNonCanonicalLength') return transactionFailure('RLP_ERROR_SIZE_LEADING_ZEROS', message)
  if (SIZE_ERRORS.includes(code)) return transactionFailure('RLP_ERROR_SIZE', message)
  return transactionFailure('RLP_INVALID_DATA', message)
}

// One reader per type, in the order of the fields on the wire.
const READ_TYPE: readonly ((reader: FieldReader) => Transaction)[] = [
  readLegacy,
  readAccessList,
  readFeeMarket,
  readBlob,
  readSetCode,
]

function readLegacy(reader: FieldReader): LegacyTransaction {
  const nonce = reader.nonce()
  const gasPrice = reader.gasPrice()
  const gasLimit = reader.gasLimit()
  const to = reader.recipient()
  const value = reader.value()
  const data = reader.data()
  const v = reader.legacyV()
  const { r, s } = reader.signature()
  return { type: 0, ...v, nonce, gasPrice, gasLimit, to, value, data, r, s }
}

function readAccessList(reader: FieldReader): AccessListTransaction {
  const chainId = reader.chainId()
  const nonce = reader.nonce()
  const gasPrice = reader.gasPrice()
  const gasLimit = reader.gasLimit()
  const to = reader.recipient()
  const value = reader.value()
  const data = reader.data()
  const accessList = reader.accessList()
  const yParity = reader.yParity()
  const { r, s } = reader.signature()
  return { type: 1, chainId, nonce, gasPrice, gasLimit, to, value, data, accessList, yParity, r, s }
}

function readFeeMarket(reader: FieldReader): FeeMarketTransaction {
  const head = readFeeMarketHead(reader)
  const to = reader.recipient()
  const value = reader.value()
  const data = reader.data()
  const accessList = reader.accessList()
  const yParity = reader.yParity()
  const { r, s } = reader.signature()
  return { type: 2, ...head, to, value, data, accessList, yParity, r, s }
}

function readBlob(reader: FieldReader): BlobTransaction {
  const head = readFeeMarketHead(reader)
  const to = reader.requiredRecipient('TYPE_3_TX_CONTRACT_CREATION')
  const value = reader.value()
  const data = reader.data()
  const accessList = reader.accessList()
  const maxFeePerBlobGas = reader.maxFeePerBlobGas()
  const blobVersionedHashes = reader.blobVersionedHashes()
  const yParity = reader.yParity()
  const { r, s } = reader.signature()
  const blob = { maxFeePerBlobGas, blobVersionedHashes }
  return { type: 3, ...head, to, value, data, accessList, ...blob, yParity, r, s }
}

function readSetCode(reader: FieldReader): SetCodeTransaction {
  const head = readFeeMarketHead(reader)
  const to = reader.requiredRecipient('TYPE_4_TX_CONTRACT_CREATION')
  const value = reader.value()
  const data = reader.data()
  const accessList = reader.accessList()
  const authorizationList = reader.authorizationList()
  const yParity = reader.yParity()
  const { r, s } = reader.signature()
  return { type: 4, ...head, to, value, data, accessList, authorizationList, yParity, r, s }
}

function readFeeMarketHead(reader: FieldReader) {
  const chainId = reader.chainId()
  const nonce = reader.nonce()
  const maxPriorityFeePerGas = reader.maxPriorityFeePerGas()
  const maxFeePerGas = reader.maxFeePerGas()
  const gasLimit = reader.gasLimit()
  return { chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit }
}

function envelope(type: TransactionType, fields: RlpValue[]): Uint8Array {
  const payload = rlpEncode(fields)
  return type === 0 ? payload : concatBytes(Uint8Array.of(type), payload)
}

/** The fields before the signature, in wire order. */
function unsignedFields(tx: Transaction): RlpValue[] {
  const to = tx.to ?? EMPTY_BYTES
  const call = [rlpInteger(tx.gasLimit), to, rlpInteger(tx.value), tx.data]
  if (tx.type === 0) return [rlpInteger(tx.nonce), rlpInteger(tx.gasPrice), ...call]
  const head = [rlpInteger(tx.chainId), rlpInteger(tx.nonce)]
  const accessList = tx.accessList.map(({ address, storageKeys }): RlpValue => [address, storageKeys])
  if (tx.type === 1) return [...head, rlpInteger(tx.gasPrice), ...call, accessList]
  const fees = [rlpInteger(tx.maxPriorityFeePerGas), rlpInteger(tx.maxFeePerGas)]
  const fields: RlpValue[] = [...head, ...fees, ...call, accessList]
  if (tx.type === 3) fields.push(rlpInteger(tx.maxFeePerBlobGas), tx.blobVersionedHashes)
  if (tx.type === 4) fields.push(tx.authorizationList.map(authorizationFields))
  return fields
}

/** EIP-7702: the tuple that a transaction lists. */
export function authorizationFields(authorization: Authorization): RlpValue {
  const { chainId, address, nonce, yParity, r, s } = authorization
  const signature = [rlpInteger(BigInt(yParity)), rlpInteger(r), rlpInteger(s)]
  return [rlpInteger(chainId), address, rlpInteger(nonce), ...signature]
}
