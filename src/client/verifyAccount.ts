import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, HexError, hexToBytes, padLeft, toBigInt } from '../lib/index.ts'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, rlpDecode } from '../protocol/index.ts'
import { TrieProofError, verifyProof } from '../trie/index.ts'
import type { VerifiedBlock } from './BlockCheck.ts'
import { FollowError } from './FollowError.ts'

/** `0x` and hexadecimal digits. */
export type Hex = `0x${string}`

/** An account as it is after a verified block. */
export type VerifiedAccount = {
  blockNumber: bigint
  blockHash: Hex
  nonce: bigint
  /** In wei. */
  balance: bigint
  codeHash: Hex
  /** The slots that were asked for, in that order; 0 where nothing is stored. */
  storage: { key: Hex; value: bigint }[]
}

/** Sends a JSON-RPC request; the result, whatever it is. */
export type Request = (method: string, params: readonly unknown[]) => Promise<unknown>

/** Nodes of one proof: a path has 64 nibbles. */
const MAX_NODES = 65

/**
 * Asks for an account and some of its slots, with proofs (eth_getProof, EIP-1186), and checks these against the state's
 * root that a verified header names.
 *
 * @throws FollowError STATE_PROOF where the answer isn't proven.
 */
export async function verifyAccount(
  request: Request,
  { hash, number, header }: VerifiedBlock,
  { address, keys }: { address: Hex; keys: readonly Hex[] },
): Promise<VerifiedAccount> {
  const addressHash = keccak256(hexToBytes(address))
  const padded = keys.map((key) => padLeft(hexToBytes(key), 32))
  const blockHash = bytesToHex(hash) as Hex
  const answer = await request('eth_getProof', [address, padded.map(bytesToHex), { blockHash }])
  try {
    const { accountProof, storageProof } = answer as { accountProof: unknown; storageProof: unknown }
    const account = accountOf(verifyProof(header.stateRoot, addressHash, nodesOf(accountProof)))
    const storage = padded.map((key, i) => {
      const { proof } = (storageProof as { proof: unknown }[])[i]!
      const value = verifyProof(account.storageRoot, keccak256(key), nodesOf(proof))
      return { key: bytesToHex(key) as Hex, value: value === undefined ? 0n : toBigInt(bytesOf(value)) }
    })
    const { nonce, balance, codeHash } = account
    return { blockNumber: number, blockHash, nonce, balance, codeHash: bytesToHex(codeHash) as Hex, storage }
  } catch (error) {
    if (!isOfAnswer(error)) throw error
    throw new FollowError('STATE_PROOF', `The proof of ${address} does not hold`, { cause: error })
  }
}

/** Proofs that don't hold, and answers that are none. */
function isOfAnswer(error: unknown): boolean {
  return error instanceof TrieProofError || error instanceof HexError || error instanceof TypeError
}

function nodesOf(proof: unknown): Uint8Array[] {
  if (!Array.isArray(proof) || proof.length > MAX_NODES) throw new TypeError('a proof is a list of nodes')
  return proof.map((node) => hexToBytes(String(node)))
}

function accountOf(value: Uint8Array | undefined): {
  nonce: bigint
  balance: bigint
  storageRoot: Uint8Array
  codeHash: Uint8Array
} {
  if (value === undefined)
    return { nonce: 0n, balance: 0n, storageRoot: EMPTY_TRIE_ROOT, codeHash: EMPTY_CODE_HASH }
  const decoded = rlpDecode(value)
  if (!decoded.ok || decoded.value instanceof Uint8Array) throw new TypeError('an account is a list')
  const [nonce, balance, storageRoot, codeHash] = decoded.value as Uint8Array[]
  return {
    nonce: toBigInt(nonce!),
    balance: toBigInt(balance!),
    storageRoot: storageRoot!,
    codeHash: codeHash!,
  }
}

function bytesOf(value: Uint8Array): Uint8Array {
  const decoded = rlpDecode(value)
  if (!decoded.ok || !(decoded.value instanceof Uint8Array)) throw new TypeError('a slot has bytes')
  return decoded.value
}
