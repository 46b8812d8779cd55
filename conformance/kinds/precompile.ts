import { basename } from 'node:path'
import { runPrecompile } from '../../src/evm/index.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/index.ts'
import type { Fork } from '../../src/protocol/index.ts'
import { failed, PASSED, skipped, type TestCase, type Verdict } from '../testCase.ts'

type PrecompileTest = { Input: string; Name: string; Expected?: string; ExpectedError?: string; Gas?: number }

/** `gas: false`: priced by a rule older than every fork that runs here, so only the output is compared. */
type Target = { address: number; fork: Fork; gas: boolean }

const TARGETS: Record<string, Target> = {
  ecrecover: { address: 0x01, fork: 'Osaka', gas: true },
  modexp: { address: 0x05, fork: 'Cancun', gas: false },
  modexp_eip2565: { address: 0x05, fork: 'Prague', gas: true },
  modexp_eip7883: { address: 0x05, fork: 'Osaka', gas: true },
  bn256add: { address: 0x06, fork: 'Osaka', gas: true },
  bn256scalarmul: { address: 0x07, fork: 'Osaka', gas: true },
  bn256pairing: { address: 0x08, fork: 'Osaka', gas: true },
  blake2f: { address: 0x09, fork: 'Osaka', gas: true },
  pointevaluation: { address: 0x0a, fork: 'Osaka', gas: true },
  blsg1add: { address: 0x0b, fork: 'Osaka', gas: true },
  blsg1mul: { address: 0x0c, fork: 'Osaka', gas: true },
  blsg1multiexp: { address: 0x0c, fork: 'Osaka', gas: true },
  blsg2add: { address: 0x0d, fork: 'Osaka', gas: true },
  blsg2mul: { address: 0x0e, fork: 'Osaka', gas: true },
  blsg2multiexp: { address: 0x0e, fork: 'Osaka', gas: true },
  blspairing: { address: 0x0f, fork: 'Osaka', gas: true },
  blsmapg1: { address: 0x10, fork: 'Osaka', gas: true },
  blsmapg2: { address: 0x11, fork: 'Osaka', gas: true },
  p256verify: { address: 0x100, fork: 'Osaka', gas: true },
}

const ENOUGH_GAS = 1_000_000_000_000n

/** Precompiled contracts: the file's name says which. */
export function* precompileCases(json: PrecompileTest[], path: string): Generator<TestCase> {
  const target =
    TARGETS[
      basename(path, '.json')
        .toLowerCase()
        .replace(/^fail-/, '')
    ]
  for (const test of json) {
    yield {
      name: test.Name,
      kind: 'precompile',
      fork: target?.fork ?? '-',
      run: () =>
        target === undefined ? skipped('a precompile that no supported fork has') : runVector(test, target),
    }
  }
}

function runVector(test: PrecompileTest, { address, fork, gas }: Target): Verdict {
  const input = hexToBytes(`0x${test.Input}`)
  const { ok, gasUsed, output } = runPrecompile(address, input, ENOUGH_GAS, fork)
  if (test.ExpectedError !== undefined) {
    if (ok) return failed('bad input was accepted', test.ExpectedError, bytesToHex(output))
    if (gasUsed !== ENOUGH_GAS) return failed('a failed call keeps gas', ENOUGH_GAS, gasUsed)
    return output.length === 0 ? PASSED : failed('a failed call has output', '0x', bytesToHex(output))
  }
  const expected = `0x${test.Expected}`
  if (!ok) return failed('good input was refused', expected, 'failure')
  if (bytesToHex(output) !== expected) return failed('output differs', expected, bytesToHex(output))
  if (gas && gasUsed !== BigInt(test.Gas ?? 0)) return failed('gas differs', test.Gas, gasUsed)
  return PASSED
}
