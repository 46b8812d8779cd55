import { assert, EMPTY_BYTES } from '../../lib/index.ts'
import { type Fork, isAtLeast } from '../../protocol/index.ts'
import { blake2f } from './blake2f.ts'
import { blsG1Add } from './blsG1Add.ts'
import { blsG1Msm } from './blsG1Msm.ts'
import { blsG2Add } from './blsG2Add.ts'
import { blsG2Msm } from './blsG2Msm.ts'
import { blsMapFp2ToG2 } from './blsMapFp2ToG2.ts'
import { blsMapFpToG1 } from './blsMapFpToG1.ts'
import { blsPairing } from './blsPairing.ts'
import { bn254Add } from './bn254Add.ts'
import { bn254Mul } from './bn254Mul.ts'
import { bn254Pairing } from './bn254Pairing.ts'
import { ecrecover } from './ecrecover.ts'
import { identity } from './identity.ts'
import { modexp } from './modexp.ts'
import type { Precompile } from './Precompile.ts'
import { p256Verify } from './p256Verify.ts'
import { pointEvaluation } from './pointEvaluation.ts'
import { ripemd160 } from './ripemd160.ts'
import { sha256 } from './sha256.ts'

/** The precompiles by address, and the fork that brought each. */
const PRECOMPILES: ReadonlyMap<number, { precompile: Precompile; since: Fork }> = new Map([
  [0x01, { precompile: ecrecover, since: 'Shanghai' }],
  [0x02, { precompile: sha256, since: 'Shanghai' }],
  [0x03, { precompile: ripemd160, since: 'Shanghai' }],
  [0x04, { precompile: identity, since: 'Shanghai' }],
  [0x05, { precompile: modexp, since: 'Shanghai' }],
  [0x06, { precompile: bn254Add, since: 'Shanghai' }],
  [0x07, { precompile: bn254Mul, since: 'Shanghai' }],
  [0x08, { precompile: bn254Pairing, since: 'Shanghai' }],
  [0x09, { precompile: blake2f, since: 'Shanghai' }],
  [0x0a, { precompile: pointEvaluation, since: 'Cancun' }],
  [0x0b, { precompile: blsG1Add, since: 'Prague' }],
  [0x0c, { precompile: blsG1Msm, since: 'Prague' }],
  [0x0d, { precompile: blsG2Add, since: 'Prague' }],
  [0x0e, { precompile: blsG2Msm, since: 'Prague' }],
  [0x0f, { precompile: blsPairing, since: 'Prague' }],
  [0x10, { precompile: blsMapFpToG1, since: 'Prague' }],
  [0x11, { precompile: blsMapFp2ToG2, since: 'Prague' }],
  [0x100, { precompile: p256Verify, since: 'Osaka' }],
])

/** The precompile at an address (as a number) under a fork, or undefined: then it is an ordinary account. */
export function precompileAt(address: number, fork: Fork): Precompile | undefined {
  const entry = PRECOMPILES.get(address)
  return entry !== undefined && isAtLeast(fork, entry.since) ? entry.precompile : undefined
}

/** Addresses of a fork's precompiles, ascending: warm in every transaction (EIP-2929). */
export function precompileAddresses(fork: Fork): number[] {
  return [...PRECOMPILES].filter(([, { since }]) => isAtLeast(fork, since)).map(([address]) => address)
}

export type PrecompileOutcome = {
  /** False: the call fails like one that ran out of gas. */
  ok: boolean
  gasUsed: bigint
  /** Empty unless `ok`; may be a view of the input. */
  output: Uint8Array
}

/**
 * Calls the precompile at `address`, which the fork must have. Gas is computed and compared before any work is done;
 * a failed call uses all of `gasLimit`.
 */
export function runPrecompile(
  address: number,
  input: Uint8Array,
  gasLimit: bigint,
  fork: Fork,
): PrecompileOutcome {
  const precompile = precompileAt(address, fork)
  assert(precompile !== undefined, `no precompile at address ${address} in ${fork}`)
  const gasUsed = precompile.gas(input, fork)
  if (gasUsed > gasLimit) return { ok: false, gasUsed: gasLimit, output: EMPTY_BYTES }
  const output = precompile.run(input, fork)
  if (output === undefined) return { ok: false, gasUsed: gasLimit, output: EMPTY_BYTES }
  return { ok: true, gasUsed, output }
}
