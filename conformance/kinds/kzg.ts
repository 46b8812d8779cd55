import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { runPrecompile } from '../../src/evm/index.ts'
import { concatBytes, tryHexToBytes } from '../../src/lib/index.ts'
import { failed, PASSED, skipped, type TestCase, type Verdict } from '../testCase.ts'

type KzgTest = { input: Record<string, unknown>; output: unknown }

const POINT_EVALUATION = 0x0a
const POINT_EVALUATION_GAS = 50_000n
const VERSIONED_HASH_VERSION_KZG = 1

/**
 * KZG proofs as the EVM verifies them: `verify_kzg_proof` through the point evaluation precompile (EIP-4844), which
 * fails alike for a wrong proof (`false`) and for malformed input (`null`).
 */
export function* kzgCases(json: KzgTest, path: string): Generator<TestCase> {
  const isVerification = ['commitment', 'z', 'y', 'proof'].every((member) => member in json.input)
  yield {
    name: basename(path, '.json'),
    kind: 'kzg',
    fork: '-',
    run: () =>
      isVerification
        ? runVerification(json)
        : skipped(
            'KZG over whole blobs and cells: needed by blob builders and beacon nodes, the EVM has no use for it',
          ),
  }
}

function runVerification({ input, output }: KzgTest): Verdict {
  const parts = [input.z, input.y, input.commitment, input.proof].map((part) => tryHexToBytes(String(part)))
  if (parts.some((part) => part === undefined))
    return skipped('input that is not hex can not reach the precompile')
  const [z, y, commitment, proof] = parts as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  const versionedHash = createHash('sha256').update(commitment).digest()
  versionedHash[0] = VERSIONED_HASH_VERSION_KZG
  const call = concatBytes(versionedHash, z, y, commitment, proof)
  const { ok } = runPrecompile(POINT_EVALUATION, call, POINT_EVALUATION_GAS, 'Osaka')
  return ok === (output === true) ? PASSED : failed('KZG verification differs', output, ok)
}
