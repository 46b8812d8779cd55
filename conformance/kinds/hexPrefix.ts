import { rlpDecode } from '../../src/protocol/index.ts'
import { Trie } from '../../src/trie/index.ts'
import { failed, PASSED, type TestCase, type Verdict } from '../testCase.ts'

type HexPrefixTest = { seq: number[]; term: boolean; out: string }

/** Long enough that no node is embedded in its parent. */
const VALUE = new Uint8Array(40).fill(1)

/** Compact encoding of trie paths (Yellow Paper appendix C), read from the nodes of tries that hold such a path. */
export function* hexPrefixCases(json: Record<string, HexPrefixTest>): Generator<TestCase> {
  for (const [name, test] of Object.entries(json)) {
    yield { name, kind: 'hexPrefix', fork: '-', run: () => runHexPrefix(test) }
  }
}

function runHexPrefix(test: HexPrefixTest): Verdict {
  const node = test.term ? leafWithPath(test.seq) : extensionWithPath(test.seq)
  const decoded = node === undefined ? undefined : rlpDecode(node)
  const path = decoded?.ok && Array.isArray(decoded.value) ? decoded.value[0] : undefined
  const received = path instanceof Uint8Array ? Buffer.from(path).toString('hex') : 'no such node'
  const expected = test.out.replace(/^0x/, '')
  return received === expected ? PASSED : failed('compact encoding differs', expected, received)
}

/** An odd path is what is left of a key below a branch. */
function leafWithPath(path: number[]): Uint8Array | undefined {
  if (path.length % 2 === 0) return Trie.empty.put(pack(path), VALUE).prove(pack(path)).at(-1)
  const key = pack([0, ...path])
  return Trie.empty
    .put(key, VALUE)
    .put(pack([1, 0]), VALUE)
    .prove(key)
    .at(-1)
}

/** Two keys that share exactly this path. */
function extensionWithPath(path: number[]): Uint8Array | undefined {
  const rest = path.length % 2 === 0 ? [0] : []
  const key = pack([...path, 0, ...rest])
  return Trie.empty
    .put(key, VALUE)
    .put(pack([...path, 1, ...rest]), VALUE)
    .prove(key)[0]
}

function pack(nibbles: number[]): Uint8Array {
  return Uint8Array.from({ length: nibbles.length / 2 }, (_, i) => nibbles[2 * i]! * 16 + nibbles[2 * i + 1]!)
}
