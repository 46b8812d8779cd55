import { basename } from 'node:path'
import { skipped, type TestCase } from '../testCase.ts'

/** Files that hold no test which this command can run: one test each, skipped, with the reason. */
export function* otherCases(path: string, json?: unknown): Generator<TestCase> {
  const { kind, reason } = describe(path, json)
  yield { name: basename(path), kind, fork: '-', run: () => skipped(reason) }
}

function describe(path: string, json: unknown): { kind: TestCase['kind']; reason: string } {
  if (isTable(json) && 'genesis' in json && 'context' in json) {
    return {
      kind: 'trace',
      reason:
        'call and prestate traces: results of debug_traceTransaction, recorded under forks from Frontier to Shanghai',
    }
  }
  if (path.endsWith('.io'))
    return { kind: 'rpc', reason: 'JSON-RPC exchanges without the chain that they were recorded with' }
  return { kind: 'rpc', reason: 'no test: data that other files refer to' }
}

function isTable(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
