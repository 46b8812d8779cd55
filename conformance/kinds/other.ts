import { basename } from 'node:path'
import { skipped, type TestCase } from '../testCase.ts'

/** Files that hold no test which this command can run: one test each, skipped, with the reason. */
export function* otherCases(path: string): Generator<TestCase> {
  const { kind, reason } = describe(path)
  yield { name: basename(path), kind, fork: '-', run: () => skipped(reason) }
}

function describe(path: string): { kind: TestCase['kind']; reason: string } {
  if (path.endsWith('.io'))
    return { kind: 'rpc', reason: 'JSON-RPC exchanges without the chain that they were recorded with' }
  return { kind: 'rpc', reason: 'no test: data that other files refer to' }
}
