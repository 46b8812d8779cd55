import type { Engine } from '../src/execution/index.ts'

/** Kinds of tests, recognised by the shape of their JSON. */
export type Kind =
  | 'state'
  | 'blockchain'
  | 'transaction'
  | 'trie'
  | 'rlp'
  | 'hexPrefix'
  | 'keyAddress'
  | 'abi'
  | 'opcode'
  | 'precompile'
  | 'kzg'
  | 'trace'
  | 'witness'
  | 'rpc'

/** One test: what is counted, named, filtered and reported. */
export type TestCase = {
  name: string
  kind: Kind
  /** Fork or transition network; `-` where the test has none. */
  fork: string
  run(context: TestContext): Verdict
}

export type TestContext = {
  /** An engine with no accounts, reset before every test. */
  engine: Engine
}

export type Verdict =
  /** `note`: passed, but worth a look; the report counts these. */
  | { outcome: 'passed'; note?: string }
  /** `cause` groups failures: short, the same for the same reason. */
  | { outcome: 'failed'; cause: string; expected: string; received: string }
  | { outcome: 'skipped'; reason: string }

export const PASSED: Verdict = { outcome: 'passed' }

/** Passes, although what was refused was refused for another reason than the test names. */
export function passedFor(otherReasons: string): Verdict {
  return { outcome: 'passed', note: otherReasons }
}

/** Fails with what was expected and what came. */
export function failed(cause: string, expected: unknown, received: unknown): Verdict {
  return { outcome: 'failed', cause, expected: String(expected), received: String(received) }
}

/** Skips for a reason that the report shows. */
export function skipped(reason: string): Verdict {
  return { outcome: 'skipped', reason }
}
