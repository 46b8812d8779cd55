import { concatBytes } from '../../src/lib/index.ts'

const CUSTOM_SECTION = 0
const NAME = 0x6e // 'n'

/** The same module with a custom section, which says nothing, at its end: other bytes for another number. */
export function withCustomSection(wasm: Uint8Array, number: number): Uint8Array {
  const content = new Uint8Array(6)
  content.set([1, NAME])
  new DataView(content.buffer).setUint32(2, number)
  return concatBytes(wasm, Uint8Array.of(CUSTOM_SECTION, content.length), content)
}
