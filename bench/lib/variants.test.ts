import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Engine } from '../../src/execution/index.ts'
import { bytesToHex, concatBytes, hexToBytes } from '../../src/lib/index.ts'
import { deployedCode } from '../../test/lib/index.ts'
import { callOf, placeTokens } from './compileCases.ts'
import { variant } from './variants.ts'
import { withCustomSection } from './wasmSection.ts'

describe('variant', () => {
  // PUSH5 that hides a selector, then DUP1 PUSH4 a EQ, DUP1 PUSH4 b EQ, and a PUSH4 that nothing compares
  const code = hexToBytes('0x64631122334414806311111111148063222222221463333333335000')

  it('replaces the last selector that need not be kept', () => {
    const varied = variant(code, { number: 1, keep: [] })
    assert.deepEqual(varied, hexToBytes('0x64631122334414806311111111148063f1e200011463333333335000'))
    const other = variant(code, { number: 2, keep: [0x22222222] })
    assert.deepEqual(other, hexToBytes('0x646311223344148063f1e20002148063222222221463333333335000'))
  })

  it('leaves the code itself alone, and refuses one without another selector', () => {
    assert.throws(() => variant(code, { number: 1, keep: [0x11111111, 0x22222222] }), /another function/)
    assert.equal(code[9], 0x11)
  })
})

describe('placeTokens', () => {
  it('gives tokens of different codes that do the same', () => {
    const engine = new Engine({ memoryMiB: 192, evmMemoryMiB: 16 })
    const requests = placeTokens(engine, { code: hexToBytes(deployedCode('Token')), count: 3 })
    const hashes = requests.map(({ to }) => bytesToHex(engine.getAccount(to!)!.codeHash))
    assert.equal(new Set(hashes).size, 3)
    assert.equal(new Set(requests.map((request) => callOf(engine, request).gasUsed)).size, 1)
  })
})

describe('withCustomSection', () => {
  it('makes other bytes of the same module', () => {
    const empty = hexToBytes('0x0061736d01000000')
    const [one, two] = [withCustomSection(empty, 1), withCustomSection(empty, 2)]
    assert.deepEqual(one, concatBytes(empty, hexToBytes('0x0006016e00000001')))
    assert.notDeepEqual(one, two)
    assert.ok(new WebAssembly.Module(two) instanceof WebAssembly.Module)
  })
})
