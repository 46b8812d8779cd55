import { Prng } from '../../../src/lib/index.ts'
import type { Fork } from '../../../src/protocol/index.ts'
import { CodeWriter, type Surroundings } from './CodeWriter.ts'
import { initCode } from './calls.ts'
import { ending } from './endings.ts'
import {
  type Contract,
  contractAddress,
  DELEGATING,
  type FuzzCase,
  NOBODY,
  PERSON,
  type Slot,
} from './FuzzCase.ts'
import { callNearLimit, declareFunctions, declareLayers, writeFunctions } from './functions.ts'
import { assemble, type Item, itemsOf, itemsWithLabels, op, push } from './items.ts'
import { realCase } from './realCase.ts'
import { someStatements, statement } from './statements.ts'
import { straight } from './values.ts'
import { interestingWord } from './words.ts'

const PRECOMPILES = [1n, 2n, 3n, 4n, 5n, 6n, 9n, 0xan, 0xbn, 0x11n, 0x12n, 0x100n]
const DATA_SIZES = [0, 0, 4, 31, 32, 36, 64, 68, 100, 256]
/** Items that a program may have; the weight of small ones is large: their runs at every gas limit are quick. */
const BUDGETS = [8, 20, 40, 60, 100, 100, 150, 150, 250, 400]
const PLENTY = [300_000n, 1_000_000n, 1_000_000n, 3_000_000n]
/** With most of these, calls of one contract to itself get to depth 1,024; compiled code takes less than 2^55. */
const DEEP_GAS = [10n ** 7n, 10n ** 12n, (1n << 55n) - 1n, 1n << 55n, 1n << 56n, 1n << 62n]

/** The n-th case of a seed. */
export function generateCase(seed: number, index: number): FuzzCase {
  const random = new Prng((seed + Math.imul(index, 0x9e3779b1)) >>> 0)
  const kind = random.nextInt(100)
  if (kind < 2) return deepCase(random)
  if (kind < 4) return realCase(random, (code) => damaged(random, code))
  const fork = pickFork(random)
  const creates = random.nextInt(12) === 0
  const count = random.pick([1, 1, 1, 2, 2, 3])
  const contracts: Contract[] = []
  const around: Surroundings = {
    addresses: addressesOf(count),
    cheap: random.nextInt(30) !== 0,
    tame: random.nextInt(3) !== 0,
  }
  for (let i = 0; i < count; i++) {
    const budget = random.pick(i === 0 ? BUDGETS : BUDGETS.slice(0, 6))
    contracts.push({ items: code(random, around, i === 0 && creates, budget), storage: storage(random) })
  }
  return {
    fork,
    contracts,
    creates,
    data: callData(random),
    value: random.nextInt(4) === 0 ? random.nextBigInt(20) : 0n,
    gas: random.pick(PLENTY),
    parentHashPending: random.nextInt(30) === 0,
  }
}

function pickFork(random: Prng): Fork {
  const choice = random.nextInt(20)
  if (choice === 0) return 'Cancun'
  if (choice === 1) return 'Shanghai'
  return choice < 4 ? 'Prague' : 'Osaka'
}

function addressesOf(count: number): bigint[] {
  const contracts = Array.from({ length: count }, (_, i) => contractAddress(i))
  return [
    ...contracts,
    ...contracts,
    ...contracts,
    PERSON,
    NOBODY,
    DELEGATING,
    ...precompilesIn(contracts.length),
  ]
}

/** About as many as contracts, so that calls mostly reach code. */
function precompilesIn(count: number): bigint[] {
  return PRECOMPILES.slice(0, 1 + 2 * count)
}

function code(random: Prng, around: Surroundings, init: boolean, budget: number): Item[] {
  const kind = random.nextInt(40)
  if (kind === 0) return itemsOf(random.nextBytes(random.nextInt(300)))
  if (kind === 1) return likelyNoise(random)
  const items =
    init && random.nextInt(3) === 0
      ? initCode(new CodeWriter(random, around, budget))
      : structured(random, around, budget)
  return kind < 5 ? itemsWithLabels(damaged(random, assemble(items))) : items
}

