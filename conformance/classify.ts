/** Recognises the kind of a file's tests by the shape of its JSON, whatever the pack or file is called. */
import { abiCases } from './kinds/abi.ts'
import { blockchainCases } from './kinds/blockchain.ts'
import { hexPrefixCases } from './kinds/hexPrefix.ts'
import { keyAddressCases } from './kinds/keyAddress.ts'
import { kzgCases } from './kinds/kzg.ts'
import { opcodeCases } from './kinds/opcode.ts'
import { otherCases } from './kinds/other.ts'
import { precompileCases } from './kinds/precompile.ts'
import { rlpCases } from './kinds/rlp.ts'
import { stateCases } from './kinds/state.ts'
import { traceCases } from './kinds/trace.ts'
import { transactionCases } from './kinds/transaction.ts'
import { trieCases } from './kinds/trie.ts'
import type { TestCase } from './testCase.ts'

/** A JSON value whose shape isn't known yet. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

type Shape = {
  /** Members that the first test of such a file has. */
  members: string[]
  cases(json: never, path: string): Iterable<TestCase>
}

/** Files that are an array of tests. */
const LISTS: Shape[] = [
  { members: ['X', 'Y', 'Expected'], cases: opcodeCases },
  { members: ['Input', 'Name'], cases: precompileCases },
  { members: ['seed', 'key', 'addr'], cases: keyAddressCases },
]

/** Files that are an object: test name → test. */
const TABLES: Shape[] = [
  { members: ['pre', 'post', 'transaction'], cases: stateCases },
  { members: ['pre', 'blocks', 'network'], cases: blockchainCases },
  { members: ['txbytes', 'result'], cases: transactionCases },
  { members: ['in', 'root'], cases: trieCases },
  { members: ['in', 'tests'], cases: trieCases },
  { members: ['in', 'out'], cases: rlpCases },
  { members: ['seq', 'out'], cases: hexPrefixCases },
  { members: ['args', 'types', 'result'], cases: abiCases },
]

/**
 * The tests of one file. JSON of no known shape gives one test that is skipped and says so; files that are neither JSON
 * nor recorded exchanges (`.io`) hold no tests.
 */
export function casesOf(path: string, bytes: Uint8Array): Iterable<TestCase> {
  if (!path.endsWith('.json')) return path.endsWith('.io') ? otherCases(path) : []
  const json = JSON.parse(new TextDecoder().decode(bytes)) as Json
  const shape = shapeOf(json)
  return shape === undefined ? otherCases(path) : shape.cases(json as never, path)
}

function shapeOf(json: Json): Shape | undefined {
  if (Array.isArray(json)) return LISTS.find(({ members }) => hasAll(json[0], members))
  if (typeof json !== 'object' || json === null) return undefined
  if (hasAll(json, ['input', 'output'])) return { members: [], cases: kzgCases }
  if (hasAll(json, ['genesis', 'context', 'input', 'result'])) return { members: [], cases: traceCases }
  const first = Object.values(json)[0]
  return TABLES.find(({ members }) => hasAll(first, members))
}

function hasAll(value: Json | undefined, members: string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    members.every((member) => member in value)
  )
}
