import { bytesToHex, equalBytes, toBigInt } from '../lib/index.ts'
import {
  type BlobSchedule,
  calcExcessBlobGas,
  EMPTY_OMMERS_HASH,
  FORK_RULES,
  type Fork,
  GAS_PER_BLOB,
  type Header,
  headerHash,
  maxBlobGasPerBlock,
  nextBaseFee,
} from '../protocol/index.ts'

/** What is in force for one block. */
export type BlockRules = { fork: Fork; blobSchedule: BlobSchedule }

/** Why a block is refused, named as execution-spec-tests names it (ethereum_test_exceptions, BlockException). */
export type BlockExceptionCode = `BlockException.${BlockExceptionName}`

type BlockExceptionName =
  // Encoding
  | 'RLP_STRUCTURES_ENCODING'
  | 'INCORRECT_BLOCK_FORMAT'
  | 'RLP_BLOCK_LIMIT_EXCEEDED'
  // Header against its parent
  | 'UNKNOWN_PARENT'
  | 'INVALID_BLOCK_NUMBER'
  | 'INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT'
  | 'INVALID_GASLIMIT'
  | 'GASLIMIT_TOO_BIG'
  | 'INVALID_GAS_USED_ABOVE_LIMIT'
  | 'INVALID_BASEFEE_PER_GAS'
  | 'EXTRA_DATA_TOO_BIG'
  | 'IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS'
  | 'IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS'
  | 'INCORRECT_EXCESS_BLOB_GAS'
  | 'BLOB_GAS_USED_ABOVE_LIMIT'
  // Header against the body
  | 'INVALID_TRANSACTIONS_ROOT'
  | 'INVALID_WITHDRAWALS_ROOT'
  // Header against what execution gives
  | 'INVALID_GAS_USED'
  | 'INCORRECT_BLOB_GAS_USED'
  | 'INVALID_LOG_BLOOM'
  | 'INVALID_RECEIPTS_ROOT'
  | 'INVALID_STATE_ROOT'
  | 'INVALID_REQUESTS'
  // Execution outside transactions
  | 'INVALID_DEPOSIT_EVENT_LAYOUT'
  | 'SYSTEM_CONTRACT_EMPTY'
  | 'SYSTEM_CONTRACT_CALL_FAILED'

/** A refused block: `code` for programs, `message` for people. */
export type BlockFailure = { code: BlockExceptionCode; message: string }

/** Yellow Paper section 4.4.4 (47): gas limits step by less than 1/1024 of the parent's. */
export const GAS_LIMIT_BOUND_DIVISOR = 1024n

/** Yellow Paper section 4.4.4 (47), in gas. */
export const MIN_GAS_LIMIT = 5000n

/** Gas counts in signed 64-bit integers in many clients; EIP-4803 proposes the bound. */
export const MAX_GAS_LIMIT: bigint = (1n << 63n) - 1n

/** Yellow Paper section 4.4.4 (58), in bytes. */
export const MAX_EXTRA_DATA_SIZE = 32

/**
 * Checks a header against its parent: everything that holds before the body is looked at (Yellow Paper section 4.4.4,
 * EIP-1559, EIP-3675, EIP-4844, EIP-4788, EIP-4895, EIP-7685). Undefined when it is valid.
 */
export function validateHeader(header: Header, parent: Header, rules: BlockRules): BlockFailure | undefined {
  return (
    validateMembers(header, rules.fork) ??
    validatePosition(header, parent) ??
    validateConstants(header) ??
    validateGas(header, parent) ??
    validateBlobGas(header, parent, rules)
  )
}

/** A failure with this code. */
export function blockFailure(name: BlockExceptionName, message: string): BlockFailure {
  return { code: `BlockException.${name}`, message }
}

/** The members that a fork's headers have, no more and no less. */
function validateMembers(header: Header, fork: Fork): BlockFailure | undefined {
  const wanted = {
    baseFeePerGas: true,
    withdrawalsRoot: true,
    blobGasUsed: FORK_RULES[fork].blobs,
    excessBlobGas: FORK_RULES[fork].blobs,
    parentBeaconBlockRoot: FORK_RULES[fork].beaconRootsContract,
    requestsHash: FORK_RULES[fork].requests,
  }
  for (const [name, isWanted] of Object.entries(wanted)) {
    const isThere = header[name as keyof typeof wanted] !== undefined
    if (isThere === isWanted) continue
    return blockFailure('INCORRECT_BLOCK_FORMAT', `${fork} header ${isThere ? 'with' : 'without'} ${name}`)
  }
  return undefined
}

