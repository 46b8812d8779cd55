/** Statements that branch: if and else, constant conditions, jump tables, jumps that go wrong, code that nobody reaches. */
import type { CodeWriter } from './CodeWriter.ts'
import { hidden } from './hidden.ts'
import { unpayable } from './memory.ts'
import { narrowValue, need, settle, straight, value } from './values.ts'
import { interestingWord } from './words.ts'

/** Writes some statements. */
export type Body = (w: CodeWriter) => void

/** JUMPDEST PUSH2 x JUMP. */
const TABLE_ENTRY_BYTES = 5

/** A body that is written as if it stood alone: the words below it are as safe as before. */
export function within(w: CodeWriter, body: Body): void {
  w.nesting++
  body(w)
  w.nesting--
}

/** A condition: seldom one that is known before the program runs. */
export function condition(w: CodeWriter): void {
  const { random } = w
  switch (random.nextInt(6)) {
    case 0:
      w.push(random.pick([0n, 0n, 1n, 1n << 64n, 1n << 255n]))
      break
    case 1:
      value(w)
      break
    case 2:
      value(w)
      w.op('ISZERO')
      break
    case 3:
      value(w)
      w.push(1).op('AND')
      break
    default:
      value(w)
      value(w)
      w.op(random.pick(['LT', 'GT', 'SLT', 'SGT', 'EQ', 'SUB', 'XOR']))
  }
}

export function ifThen(w: CodeWriter, body: Body): void {
  const end = w.newLabel()
  condition(w)
  const { height } = w
  w.jumpIf(end)
  within(w, body)
  settle(w, mismatch(w, height - 1))
  w.height = height - 1
  w.mark(end)
}

/** Both ways end with the same number of words, most of the time. */
export function ifElse(w: CodeWriter, body: Body): void {
  const { random } = w
  const [other, end] = [w.newLabel(), w.newLabel()]
  condition(w)
  w.jumpIf(other)
  const before = w.height
  const after = Math.max(w.floor, before + random.nextInt(4) - 1)
  within(w, body)
  settle(w, mismatch(w, after))
  w.jump(end)
  w.mark(other)
  w.height = before
  within(w, body)
  settle(w, after)
  w.mark(end)
}

/** Seldom another height than the other way's: then both run on with stacks that differ. */
function mismatch(w: CodeWriter, height: number): number {
  return !w.around.tame && w.random.nextInt(12) === 0
    ? Math.max(w.floor, height + w.random.nextInt(5) - 2)
    : height
}

/** The same word in both ways, changed in one of them. */
export function diamond(w: CodeWriter): void {
  const { random } = w
  const [other, end] = [w.newLabel(), w.newLabel()]
  value(w)
  w.dup(1)
  if (random.nextBool()) w.dup(1)
  condition(w)
  w.jumpIf(other)
  const { height } = w
  narrowValue(w)
  w.op(random.pick(['ADD', 'MUL', 'AND', 'SHL']))
  w.jump(end)
  w.mark(other)
  w.height = height
  if (random.nextBool()) w.swap(1)
  else {
    w.push(interestingWord(random))
    w.op(random.pick(['XOR', 'OR', 'SUB']))
  }
  w.mark(end)
  w.op(random.pick(['ADD', 'LT', 'SUB', 'EQ', 'MUL']))
}

/** A switch: the target is computed, `table + 5 * index`. */
export function jumpTable(w: CodeWriter, body: Body): void {
  const { random } = w
  const table = w.newLabel()
  const end = w.newLabel()
  const cases = Array.from({ length: random.pick([2, 4, 4, 8]) }, () => w.newLabel())
  value(w)
  w.push(random.nextInt(10) === 0 ? cases.length : cases.length - 1).op('AND')
  w.push(TABLE_ENTRY_BYTES).op('MUL').pushLabel(table).op('ADD', 'JUMP')
  const { height } = w
  w.mark(table, false)
  for (const label of cases) {
    w.raw(0x5b)
    w.items.push({ kind: 'pushLabel', label, shift: 0, width: 2 })
    w.raw(0x56)
  }
  for (const label of cases) {
    w.height = height
    w.mark(label)
    if (random.nextBool()) within(w, body)
    else straight(w, random.nextInt(3))
    settle(w, height)
    w.jump(end)
  }
  w.height = height
  w.mark(end)
}

/** One of two targets, chosen by arithmetic, kept in memory, or brought by the stack through other code. */
export function chosenTarget(w: CodeWriter, body: Body): void {
  const { random } = w
  const [left, right, end] = [w.newLabel(), w.newLabel(), w.newLabel()]
  const { floor } = w
  condition(w)
  const target = w.height
  switch (random.nextInt(3)) {
    case 0:
      // right + condition · (left - right)
      w.op('ISZERO').pushLabel(right).pushLabel(left).op('SUB', 'MUL').pushLabel(right).op('ADD')
      break
    case 1:
      w.op('ISZERO').pushLabel(left).pushLabel(right).op('XOR', 'MUL').pushLabel(right).op('XOR')
      break
    default:
      // A table in memory.
      w.op('ISZERO').pushLabel(left).push(0x200).op('MSTORE').pushLabel(right).push(0x220).op('MSTORE')
      w.push(5).op('SHL').push(0x200).op('ADD', 'MLOAD')
  }
  w.floor = target
  if (random.nextBool()) {
    // It lies below other words for a while.
    straight(w, 2)
    while (w.height > target) w.op('POP')
  }
  w.op('JUMP')
  w.floor = floor
  const { height } = w
  w.mark(left)
  within(w, body)
  settle(w, height)
  w.jump(end)
  w.mark(right)
  straight(w, 1)
  settle(w, height)
  w.mark(end)
}

