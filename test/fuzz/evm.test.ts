import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseArgs } from 'node:util'
import { Engine } from '../../src/execution/index.ts'
import { bytesToHex } from '../../src/lib/index.ts'
import { needsAnvil } from '../lib/index.ts'
import { AnvilPeer } from './evm/AnvilPeer.ts'
import { CaseRunner } from './evm/CaseRunner.ts'
import { type EvmFuzzOptions, evmFuzz } from './evm/evmFuzz.ts'
import { codesOf, type FuzzCase, sizeOfCase } from './evm/FuzzCase.ts'
import { generateCase } from './evm/generate.ts'
import { assemble, disassemble, itemsOf, itemsWithLabels, op, push } from './evm/items.ts'
import { readReplay, replayOptions } from './evm/replay.ts'
import { describeDifference } from './evm/report.ts'
import { TierDuel } from './evm/TierDuel.ts'
import { firstStrayBlock } from './evm/Trace.ts'
import { tierDuels, tracedDuel } from './evm/tiers.ts'

const SMALL = { memoryMiB: 256, evmMemoryMiB: 96 }
const SEED = 20_262
const NAMES = { left: 'left', right: 'right' }

function programs(count: number, duels: TierDuel[]): EvmFuzzOptions {
  return { seed: SEED, more: (done) => done < count, duels, profileEvery: 5 }
}

/** An engine that leaves out what a case stores. */
class Forgetful extends Engine {
  override setStorage(): void {}
}

describe('the random programs', () => {
  it('are a function of seed and number', () => {
    for (let i = 0; i < 50; i++) assert.deepEqual(generateCase(7, i), generateCase(7, i))
    assert.notDeepEqual(codesOf(generateCase(7, 1)), codesOf(generateCase(8, 1)))
  })

  it('give the same on both tiers, and do something', async () => {
    const { tally, profile, found } = await evmFuzz(programs(300, tierDuels()))
    const reports = found.map((each) => describeDifference(each, SEED))
    assert.deepEqual(reports, [])
    assert.ok(tally.firstEndings.get('success')! > 90, `${tally.firstEndings.get('success')} succeeded`)
    assert.ok(tally.firstEndings.get('revert')! > 20, `${tally.firstEndings.get('revert')} reverted`)
    assert.ok(tally.endings.size > 8, `only ${[...tally.endings.keys()]}`)
    assert.ok(profile.shareBeyond(50) > 0.4, 'most programs are short')
    assert.ok(profile.opcodes.size > 100, `${profile.opcodes.size} opcodes executed`)
  })

  it('come to each block of compiled code with the same gas and stack', async () => {
    const { tally, found } = await evmFuzz(programs(60, [await tracedDuel()]))
    assert.deepEqual(
      found.map((each) => describeDifference(each, SEED)),
      [],
    )
    assert.ok(tally.runs > 300, `${tally.runs} runs`)
  })

  it('tell Prague from Osaka, and little is left of the program', async () => {
    const osaka = new CaseRunner(() => new Engine(SMALL), { fork: 'Osaka' })
    const prague = new CaseRunner(() => new Engine(SMALL), { fork: 'Prague' })
    const { found } = await evmFuzz(programs(100, [new TierDuel(osaka, prague, NAMES)]))
    assert.equal(found.length, 1)
    const { fuzzCase } = found[0]!
    assert.ok(sizeOfCase(fuzzCase) <= 8, describeDifference(found[0]!, SEED))
    assert.match(disassemble(codesOf(fuzzCase)[0]!), /CLZ/)
  })

  it('see a state that differs', async () => {
    const honest = new CaseRunner(() => new Engine(SMALL))
    const forgetful = new CaseRunner(() => new Forgetful(SMALL))
    const { found } = await evmFuzz(programs(100, [new TierDuel(honest, forgetful, NAMES)]))
    assert.equal(found.length, 1)
    assert.ok(found[0]!.fuzzCase.contracts.some(({ storage }) => storage.length > 0))
  })

  it('give the same on anvil, where a wrong fork is seen', needsAnvil, async () => {
    const right = new CaseRunner(() => new Engine(SMALL))
    const wrong = new CaseRunner(() => new Engine(SMALL), { fork: 'Prague' })
    for (const [runner, count, differences] of [
      [right, 60, 0],
      [wrong, 60, 1],
    ] as const) {
      const peer = await AnvilPeer.start(runner)
      try {
        const { found } = await evmFuzz({
          ...programs(count, tierDuels()),
          anvil: { peer, every: 1 },
          maxTries: 200,
        })
        const reports = found.map((each) => describeDifference(each, SEED))
        assert.equal(found.length, differences, reports.join('\n'))
      } finally {
        await peer.stop()
      }
    }
  })
})

describe('a program of the fuzz', () => {
  it('can be taken apart and put together', () => {
    for (let i = 0; i < 30; i++) {
      const code = codesOf(generateCase(SEED, i))[0]!
      assert.equal(bytesToHex(assemble(itemsOf(code))), bytesToHex(code))
      assert.equal(bytesToHex(assemble(itemsWithLabels(code))), bytesToHex(code))
    }
  })

  it('resolves labels, also those of a code within', () => {
    const inner = [
      { kind: 'pushLabel', label: 0, shift: 0, width: 2 } as const,
      { kind: 'label', label: 0, jumpdest: true } as const,
    ]
    const items = [
      { kind: 'pushSize', label: 1 } as const,
      { kind: 'pushLabel', label: 1, shift: 1, width: 3 } as const,
      { kind: 'code', label: 1, items: inner } as const,
    ]
    assert.equal(bytesToHex(assemble(items)), '0x610004' + '62000008' + '610003' + '5b')
  })

  it('is printed as options that make it again', () => {
    const fuzzCase: FuzzCase = {
      fork: 'Prague',
      contracts: [
        { items: [push(5n), op('SLOAD')], storage: [[5n, 255n]] },
        { items: [op('STOP')], storage: [] },
      ],
      creates: false,
      data: Uint8Array.of(1, 2),
      value: 3n,
      gas: 50_000n,
      parentHashPending: true,
    }
    const run = { mode: 'transaction', gas: 21_005n } as const
    const { values } = parseArgs({
      args: replayOptions(fuzzCase, run).split(' '),
      options: {
        ...Object.fromEntries(
          ['calldata', 'value', 'gas', 'gas-limit', 'mode', 'fork'].map((name) => [name, { type: 'string' }]),
        ),
        program: { type: 'string', multiple: true },
        storage: { type: 'string', multiple: true },
        'parent-hash-pending': { type: 'boolean' },
      },
    })
    assert.deepEqual(readReplay(values), { fuzzCase, run })
  })
})

describe('firstStrayBlock', () => {
  const step = (pc: number, gas: bigint, height = 1) => ({ frame: 0, pc, gas, height })
  const instructions = [step(0, 100n), step(5, 90n), step(8, 80n)]

  it('finds blocks in order', () => {
    assert.equal(firstStrayBlock(instructions, [step(0, 100n), step(8, 80n)]), undefined)
  })

  it('tells a block with other gas, another stack, or out of order', () => {
    assert.deepEqual(firstStrayBlock(instructions, [step(5, 89n)]), step(5, 89n))
    assert.deepEqual(firstStrayBlock(instructions, [step(5, 90n, 2)]), step(5, 90n, 2))
    assert.deepEqual(firstStrayBlock(instructions, [step(8, 80n), step(5, 90n)]), step(5, 90n))
  })
})