function validatePosition(header: Header, parent: Header): BlockFailure | undefined {
  if (!equalBytes(header.parentHash, headerHash(parent))) {
    return blockFailure(
      'UNKNOWN_PARENT',
      `parent hash ${bytesToHex(header.parentHash)} is not the given parent's`,
    )
  }
  if (header.number !== parent.number + 1n) {
    return blockFailure('INVALID_BLOCK_NUMBER', `block ${header.number} on block ${parent.number}`)
  }
  if (header.timestamp <= parent.timestamp) {
    return blockFailure(
      'INVALID_BLOCK_TIMESTAMP_OLDER_THAN_PARENT',
      `timestamp ${header.timestamp}, the parent's is ${parent.timestamp}`,
    )
  }
  return undefined
}

/** What the Merge fixed (EIP-3675), and the size of the extra data. */
function validateConstants(header: Header): BlockFailure | undefined {
  if (header.difficulty !== 0n) {
    return blockFailure(
      'IMPORT_IMPOSSIBLE_DIFFICULTY_OVER_PARIS',
      `difficulty ${header.difficulty} instead of 0`,
    )
  }
  if (toBigInt(header.nonce) !== 0n) {
    return blockFailure('INCORRECT_BLOCK_FORMAT', `nonce ${bytesToHex(header.nonce)} instead of zero`)
  }
  if (!equalBytes(header.ommersHash, EMPTY_OMMERS_HASH)) {
    return blockFailure(
      'IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS',
      'the ommers hash is not that of the empty list',
    )
  }
  if (header.extraData.length > MAX_EXTRA_DATA_SIZE) {
    return blockFailure('EXTRA_DATA_TOO_BIG', `${header.extraData.length} bytes of extra data`)
  }
  return undefined
}

function validateGas(header: Header, parent: Header): BlockFailure | undefined {
  const { gasLimit, gasUsed } = header
  if (gasLimit > MAX_GAS_LIMIT) return blockFailure('GASLIMIT_TOO_BIG', `gas limit ${gasLimit}`)
  const step = gasLimit > parent.gasLimit ? gasLimit - parent.gasLimit : parent.gasLimit - gasLimit
  if (step >= parent.gasLimit / GAS_LIMIT_BOUND_DIVISOR || gasLimit < MIN_GAS_LIMIT) {
    return blockFailure('INVALID_GASLIMIT', `gas limit ${gasLimit}, the parent's is ${parent.gasLimit}`)
  }
  if (gasUsed > gasLimit) {
    return blockFailure('INVALID_GAS_USED_ABOVE_LIMIT', `gas used ${gasUsed} of ${gasLimit}`)
  }
  const baseFee = nextBaseFee({ ...parent, baseFeePerGas: parent.baseFeePerGas ?? 0n })
  if (header.baseFeePerGas !== baseFee) {
    return blockFailure('INVALID_BASEFEE_PER_GAS', `base fee ${header.baseFeePerGas} instead of ${baseFee}`)
  }
  return undefined
}

function validateBlobGas(header: Header, parent: Header, rules: BlockRules): BlockFailure | undefined {
  // validateMembers has seen to it that such a header counts no blob gas.
  if (!FORK_RULES[rules.fork].blobs) return undefined
  const { blobGasUsed = 0n, excessBlobGas } = header
  const most = maxBlobGasPerBlock(rules.blobSchedule)
  if (blobGasUsed > most)
    return blockFailure('BLOB_GAS_USED_ABOVE_LIMIT', `blob gas ${blobGasUsed} of ${most}`)
  if (blobGasUsed % GAS_PER_BLOB !== 0n) {
    return blockFailure(
      'INCORRECT_BLOB_GAS_USED',
      `blob gas ${blobGasUsed} is no multiple of ${GAS_PER_BLOB}`,
    )
  }
  const fees = {
    excessBlobGas: parent.excessBlobGas ?? 0n,
    blobGasUsed: parent.blobGasUsed ?? 0n,
    baseFeePerGas: parent.baseFeePerGas ?? 0n,
  }
  const expected = calcExcessBlobGas(fees, rules.fork, rules.blobSchedule)
  if (excessBlobGas !== expected) {
    return blockFailure(
      'INCORRECT_EXCESS_BLOB_GAS',
      `excess blob gas ${excessBlobGas} instead of ${expected}`,
    )
  }
  return undefined
}
