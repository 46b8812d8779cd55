/** A protocol version that the engine knows, oldest first in {@link FORKS}. A chain of ours starts at Cancun or later. */
export type Fork = 'Shanghai' | 'Cancun' | 'Prague' | 'Osaka'

/** In the order of activation. */
export const FORKS: readonly Fork[] = ['Shanghai', 'Cancun', 'Prague', 'Osaka']

/** What a new chain runs. */
export const DEFAULT_FORK: Fork = 'Osaka'

/** Whether the rules of `since` are in force under `fork`. */
export function isAtLeast(fork: Fork, since: Fork): boolean {
  return FORKS.indexOf(fork) >= FORKS.indexOf(since)
}

/** EIP-7840: how many blobs a block aims at and may hold, and how fast their base fee moves. */
export type BlobSchedule = {
  /** Blobs a block. */
  target: number
  /** Blobs a block. */
  max: number
  /** Blob gas that moves the blob base fee by a factor of e. */
  baseFeeUpdateFraction: bigint
}

/** Blob gas of one blob (EIP-4844, GAS_PER_BLOB). */
export const GAS_PER_BLOB = 131072n

/**
 * What differs between forks outside the interpreter. A released fork's row never changes.
 * Gas in gas units, sizes in bytes.
 */
export type ForkRules = {
  /** EIPs that became active with this fork; the ones of earlier forks stay active. */
  eips: readonly number[]
  /** EIP-170: most bytes of deployed code. */
  maxCodeSize: number
  /** EIP-3860: most bytes of initcode. */
  maxInitcodeSize: number
  /** EIP-7623: gas per calldata token that a transaction pays at least; undefined before. */
  calldataFloorGasPerToken: bigint | undefined
  /** EIP-7825: most gas that one transaction may ask for; undefined before. */
  maxTransactionGas: bigint | undefined
  /** EIP-7594: most blobs in one transaction; undefined: as many as a block. */
  maxBlobsPerTransaction: number | undefined
  /** EIP-4844: type-3 transactions are accepted, and headers count blob gas. */
  blobs: boolean
  /** EIP-7702: type-4 transactions are accepted. */
  setCodeTransactions: boolean
  /** EIP-4788: the parent beacon block's root is stored at each block's start. */
  beaconRootsContract: boolean
  /** EIP-2935: the parent's hash is stored at each block's start. */
  historyContract: boolean
  /** EIP-7685: blocks carry requests and their hash. */
  requests: boolean
  /** EIP-7918: the blob base fee is held near the execution base fee. */
  blobReservePrice: boolean
  /** EIP-7934: most bytes of an RLP-encoded block; undefined before. */
  maxBlockSize: number | undefined
  /** Used when a chain's configuration names none. */
  blobSchedule: BlobSchedule
}

const SHANGHAI: ForkRules = {
  eips: [3651, 3855, 3860, 4895, 6049],
  maxCodeSize: 24576,
  maxInitcodeSize: 49152,
  calldataFloorGasPerToken: undefined,
  maxTransactionGas: undefined,
  maxBlobsPerTransaction: undefined,
  blobs: false,
  setCodeTransactions: false,
  beaconRootsContract: false,
  historyContract: false,
  requests: false,
  blobReservePrice: false,
  maxBlockSize: undefined,
  blobSchedule: { target: 3, max: 6, baseFeeUpdateFraction: 3338477n },
}

const CANCUN: ForkRules = {
  ...SHANGHAI,
  eips: [1153, 4788, 4844, 5656, 6780, 7516],
  blobs: true,
  beaconRootsContract: true,
}

const PRAGUE: ForkRules = {
  ...CANCUN,
  eips: [2537, 2935, 6110, 7002, 7251, 7623, 7685, 7691, 7702, 7840],
  calldataFloorGasPerToken: 10n,
  setCodeTransactions: true,
  historyContract: true,
  requests: true,
  blobSchedule: { target: 6, max: 9, baseFeeUpdateFraction: 5007716n },
}

const OSAKA: ForkRules = {
  ...PRAGUE,
  eips: [7594, 7642, 7823, 7825, 7883, 7892, 7910, 7917, 7918, 7934, 7935, 7939, 7951],
  maxTransactionGas: 1n << 24n,
  maxBlobsPerTransaction: 6,
  blobReservePrice: true,
  maxBlockSize: 10 * 1024 * 1024 - 2 * 1024 * 1024,
}

/** The rules of each fork. */
export const FORK_RULES: Readonly<Record<Fork, ForkRules>> = {
  Shanghai: SHANGHAI,
  Cancun: CANCUN,
  Prague: PRAGUE,
  Osaka: OSAKA,
}
