import { bytesToHex, hexToBytes } from '../../src/lib/index.ts'
import { type RlpValue, rlpDecode, rlpEncode, rlpInteger } from '../../src/protocol/index.ts'
import { failed, PASSED, type TestCase, type Verdict } from '../testCase.ts'

type RlpInput = string | number | RlpInput[]
type RlpTest = { in: RlpInput; out: string }

/** Recursive Length Prefix: encodings both ways, inputs that only must decode, and inputs that must not. */
export function* rlpCases(json: Record<string, RlpTest>): Generator<TestCase> {
  for (const [name, test] of Object.entries(json)) {
    yield { name, kind: 'rlp', fork: '-', run: () => runRlp(test) }
  }
}

function runRlp(test: RlpTest): Verdict {
  const encoded = hexToBytes(test.out.startsWith('0x') ? test.out : `0x${test.out}`)
  const decoded = rlpDecode(encoded)
  if (test.in === 'INVALID')
    return decoded.ok ? failed('invalid RLP was accepted', 'a failure', 'a value') : PASSED
  if (!decoded.ok) return failed('valid RLP was refused', 'a value', decoded.message)
  if (test.in === 'VALID') return PASSED
  const received = rlpEncode(toRlp(test.in))
  if (bytesToHex(received) !== bytesToHex(encoded)) {
    return failed('encoding differs', bytesToHex(encoded), bytesToHex(received))
  }
  const again = bytesToHex(rlpEncode(decoded.value))
  return again === bytesToHex(encoded)
    ? PASSED
    : failed('decoding changed the value', bytesToHex(encoded), again)
}

function toRlp(input: RlpInput): RlpValue {
  if (Array.isArray(input)) return input.map(toRlp)
  if (typeof input === 'number') return rlpInteger(BigInt(input))
  if (input.startsWith('#')) return rlpInteger(BigInt(input.slice(1)))
  return new TextEncoder().encode(input)
}
