/** Statements that call, create and destroy. */
import type { Prng } from '../../../src/lib/index.ts'
import { precompileInput } from '../precompileInputs.ts'
import { CodeWriter } from './CodeWriter.ts'
import { hidden } from './hidden.ts'
import { type Item, itemsOf } from './items.ts'
import { pushAddress, straight, value } from './values.ts'
import { ALL_ONES, extent, interestingWord, slot } from './words.ts'

const KINDS = ['CALL', 'CALL', 'CALL', 'STATICCALL', 'DELEGATECALL', 'CALLCODE']
/** Gas that calls are given: the borders of the stipend, of an SSTORE, of what a cold account costs. */
const GAS = [
  0n,
  1n,
  100n,
  699n,
  700n,
  2299n,
  2300n,
  2301n,
  2600n,
  5000n,
  22_100n,
  22_106n,
  60_000n,
  1n << 63n,
  1n << 64n,
]
const SIZES = [0n, 0n, 4n, 32n, 32n, 36n, 64n, 100n]
/** Cheap to run; the others take up to milliseconds. */
const CHEAP_PRECOMPILES = new Set([1, 2, 3, 4, 5, 6, 9])
const PRECOMPILE_TRIES = 12

/** Init codes of at most 32 bytes. */
const TINY_INIT_CODES = [
  '', // no code
  '60005f5360015ff3', // deploys STOP
  '60ef5f5360015ff3', // deploys 0xef: refused by EIP-3541
  '60016002555f5ff3', // writes a slot, deploys nothing
  '6001600255600160025d5f5ff3', // … and transient storage
  '60205ffd', // reverts with 32 bytes
  'fe',
  '33ff', // destroys itself while it is created
  '6133ff5f526002601ef3', // deploys CALLER SELFDESTRUCT
  '6160015ff3', // one byte over the code size limit
  '6101f45ff3', // 500 zero bytes
  '5b5f56', // runs out of gas
]

export function callStatement(w: CodeWriter): void {
  const choice = w.random.nextInt(10)
  if (choice < 6) call(w)
  else if (choice < 8) precompile(w)
  else create(w)
}

function call(w: CodeWriter): void {
  const { random } = w
  const kind = random.pick(KINDS)
  if (random.nextBool()) {
    value(w)
    w.push(extent(random)).op('MSTORE')
  }
  w.push(random.pick(SIZES)).push(extent(random)).push(random.pick(SIZES)).push(extent(random))
  if (kind === 'CALL' || kind === 'CALLCODE') pushCallValue(w)
  pushAddress(w)
  pushCallGas(w)
  w.op(kind)
  afterCall(w)
}

function pushCallValue(w: CodeWriter): void {
  const choice = w.random.nextInt(10)
  if (choice < 6) w.push(0)
  else if (choice < 9) w.push(BigInt(1 + w.random.nextInt(1000)))
  else hidden(w, interestingWord(w.random))
}

function pushCallGas(w: CodeWriter): void {
  const choice = w.random.nextInt(10)
  if (choice < 4) w.op('GAS')
  else if (choice === 4) w.push(ALL_ONES)
  else if (choice === 6) hidden(w, interestingWord(w.random))
  else if (choice === 5) w.push(1).op('GAS', 'SHR')
  else w.push(w.random.pick(GAS))
}

/** What is done with the success flag and the output. */
function afterCall(w: CodeWriter): void {
  const { random } = w
  const choice = random.nextInt(8)
  if (choice < 2) w.push(slot(random)).op('SSTORE')
  else if (choice === 2) w.op('POP')
  if (choice === 3) w.op('RETURNDATASIZE').push(0).push(0).op('RETURNDATACOPY')
  if (choice === 4) w.op('RETURNDATASIZE')
}

function precompile(w: CodeWriter): void {
  const { random } = w
  const { number, input } = precompileOf(random, w.around.cheap)
  for (let offset = 0; offset < input.length; offset += 32) {
    const word = new Uint8Array(32)
    word.set(input.subarray(offset, offset + 32))
    w.push(BigInt(`0x${Buffer.from(word).toString('hex')}`))
      .push(offset)
      .op('MSTORE')
  }
  const free = Math.ceil(input.length / 32) * 32
  w.push(random.pick([0n, 32n, 128n]))
    .push(free)
    .push(input.length)
    .push(0)
  const plain = random.nextInt(3) === 0
  if (plain) w.push(random.nextInt(4) === 0 ? 1 : 0)
  w.push(number)
  pushCallGas(w)
  w.op(plain ? 'CALL' : random.pick(['STATICCALL', 'DELEGATECALL']))
  afterCall(w)
  w.push(free).op('MLOAD')
}

function precompileOf(random: Prng, cheap: boolean): { number: number; input: Uint8Array } {
  for (let tries = 0; tries < PRECOMPILE_TRIES; tries++) {
    const chosen = precompileInput(random)
    if (!cheap || CHEAP_PRECOMPILES.has(chosen.number)) return chosen
  }
  return { number: 4, input: random.nextBytes(40) }
}

function create(w: CodeWriter): void {
  const { random } = w
  const two = random.nextBool()
  if (two) w.push(BigInt(random.nextInt(3)))
  if (random.nextInt(3) === 0) tinyInitCode(w)
  else nestedInitCode(w)
  w.push(random.nextInt(4) === 0 ? BigInt(random.nextInt(50)) : 0n).op(two ? 'CREATE2' : 'CREATE')
  if (random.nextBool()) {
    // Kept, and called: gas, address, no value, no input, 32 bytes of output.
    w.dup(1).push(slot(random)).op('SSTORE')
    w.push(32).push(0).push(0).push(0).push(0).dup(6).op('GAS', 'CALL')
  }
}

/** Leaves offset and size of the init code on the stack, size below. */
function tinyInitCode(w: CodeWriter): void {
  const code = Buffer.from(w.random.pick(TINY_INIT_CODES), 'hex')
  const word = Buffer.alloc(32)
  code.copy(word)
  w.push(BigInt(`0x${word.toString('hex')}`), 32)
    .push(0)
    .op('MSTORE')
    .push(code.length)
    .push(0)
}

/** The same for a generated init code that is copied out of this code. */
function nestedInitCode(w: CodeWriter): void {
  const label = w.newLabel()
  const behind = w.newLabel()
  w.jump(behind).nest(label, initCode(w)).mark(behind)
  w.pushSize(label).pushLabel(label).push(0).op('CODECOPY').pushSize(label).push(0)
}

/** Init code that does something and returns a small code. */
export function initCode(w: CodeWriter): Item[] {
  const { random } = w
  const init = new CodeWriter(random, w.around, 40)
  straight(init, random.nextInt(6))
  if (random.nextInt(8) === 0) return [...init.items, ...itemsOf(random.nextBytes(random.nextInt(12)))]
  const runtime = new CodeWriter(random, w.around, 40)
  straight(runtime, 1 + random.nextInt(8))
  if (random.nextInt(3) === 0) runtime.op('CALLER', 'SELFDESTRUCT')
  else
    runtime
      .push(32)
      .push(0)
      .op(random.pick(['RETURN', 'RETURN', 'REVERT', 'STOP']))
  const label = init.newLabel()
  init.pushSize(label).pushLabel(label).push(0).op('CODECOPY').pushSize(label).push(0).op('RETURN')
  return init.nest(label, runtime.items).items
}
