/** What strangers' bytecode can make the compiler do is bounded: it ends, with a module or a reason. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { moduleOf } from '../../kernels/index.ts'
import { compileCode } from './compileCode.ts'

const LIMIT = 2 * 1024 * 1024

function push2(value: number): number[] {
  return [0x61, value >> 8, value & 0xff]
}

function repeated(unit: readonly number[], bytes: number): number[] {
  return Array.from({ length: Math.floor(bytes / unit.length) }, () => unit).flat()
}

/** Blocks of equal size, each padded with INVALID. */
function blocks(
  count: number,
  size: number,
  block: (index: number, at: (index: number) => number) => number[],
): number[] {
  const at = (index: number): number => (index % count) * size
  return Array.from({ length: count }, (_, index) => {
    const code = block(index, at)
    assert.ok(code.length <= size)
    return [...code, ...new Array<number>(size - code.length).fill(0xfe)]
  }).flat()
}

const PROGRAMS: Record<string, number[]> = {
  'conditions within conditions, six thousand deep': blocks(6000, 8, (i, at) => [
    0x5b,
    0x36,
    ...push2(at(i + 1)),
    0x57,
    0x00,
  ]),
  'four thousand conditions one after the other': blocks(4000, 9, (i, at) => [
    0x5b,
    0x36,
    ...push2(at(i + 1)),
    0x57,
    0x5f,
    0x50,
  ]),
  'jumps from everywhere to everywhere': blocks(3000, 12, (i, at) => [
    ...[0x5b, 0x36, ...push2(at(i * 7919 + 1)), 0x57],
    ...[...push2(at(i * 104_729 + 3)), 0x56],
  ]),
  'functions that call the next one twice, two thousand deep': blocks(2000, 20, (i, at) => [
    ...[0x5b, ...push2(at(i) + 8), ...push2(at(i + 1)), 0x56],
    ...[0x5b, ...push2(at(i) + 16), ...push2(at(i + 1)), 0x56],
    ...[0x5b, 0x56],
  ]),
  'a loop that leaves a word behind each round': [
    0x5b,
    0x5f,
    0x5f,
    0x5f,
    0x1a,
    0x12,
    0x5f,
    ...push2(0),
    0x57,
  ],
  'nothing but MLOAD': repeated([0x36, 0x51, 0x50], 49_152),
  'nothing but SLOAD': repeated([0x36, 0x35, 0x54, 0x50], 49_152),
  'nothing but MULMOD': repeated([0x36, 0x36, 0x36, 0x09, 0x50], 49_152),
  'nothing but CALL': repeated([0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0x36, 0xf1, 0x50], 49_152),
  'a full stack that is turned over': [
    ...repeated([0x5f], 1000),
    ...repeated([0x36, 0x9f, 0x50, 0x5f], 40_000),
  ],
}

describe('compileCode', () => {
  for (const [name, program] of Object.entries(PROGRAMS)) {
    it(`comes to an end: ${name}`, () => {
      const outcome = compileCode(Uint8Array.from(program), 'Osaka', { coldPaths: true })
      if (!outcome.ok) return assert.match(outcome.reason, /\d+ (instructions|bytes)/)
      assert.ok(outcome.stats.wasmBytes <= LIMIT, `${outcome.stats.wasmBytes} bytes`)
      assert.ok(outcome.stats.nodes <= 16_385, `${outcome.stats.nodes} nodes`)
      assert.doesNotThrow(() => moduleOf(outcome.wasm))
    })
  }

  it('refuses code that is longer than init code may be', () => {
    const outcome = compileCode(new Uint8Array(49_153), 'Osaka')
    assert.deepEqual(outcome, { ok: false, reason: 'it is longer than 49152 bytes' })
  })
})
