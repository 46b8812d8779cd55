import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { JsonScanner, JsonSyntaxError } from './JsonScanner.ts'

const DOCUMENT = {
  a: 1,
  'näme "quoted"\\': { '': [], nested: { deep: [1, { x: '}]' }], 'e\\"': '\\\\"{' } },
  last: [true, null, -1.5e3, 'ü\u2028'],
}

describe('JsonScanner', () => {
  it('reads what JSON.parse reads, cut into chunks anywhere', () => {
    for (const text of [JSON.stringify(DOCUMENT), JSON.stringify(DOCUMENT, undefined, 2)]) {
      const bytes = Buffer.from(text)
      for (let size = 1; size <= bytes.length; size++) {
        assert.deepEqual(new JsonScanner(cut(bytes, size)).value(), DOCUMENT)
        assert.deepEqual(membersOf(new JsonScanner(cut(bytes, size))), DOCUMENT)
      }
    }
  })

  it('says where and what it did not expect', () => {
    const cases: [text: string, message: RegExp][] = [
      ['', /at byte 0: expected "\{", found the end/],
      ['{"a":1', /at byte 6: expected "\}", found the end/],
      ['{"a" 1}', /at byte 5: expected ":", found "1"/],
      ['{"a":tru}', /expected a value, found "tru"/],
      ['{"a', /expected the end of a string/],
      ['{"a":{"b":1', /expected the end of a value/],
      ['{"a":}', /expected a value/],
      ['["a"]', /at byte 0: expected "\{", found "\["/],
    ]
    for (const [text, message] of cases) {
      assert.throws(
        () => membersOf(new JsonScanner([Buffer.from(text)])),
        (error) => error instanceof JsonSyntaxError && message.test(error.message),
        text,
      )
    }
  })
})

function membersOf(scanner: JsonScanner): unknown {
  const members: Record<string, unknown> = {}
  scanner.object((name) => {
    members[Buffer.from(name).toString()] = scanner.value()
  })
  assert.equal(scanner.peek(), '')
  return members
}

function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
