/** Loops: counted up and down, nested, ended by data, entered in the middle, tangled. */
import { type Body, condition, within } from './branches.ts'
import type { CodeWriter } from './CodeWriter.ts'
import { narrowValue, need, operate, settle, shuffle, straight, value } from './values.ts'
import { interestingWord } from './words.ts'

/** Where a counter in memory is kept: above what most statements touch. */
const COUNTERS = 0x1000

/** Turns of a loop: few, the fewer the deeper it lies. */
function turns(w: CodeWriter): number {
  const { random } = w
  if (random.nextInt(12) === 0) return w.nesting === 0 ? 60 + random.nextInt(200) : 12
  return 1 + random.nextInt(w.nesting === 0 ? 12 : 4)
}

/** The counter is on the stack, under what the body works with, and counts down. */
export function countedLoop(w: CodeWriter, body: Body): void {
  const { floor } = w
  w.push(turns(w))
  const height = w.height
  const head = w.markHere()
  w.floor = w.random.nextInt(20) === 0 ? floor : height
  within(w, body)
  settle(w, height)
  w.floor = floor
  w.push(1).swap(1).op('SUB').dup(1)
  if (w.random.nextInt(4) === 0) w.op('ISZERO', 'ISZERO')
  w.jumpIf(head)
  if (w.random.nextBool()) w.op('POP')
}

/** Counts up from a border of a limb or of the word, until it meets its end. */
export function borderLoop(w: CodeWriter, body: Body): void {
  const { random, floor } = w
  const start = random.nextBool()
    ? interestingWord(random)
    : BigInt.asUintN(256, (1n << random.pick([32n, 63n, 64n, 128n])) - 2n)
  const step = random.pick([1n, 1n, 2n, 7n, 1n << 62n, (1n << 64n) - 1n])
  const end = BigInt.asUintN(256, start + step * BigInt(turns(w)))
  w.push(start)
  const height = w.height
  const head = w.markHere()
  w.floor = height
  within(w, body)
  settle(w, height)
  w.floor = floor
  w.push(step)
    .op('ADD')
    .dup(1)
    .push(end)
    .op(random.pick(['XOR', 'XOR', 'SUB', 'GT']))
    .jumpIf(head)
}

/** The counter is in memory, so that the body may turn the whole stack over in every round. */
export function stackLoop(w: CodeWriter, body: Body): void {
  const counter = COUNTERS + 32 * w.random.nextInt(16)
  need(w, 1 + w.random.nextInt(5))
  const height = w.height
  w.push(turns(w)).push(counter).op('MSTORE')
  const head = w.markHere()
  shuffle(w)
  within(w, body)
  for (let i = w.random.nextInt(4); i > 0; i--) operate(w)
  settle(w, height)
  w.push(1).push(counter).op('MLOAD', 'SUB').dup(1).push(counter).op('MSTORE').jumpIf(head)
}

/** Tested at its head; ends when a changing word meets a pattern, or when the gas is gone. */
export function whileLoop(w: CodeWriter, body: Body): void {
  const { random, floor } = w
  value(w)
  const height = w.height
  const end = w.newLabel()
  const head = w.markHere()
  w.dup(1)
    .push(random.pick([1n, 3n, 7n, 15n]))
    .op('AND')
  if (random.nextBool()) w.op('ISZERO')
  else w.push(random.pick([1n, 3n])).op('EQ')
  w.jumpIf(end)
  w.floor = height
  within(w, body)
  settle(w, height)
  w.floor = floor
  if (random.nextInt(3) === 0) w.push(1).op('SHR')
  else
    w.push(random.pick([3n, 5n, 0x5851f42d4c957f2dn]))
      .op('MUL')
      .push(1)
      .op('ADD')
  w.jump(head)
  w.height = height
  w.mark(end)
}

/** Two ways into the same loop: no single head. */
export function irreducibleLoop(w: CodeWriter, body: Body): void {
  const { floor } = w
  w.push(turns(w))
  const height = w.height
  const middle = w.newLabel()
  condition(w)
  w.jumpIf(middle)
  const head = w.markHere()
  w.floor = height
  within(w, body)
  settle(w, height)
  w.mark(middle)
  straight(w, 2)
  settle(w, height)
  w.floor = floor
  w.push(1).swap(1).op('SUB').dup(1).jumpIf(head)
  w.op('POP')
}

/** Blocks that jump to each other as the data says, with a counter in memory that ends it. */
export function tangle(w: CodeWriter): void {
  const { random } = w
  const fuel = COUNTERS + 0x200
  need(w, 2)
  const height = w.height
  w.push(turns(w) * 3)
    .push(fuel)
    .op('MSTORE')
  const end = w.newLabel()
  const blocks = Array.from({ length: 2 + random.nextInt(6) }, () => w.newLabel())
  for (const label of blocks) {
    w.height = height
    w.mark(label)
    straight(w, 1 + random.nextInt(4))
    settle(w, !w.around.tame && random.nextInt(16) === 0 ? height + 1 : height)
    w.push(1).push(fuel).op('MLOAD', 'SUB').dup(1).push(fuel).op('MSTORE', 'ISZERO').jumpIf(end)
    narrowValue(w)
    w.push(1 << random.nextInt(3))
      .op('AND')
      .jumpIf(random.pick(blocks))
    if (random.nextBool()) w.jump(random.pick(blocks))
  }
  w.height = height
  w.mark(end)
}

/** A loop that leaves a word more on the stack each time, often as far as it goes. */
export function growingLoop(w: CodeWriter): void {
  const { random } = w
  if (w.around.tame) return
  const counter = COUNTERS + 0x220
  const rounds = random.pick([3, 20, 200, 600, 1000, 1020, 1024, 1030])
  need(w, 2)
  const height = w.height
  w.push(rounds).push(counter).op('MSTORE')
  const head = w.markHere()
  w.dup(1 + random.nextInt(Math.min(2, w.height)))
  if (random.nextBool()) w.push(3).op('ADD')
  w.push(1).push(counter).op('MLOAD', 'SUB').dup(1).push(counter).op('MSTORE').jumpIf(head)
  w.height = height + 1
  if (random.nextBool()) shrinkingLoop(w, rounds - 1)
}

function shrinkingLoop(w: CodeWriter, rounds: number): void {
  const { random } = w
  const counter = COUNTERS + 0x240
  w.push(random.nextInt(6) === 0 ? rounds + 2 : rounds)
    .push(counter)
    .op('MSTORE')
  const { height } = w
  const head = w.markHere()
  w.op(random.pick(['POP', 'ADD', 'XOR']))
  w.push(1).push(counter).op('MLOAD', 'SUB').dup(1).push(counter).op('MSTORE').jumpIf(head)
  w.height = height
}