/** Statements, an ending, then the functions that they call. */
function structured(random: Prng, around: Surroundings, budget: number): Item[] {
  const w = new CodeWriter(random, around, budget)
  if (budget >= 60 && random.nextInt(6) === 0) declareLayers(w)
  else if (budget >= 20 && random.nextBool()) declareFunctions(w)
  do statement(w)
  while (w.budget > 0)
  if (budget >= 60 && random.nextInt(w.layered ? 3 : 12) === 0) callNearLimit(w)
  ending(w)
  writeFunctions(w, someStatements)
  return w.items
}

/** Opcodes without a plan, but pushes before them, so that some of it runs. */
function likelyNoise(random: Prng): Item[] {
  const items: Item[] = []
  for (let count = random.nextInt(120); count > 0; count--) {
    if (random.nextBool()) items.push(push(interestingWord(random)))
    else items.push(...itemsOf(random.nextBytes(1)))
    if (random.nextInt(6) === 0) items.push(op('JUMPDEST'))
  }
  return items
}

/** A code with some bytes changed, taken out or put in: its jumps go where nobody meant them to. */
function damaged(random: Prng, code: Uint8Array): Uint8Array {
  const bytes = [...code]
  for (let times = 1 + random.nextInt(3); times > 0 && bytes.length > 0; times--) {
    const at = random.nextInt(bytes.length)
    const choice = random.nextInt(3)
    if (choice === 0) bytes[at] = random.nextInt(256)
    else if (choice === 1) bytes.splice(at, 1 + random.nextInt(2))
    else bytes.splice(at, 0, random.nextInt(256))
  }
  return Uint8Array.from(bytes)
}

/** One contract that calls itself once in each frame, with gas for more frames than are allowed. */
function deepCase(random: Prng): FuzzCase {
  const around: Surroundings = { addresses: addressesOf(1), cheap: true, tame: true }
  const w = new CodeWriter(random, around, 2000)
  // Words that stay on the stack through the call: native stack, where it is compiled.
  if (random.nextBool()) straight(w, random.pick([3, 30, 300]))
  if (random.nextInt(3) === 0)
    for (let i = random.pick([30, 300, 900]); i > 0; i--) w.op(random.pick(['GAS', 'MSIZE']))
  for (let i = random.nextInt(4); i > 0; i--) w.push(interestingWord(random))
  const kind = random.pick(['CALL', 'CALL', 'DELEGATECALL', 'STATICCALL', 'CALLCODE'])
  for (let i = 0; i < 4; i++) w.push(i % 2 === 1 ? random.nextInt(64) : 32)
  if (kind === 'CALL' || kind === 'CALLCODE') w.push(0)
  w.op('ADDRESS', 'GAS', kind)
  if (random.nextInt(3) === 0) w.push(0).op('SSTORE')
  else w.push(0).op('MLOAD', 'ADD').push(1).op('ADD').push(0).op('MSTORE')
  while (w.height > 1 && w.height < 400) w.op('XOR')
  w.push(32)
    .push(0)
    .op(random.pick(['RETURN', 'RETURN', 'REVERT']))
  return {
    fork: 'Osaka',
    contracts: [{ items: w.items, storage: [] }],
    creates: false,
    data: callData(random),
    value: 0n,
    gas: random.pick(DEEP_GAS),
    parentHashPending: false,
  }
}

function storage(random: Prng): Slot[] {
  if (random.nextBool()) return []
  return Array.from(
    { length: 1 + random.nextInt(4) },
    (_, i) => [BigInt(i), 1n + (interestingWord(random) >> 1n)] as const,
  )
}

function callData(random: Prng): Uint8Array {
  const size = random.pick(DATA_SIZES)
  if (random.nextInt(3) === 0) return random.nextBytes(size)
  const data = new Uint8Array(size)
  for (let at = 0; at + 32 <= size; at += 32) {
    const word = Buffer.from(interestingWord(random).toString(16).padStart(64, '0'), 'hex')
    data.set(word, at)
  }
  return data
}
