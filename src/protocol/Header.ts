import { keccak256 } from '../kernels/index.ts'
import { assert, toBigInt } from '../lib/index.ts'
import { BLOOM_SIZE } from './bloom.ts'
import { type RlpValue, rlpDecode, rlpEncode, rlpInteger } from './rlp.ts'

/**
 * An EVM block's header (Yellow Paper section 4.4). Hashes and roots 32 bytes, big-endian; gas in gas units, fees in
 * wei, time in seconds. The members from `baseFeePerGas` on came with forks, in this order: each is there only if all
 * before it are.
 */
export type Header = {
  parentHash: Uint8Array
  /** Always {@link EMPTY_OMMERS_HASH} since the Merge. */
  ommersHash: Uint8Array
  coinbase: Uint8Array
  stateRoot: Uint8Array
  transactionsRoot: Uint8Array
  receiptsRoot: Uint8Array
  /** 256 bytes. */
  logsBloom: Uint8Array
  /** Zero since the Merge. */
  difficulty: bigint
  number: bigint
  gasLimit: bigint
  gasUsed: bigint
  /** Unix seconds. */
  timestamp: bigint
  extraData: Uint8Array
  /** EIP-4399; the mix hash before the Merge. */
  prevRandao: Uint8Array
  /** 8 bytes, zero since the Merge. */
  nonce: Uint8Array
  /** London, EIP-1559. */
  baseFeePerGas?: bigint | undefined
  /** Shanghai, EIP-4895. */
  withdrawalsRoot?: Uint8Array | undefined
  /** Cancun, EIP-4844. */
  blobGasUsed?: bigint | undefined
  excessBlobGas?: bigint | undefined
  /** Cancun, EIP-4788. */
  parentBeaconBlockRoot?: Uint8Array | undefined
  /** Prague, EIP-7685. */
  requestsHash?: Uint8Array | undefined
}

export type HeaderResult = { ok: true; header: Header } | HeaderFailure
export type HeaderFailure = { ok: false; code: 'BlockException.RLP_STRUCTURES_ENCODING'; message: string }

/** keccak256(rlp([])). */
export const EMPTY_OMMERS_HASH: Uint8Array = keccak256(Uint8Array.of(0xc0))

/** keccak256(rlp('')): the root of a trie without entries. */
export const EMPTY_TRIE_ROOT: Uint8Array = keccak256(Uint8Array.of(0x80))

/** keccak256(''): the code hash of an account without code. */
export const EMPTY_CODE_HASH: Uint8Array = keccak256(new Uint8Array(0))

/** RLP of the header: 15 fields and those that its fork has. */
export function encodeHeader(header: Header): Uint8Array {
  return rlpEncode(headerToRlp(header))
}

/** The block's hash: keccak256 of the encoded header. */
export function headerHash(header: Header): Uint8Array {
  return keccak256(encodeHeader(header))
}

/** Inverse of {@link encodeHeader}, for headers of every fork up to Osaka. Byte strings are views of `bytes`. */
export function decodeHeader(bytes: Uint8Array): HeaderResult {
  const decoded = rlpDecode(bytes, 1)
  return decoded.ok ? headerFromRlp(decoded.value) : headerFailure(decoded.message)
}

/** The header as an RLP list, to be put into a block. Asserts that no fork's member is skipped. */
export function headerToRlp(header: Header): RlpValue {
  const items: RlpValue[] = []
  let lastMissing: string | undefined
  for (const field of FIELDS) {
    const value = header[field.name]
    if (value === undefined) {
      assert(field.optional, `header without ${field.name}`)
      lastMissing ??= field.name
      continue
    }
    assert(lastMissing === undefined, `header with ${field.name} but without ${lastMissing}`)
    items.push(typeof value === 'bigint' ? rlpInteger(value) : value)
  }
  return items
}

/** Inverse of {@link headerToRlp}. */
export function headerFromRlp(value: RlpValue): HeaderResult {
  if (value instanceof Uint8Array) return headerFailure('it is not a list')
  const least = FIELDS.filter((field) => !field.optional).length
  if (value.length < least || value.length > FIELDS.length)
    return headerFailure(`it has ${value.length} fields`)
  if (BROKEN_FIELD_COUNTS.includes(value.length)) return headerFailure(`no fork has ${value.length} fields`)
  const header: Record<string, Uint8Array | bigint> = {}
  for (const [i, item] of value.entries()) {
    const field = FIELDS[i]!
    if (!(item instanceof Uint8Array)) return headerFailure(`${field.name} is a list`)
    if (field.kind === 'integer') {
      if (item[0] === 0) return headerFailure(`${field.name} has leading zeros`)
      if (item.length > field.size) return headerFailure(`${field.name} has more than ${field.size} bytes`)
      header[field.name] = toBigInt(item)
    } else {
      if (field.size !== ANY_SIZE && item.length !== field.size) {
        return headerFailure(`${field.name} has ${item.length} bytes instead of ${field.size}`)
      }
      header[field.name] = item
    }
  }
  return { ok: true, header: header as unknown as Header }
}

type FieldRule = { name: keyof Header; kind: 'bytes' | 'integer'; size: number; optional: boolean }

const ANY_SIZE = -1

/** The members on the wire, in order. */
const FIELDS: readonly FieldRule[] = [
  bytesField('parentHash', 32),
  bytesField('ommersHash', 32),
  bytesField('coinbase', 20),
  bytesField('stateRoot', 32),
  bytesField('transactionsRoot', 32),
  bytesField('receiptsRoot', 32),
  bytesField('logsBloom', BLOOM_SIZE),
  integerField('difficulty', 32),
  integerField('number', 8),
  integerField('gasLimit', 8),
  integerField('gasUsed', 8),
  integerField('timestamp', 8),
  bytesField('extraData', ANY_SIZE),
  bytesField('prevRandao', 32),
  bytesField('nonce', 8),
  { ...integerField('baseFeePerGas', 32), optional: true },
  { ...bytesField('withdrawalsRoot', 32), optional: true },
  { ...integerField('blobGasUsed', 8), optional: true },
  { ...integerField('excessBlobGas', 8), optional: true },
  { ...bytesField('parentBeaconBlockRoot', 32), optional: true },
  { ...bytesField('requestsHash', 32), optional: true },
]

/** Cancun brought three members at once. */
const BROKEN_FIELD_COUNTS = [18, 19]

function bytesField(name: keyof Header, size: number): FieldRule {
  return { name, kind: 'bytes', size, optional: false }
}

function integerField(name: keyof Header, size: number): FieldRule {
  return { name, kind: 'integer', size, optional: false }
}

function headerFailure(reason: string): HeaderFailure {
  return { ok: false, code: 'BlockException.RLP_STRUCTURES_ENCODING', message: `invalid header: ${reason}` }
}
