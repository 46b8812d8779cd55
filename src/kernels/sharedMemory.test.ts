import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { moduleOf } from './compileWasm.ts'
import { wasmBase64 as baseReader } from './generated/baseReader.ts'
import { wasmBase64 as coldStore } from './generated/coldStore.ts'
import { wasmBase64 as keccak } from './generated/keccak.ts'
import { withSharedMemory } from './sharedMemory.ts'

const DATA_SECTION = 11
const memory = (shared: boolean) => new WebAssembly.Memory({ initial: 16, maximum: 65_536, shared })

describe('a module for shared memory', () => {
  const wasm = new Uint8Array(Buffer.from(coldStore, 'base64'))

  it('takes the one kind of memory or the other', () => {
    const next = Object.fromEntries(
      ['limit', 'reset', 'find', 'foundValue', 'removeFound', 'put', 'beginScan', 'scanTo', 'scannedKey'].map(
        (name) => [name, () => 0],
      ),
    )
    for (const shared of [false, true]) {
      const module = moduleOf(wasm, shared)
      assert.ok(new WebAssembly.Instance(module, { env: { memory: memory(shared) }, next }).exports)
      assert.throws(() => new WebAssembly.Instance(module, { env: { memory: memory(!shared) }, next }))
    }
  })

  it('is a changed copy: one byte differs', () => {
    const shared = withSharedMemory(wasm)
    assert.equal(wasm.filter((byte, i) => byte !== shared[i]).length, 1)
  })

  it('is refused where no memory is imported', () => {
    assert.throws(() => withSharedMemory(new Uint8Array(Buffer.from(keccak, 'base64'))), RangeError)
    assert.throws(() => withSharedMemory(wasm.subarray(0, 20)), RangeError)
  })
})

describe("the reader of an engine's memory", () => {
  it("has no static memory, which would lie on the engine's", () => {
    assert.ok(!sectionsOf(new Uint8Array(Buffer.from(baseReader, 'base64'))).includes(DATA_SECTION))
    assert.ok(sectionsOf(new Uint8Array(Buffer.from(keccak, 'base64'))).includes(DATA_SECTION))
  })
})

function sectionsOf(wasm: Uint8Array): number[] {
  const ids: number[] = []
  for (let at = 8; at < wasm.length; ) {
    ids.push(wasm[at++]!)
    let size = 0
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = wasm[at++]!
      size |= (byte & 0x7f) << shift
      more = byte >= 0x80
    }
    at += size
  }
  return ids
}