/** A target that constant arithmetic gives: right, whoever computes it. */
export function computedTarget(w: CodeWriter): void {
  const { random } = w
  const end = w.newLabel()
  const { height } = w
  const isConditional = random.nextBool()
  if (isConditional) condition(w)
  const number = random.pick([1n, 7n, 0x100n, 0x1234n, 1n << 40n])
  const way = random.nextInt(8)
  w.pushLabel(end)
  if (way === 0) w.push(number, 8).op('XOR').push(number, 8).op('XOR')
  else if (way === 1) w.push(number, 8).op('ADD').push(number, 8).swap(1).op('SUB')
  else if (way === 2) w.push(random.pick([0xffffn, 0xffff_ffffn, (1n << 160n) - 1n])).op('AND')
  else if (way === 3) w.push(8).op('SHL').push(8).op('SHR')
  else if (way === 4)
    w.push(1)
      .op(random.pick(['MUL', 'DIV']))
      .push(1)
      .op('MUL')
  else if (way === 5) w.dup(1).op(random.pick(['OR', 'AND']))
  else if (way === 6) w.op('NOT', 'NOT')
  else w.pushLabel(end).op(random.pick(['AND', 'OR']))
  if (isConditional) w.op('JUMPI')
  else w.op('JUMP')
  straight(w, 1 + random.nextInt(3))
  settle(w, height)
  w.height = height
  w.mark(end)
}

/** Jumps that must fail, mostly behind a condition: nowhere, into PUSH data, beside a JUMPDEST, far away. */
export function badJump(w: CodeWriter): void {
  const { random } = w
  const [end, inside] = [w.newLabel(), w.newLabel()]
  condition(w)
  w.jumpIf(end)
  const { height } = w
  switch (random.nextInt(5)) {
    case 0:
      w.pushLabel(inside, 1 + random.nextInt(3))
      break
    case 1:
      w.pushLabel(end, random.pick([-1, 1, 2]))
      break
    case 2:
      w.pushLabel(end)
      hidden(w, random.pick([1n << 32n, 1n << 64n, 1n << 128n, 1n << 192n, 1n << 255n]))
      w.op('OR')
      break
    case 3:
      value(w)
      break
    default:
      w.push(interestingWord(random))
  }
  if (random.nextBool()) w.op('JUMP')
  else {
    condition(w)
    w.swap(1).op('JUMPI')
  }
  w.mark(inside, false).push(0x5b5b5b, 3 + random.nextInt(3))
  w.height = height
  w.mark(end)
}

/** Code behind a jump: never reached, or only by a jump to its middle. */
export function deadCode(w: CodeWriter): void {
  const end = w.newLabel()
  const { height } = w
  w.jump(end)
  straight(w, 1 + w.random.nextInt(4))
  if (w.random.nextBool()) w.raw(0x5b).op('POP', 'POP', 'POP')
  if (w.random.nextInt(4) === 0) w.raw(0x0c + w.random.nextInt(3)).raw(0xef)
  w.height = height
  w.mark(end)
}

/** Many JUMPDESTs in a row, some of them targets. */
export function jumpdests(w: CodeWriter): void {
  const { random } = w
  const label = w.newLabel()
  for (let i = random.nextInt(12); i > 0; i--) w.raw(0x5b)
  if (random.nextBool()) {
    condition(w)
    w.jumpIf(label)
  }
  for (let i = random.nextInt(6); i > 0; i--) w.raw(0x5b)
  w.mark(label)
}

/** Leaves the program early: with what is on the stack, if a condition holds. */
export function earlyExit(w: CodeWriter): void {
  const { random } = w
  const end = w.newLabel()
  condition(w)
  w.jumpIf(end)
  const { height } = w
  const choice = random.nextInt(9)
  if (choice < 2) w.op('STOP')
  else if (choice < 4)
    w.push(random.pick([0n, 32n, 100n]))
      .push(BigInt(random.nextInt(64)))
      .op('RETURN')
  else if (choice < 6)
    w.push(random.pick([0n, 4n, 68n]))
      .push(0)
      .op('REVERT')
  else if (choice === 6) w.raw(random.pick([0xfe, 0x0c, 0x21, 0xef, 0xb0]))
  else if (choice === 7) {
    need(w, 1)
    w.op('SELFDESTRUCT')
  } else unpayable(w)
  w.height = height
  w.mark(end)
}
