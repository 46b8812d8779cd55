import { keccak256, TrieKernel } from '../../src/kernels/index.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/index.ts'
import { Trie } from '../../src/trie/index.ts'
import { failed, PASSED, skipped, type TestCase, type Verdict } from '../testCase.ts'

type Entry = [key: string, value: string | null]
type TrieTest =
  | { in: Entry[] | Record<string, string | null>; root: string }
  | { in: string[]; tests: string[][] }

/**
 * Merkle Patricia tries; in files named `secure…` the key in the trie is keccak256 of the key, and the kernel that keeps
 * the state's tries, which has such keys only, must give the same root as the readable trie.
 */
export function* trieCases(json: Record<string, TrieTest>, path: string): Generator<TestCase> {
  const secure = /secure/i.test(path)
  for (const [name, test] of Object.entries(json)) {
    yield {
      name,
      kind: 'trie',
      fork: '-',
      run: () =>
        'root' in test
          ? runTrie(test, secure)
          : skipped('neighbours of a key in the trie: nothing in the node walks a trie in order'),
    }
  }
}

function runTrie(
  test: { in: Entry[] | Record<string, string | null>; root: string },
  secure: boolean,
): Verdict {
  const anyOrder = !Array.isArray(test.in)
  const entries = anyOrder ? Object.entries(test.in) : (test.in as Entry[])
  const received = rootOf(entries, secure)
  if (received !== test.root) return failed('trie root differs', test.root, received)
  if (secure) {
    const compact = compactRootOf(entries)
    if (compact !== test.root) return failed('root of the compact trie differs', test.root, compact)
  }
  if (!anyOrder) return PASSED
  const reversed = rootOf([...entries].reverse(), secure)
  return reversed === test.root ? PASSED : failed('trie root depends on the order', test.root, reversed)
}

function rootOf(entries: Entry[], secure: boolean): string {
  let trie = Trie.empty
  for (const [keyText, valueText] of entries) {
    const key = secure ? keccak256(toBytes(keyText)) : toBytes(keyText)
    trie = valueText === null ? trie.delete(key) : trie.put(key, toBytes(valueText))
  }
  return bytesToHex(trie.root())
}

function compactRootOf(entries: Entry[]): string {
  const trie = new TrieKernel({ memoryMiB: 32, keptStates: 0 })
  for (const [key, value] of entries) {
    trie.applyValues([[keccak256(toBytes(key)), value === null ? new Uint8Array(0) : toBytes(value)]])
  }
  return bytesToHex(trie.rootHash())
}

function toBytes(text: string): Uint8Array {
  return text.startsWith('0x') ? hexToBytes(text) : new TextEncoder().encode(text)
}
