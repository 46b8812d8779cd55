/** Turns what the test files say of forks and blocks into what the engine takes. */
import { fromBigInt } from '../src/lib/index.ts'
import type { BlobSchedule, BlockEnv, Fork } from '../src/protocol/index.ts'
import { FORK_RULES, GAS_PER_BLOB } from '../src/protocol/index.ts'

/** `chainid` and `blobSchedule` of a test's `config`; older packs have none. */
export type TestConfig = {
  chainid?: string
  blobSchedule?: Record<string, { target: string; max: string; baseFeeUpdateFraction: string }>
}

/** A fork by the name that the tests give it, with its blob schedule: BPO forks differ from Osaka in nothing else. */
export type NamedFork = { name: string; fork: Fork; blobSchedule: BlobSchedule }

/** EIP-7892 forks of mainnet: other blob schedules only. */
const BLOB_PARAMETER_FORKS: Record<string, BlobSchedule> = {
  BPO1: { target: 10, max: 15, baseFeeUpdateFraction: 8346193n },
  BPO2: { target: 14, max: 21, baseFeeUpdateFraction: 11684671n },
}

/** The fork of that name; undefined when the engine doesn't have it. */
export function namedFork(name: string, config: TestConfig | undefined): NamedFork | undefined {
  const fork = /^BPO\d$/.test(name)
    ? 'Osaka'
    : (Object.keys(FORK_RULES) as Fork[]).find((known) => known === name)
  if (fork === undefined) return undefined
  const given = config?.blobSchedule?.[name]
  const blobSchedule =
    given === undefined
      ? (BLOB_PARAMETER_FORKS[name] ?? FORK_RULES[fork].blobSchedule)
      : {
          target: Number(given.target),
          max: Number(given.max),
          baseFeeUpdateFraction: BigInt(given.baseFeeUpdateFraction),
        }
  return { name, fork, blobSchedule }
}

/** Why tests of a fork that the engine doesn't have are skipped. */
export function unsupportedFork(name: string): string {
  return `fork ${name}: the engine has ${Object.keys(FORK_RULES).join(', ')} and the BPO forks after them`
}

/** Chain id of a test; 1 where it says none. */
export function chainIdOf(config: TestConfig | undefined): bigint {
  return BigInt(config?.chainid ?? 1)
}

/** A block environment of zeros and wide limits, but for what is given. */
export function blockEnv(given: Partial<BlockEnv> & { fork: Fork }): BlockEnv {
  return {
    chainId: 1n,
    number: 1n,
    timestamp: 1000n,
    coinbase: new Uint8Array(20),
    gasLimit: (1n << 63n) - 1n,
    baseFeePerGas: 0n,
    prevRandao: new Uint8Array(32),
    blobBaseFee: 1n,
    maxBlobGasPerBlock: BigInt(FORK_RULES[given.fork].blobSchedule.max) * GAS_PER_BLOB,
    parentBeaconBlockRoot: new Uint8Array(32),
    ...given,
  }
}

/** A hex number of the test files (leading zeros and odd lengths allowed) as big-endian bytes. */
export function wordOf(hex: string, size: number): Uint8Array {
  return fromBigInt(hex === '0x' || hex === '' ? 0n : BigInt(hex), size)
}
