import { skipped, type TestCase } from '../testCase.ts'

/** ABI encoding belongs to the clients of a chain: no part of a node encodes arguments, so there is nothing to test. */
export function* abiCases(json: Record<string, unknown>): Generator<TestCase> {
  for (const name of Object.keys(json)) {
    yield {
      name,
      kind: 'abi',
      fork: '-',
      run: () =>
        skipped('ABI encoding of arguments: done by clients (viem, ethers), no part of the node encodes any'),
    }
  }
}
