/**
 * Transactions signed by code that is not the node's own: RLP of @ethereumjs, native secp256k1, keccak of @noble.
 * About 20,000 a second; viem's signing reaches 1,000, and a benchmark's client must not be the slow part.
 */
import { createRequire } from 'node:module'
import { RLP } from '@ethereumjs/rlp'
import { keccak_256 } from '@noble/hashes/sha3.js'

type Secp256k1 = {
  ecdsaSign(hash: Uint8Array, key: Uint8Array): { signature: Uint8Array; recid: number }
  publicKeyCreate(key: Uint8Array, compressed: boolean): Uint8Array
}

const secp256k1 = createRequire(import.meta.url)('secp256k1') as Secp256k1

export type AccessListItem = { address: Uint8Array; storageKeys: Uint8Array[] }

export type Authorization = {
  chainId: bigint
  address: Uint8Array
  nonce: bigint
  yParity: bigint
  r: bigint
  s: bigint
}

/** A transaction before it is signed. `type` 0 without `chainId` is signed as before EIP-155. */
export type UnsignedTransaction = {
  type: 0 | 1 | 2 | 4
  chainId?: bigint
  nonce: bigint
  gasLimit: bigint
  /** Types 0 and 1: the gas price. */
  maxFeePerGas: bigint
  maxPriorityFeePerGas?: bigint
  to?: Uint8Array
  value?: bigint
  data?: Uint8Array
  accessList?: AccessListItem[]
  authorizations?: Authorization[]
}

type RlpInput = Uint8Array | bigint | RlpInput[]

const EMPTY = new Uint8Array()

/** EIP-2718 envelope of the signed transaction. */
export function signTransaction(tx: UnsignedTransaction, key: Uint8Array): Uint8Array {
  if (tx.type === 0) return signLegacy(tx, key)
  const fields = typedFields(tx)
  const { r, s, yParity } = sign(keccak_256(envelope(tx.type, fields)), key)
  return envelope(tx.type, [...fields, yParity, r, s])
}

/** The envelope with a signature of the caller's choice, for tests of bad ones. */
export function withSignature(
  tx: UnsignedTransaction,
  signature: { v: bigint; r: bigint; s: bigint },
): Uint8Array {
  const fields = tx.type === 0 ? legacyFields(tx) : typedFields(tx)
  const list = [...fields, signature.v, signature.r, signature.s]
  return tx.type === 0 ? RLP.encode(list) : envelope(tx.type, list)
}

/** Signature of the transaction: what {@link withSignature} takes apart. */
export function signatureOf(
  tx: UnsignedTransaction,
  key: Uint8Array,
): { r: bigint; s: bigint; yParity: bigint } {
  return sign(tx.type === 0 ? legacySigningHash(tx) : keccak_256(envelope(tx.type, typedFields(tx))), key)
}

/** EIP-7702 authorization tuple. */
export function signAuthorization(
  request: { chainId: bigint; address: Uint8Array; nonce: bigint },
  key: Uint8Array,
): Authorization {
  const message = RLP.encode([request.chainId, request.address, request.nonce])
  return { ...request, ...sign(keccak_256(concat([Uint8Array.of(5), message])), key) }
}

export function transactionHash(raw: Uint8Array): Uint8Array {
  return keccak_256(raw)
}

/** Address of a private key. */
export function addressOf(key: Uint8Array): Uint8Array {
  return keccak_256(secp256k1.publicKeyCreate(key, false).subarray(1)).subarray(12)
}

/** Address of a contract made by CREATE. */
export function createAddress(creator: Uint8Array, nonce: bigint): Uint8Array {
  return keccak_256(RLP.encode([creator, nonce])).subarray(12)
}

export function hex(bytes: Uint8Array): `0x${string}` {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
}

export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/^0x/, ''), 'hex'))
}

function signLegacy(tx: UnsignedTransaction, key: Uint8Array): Uint8Array {
  const { r, s, yParity } = sign(legacySigningHash(tx), key)
  const v = tx.chainId === undefined ? 27n + yParity : tx.chainId * 2n + 35n + yParity
  return RLP.encode([...legacyFields(tx), v, r, s])
}

function legacySigningHash(tx: UnsignedTransaction): Uint8Array {
  const suffix = tx.chainId === undefined ? [] : [tx.chainId, 0n, 0n]
  return keccak_256(RLP.encode([...legacyFields(tx), ...suffix]))
}

function legacyFields(tx: UnsignedTransaction): RlpInput[] {
  return [tx.nonce, tx.maxFeePerGas, tx.gasLimit, tx.to ?? EMPTY, tx.value ?? 0n, tx.data ?? EMPTY]
}

function typedFields(tx: UnsignedTransaction): RlpInput[] {
  const accessList = (tx.accessList ?? []).map((item) => [item.address, item.storageKeys])
  const fees = tx.type === 1 ? [tx.maxFeePerGas] : [tx.maxPriorityFeePerGas ?? 0n, tx.maxFeePerGas]
  const fields: RlpInput[] = [
    tx.chainId ?? 0n,
    tx.nonce,
    ...fees,
    tx.gasLimit,
    tx.to ?? EMPTY,
    tx.value ?? 0n,
  ]
  fields.push(tx.data ?? EMPTY, accessList)
  if (tx.type === 4) {
    const list = tx.authorizations ?? []
    fields.push(list.map((a) => [a.chainId, a.address, a.nonce, a.yParity, a.r, a.s]))
  }
  return fields
}

function sign(hash: Uint8Array, key: Uint8Array): { r: bigint; s: bigint; yParity: bigint } {
  const { signature, recid } = secp256k1.ecdsaSign(hash, key)
  return {
    r: toBigInt(signature.subarray(0, 32)),
    s: toBigInt(signature.subarray(32)),
    yParity: BigInt(recid),
  }
}

function envelope(type: number, fields: RlpInput[]): Uint8Array {
  return concat([Uint8Array.of(type), RLP.encode(fields)])
}

function concat(parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

function toBigInt(value: Uint8Array): bigint {
  return BigInt(hex(value))
}
