/** Internal functions: jumped to, with the address to return to on the stack. */
import { type Body, chosenTarget, condition, ifThen, within } from './branches.ts'
import type { CodeWriter, InternalFunction } from './CodeWriter.ts'
import { narrowValue, operate, settle, straight, value } from './values.ts'

const MAX_FUNCTIONS = 5
/** A function calls itself less often than this: the last ones need more words than the stack has. */
const RECURSION = [7, 13, 13, 200, 600]
/** Items of a function's body, about. */
const MAX_ITEMS = 60
/** Words on the stack. */
const LIMIT = 1020
/** Of DUP and SWAP. */
const REACH = 15

/** Declares the functions of a program; {@link writeFunctions} writes them behind its end. */
export function declareFunctions(w: CodeWriter): void {
  for (let count = w.random.nextInt(MAX_FUNCTIONS); count > 0; count--) {
    w.functions.push({ label: w.newLabel(), takes: w.random.nextInt(4), gives: w.random.nextInt(3) })
  }
}

/** Declares more of them, which call each other so often that their calls multiply. */
export function declareLayers(w: CodeWriter): void {
  w.layered = true
  for (let count = MAX_FUNCTIONS + w.random.nextInt(4); count > 0; count--) {
    w.functions.push({ label: w.newLabel(), takes: w.random.nextInt(4), gives: w.random.nextInt(3) })
  }
}

/** Calls a function, from whatever height the stack has. */
export function callFunction(w: CodeWriter): void {
  if (w.functions.length > 0) callOne(w, w.random.pick(w.functions))
}

function callOne(w: CodeWriter, callee: InternalFunction): void {
  const { random } = w
  const back = w.newLabel()
  pushReturnAddress(w, back)
  const { height } = w
  for (let i = 0; i < callee.takes; i++) {
    if (random.nextInt(3) === 0) narrowValue(w)
    else value(w)
  }
  w.jump(callee.label)
  w.height = height - 1 + callee.gives
  w.mark(back)
}

/** Plainly, or hidden behind arithmetic or memory. */
function pushReturnAddress(w: CodeWriter, back: number): void {
  const { random } = w
  switch (random.nextInt(12)) {
    case 0:
      w.pushLabel(back, -7).push(7).op('ADD')
      break
    case 1:
      w.pushLabel(back).push(0x300).op('MSTORE').push(0x300).op('MLOAD')
      break
    case 2:
      // The upper bits are masked off.
      w.pushLabel(back)
        .push(1n << 128n)
        .op('OR')
        .push(0xffffffffn)
        .op('AND')
      break
    default:
      w.pushLabel(back)
  }
}

/** Calls a function with so many words on the stack that it may need more than there is room for. */
export function callNearLimit(w: CodeWriter): void {
  const { random } = w
  const { height } = w
  if (w.functions.length === 0) return
  while (w.height < LIMIT - random.nextInt(12)) w.op('PC')
  callFunction(w)
  if (random.nextBool()) while (w.height > height + 1) w.op('XOR')
}

/** The declared functions, each: arguments are taken, results left, then a jump back. */
export function writeFunctions(w: CodeWriter, body: Body): void {
  const declared = [...w.functions]
  for (const [index, own] of declared.entries()) {
    // A function calls those behind it, and itself with a counter: so that all ends.
    w.functions.splice(0, w.functions.length, ...declared.slice(index + 1))
    w.mark(own.label)
    w.height = 1 + own.takes
    w.floor = 1
    w.budget = 5 + w.random.nextInt(MAX_ITEMS)
    if (w.random.nextInt(6) === 0) reachBelow(w)
    if (own.takes > 0 && w.random.nextInt(3) === 0) recurse(w, own)
    else within(w, body)
    if (w.layered) {
      // Some ways through it are hidden from who reads the code.
      if (w.random.nextInt(3) === 0) ifThen(w, (inner) => chosenTarget(inner, (last) => straight(last, 2)))
      callNextLayer(w, body)
    }
    settle(w, 1 + own.gives)
    finish(w, own)
  }
  w.floor = 0
}

/** Calls the next functions, two or three times, with something in between. */
function callNextLayer(w: CodeWriter, body: Body): void {
  const { random } = w
  for (let calls = 2 + random.nextInt(2); calls > 0; calls--) {
    const callee = w.functions[random.nextInt(3) === 0 ? 1 : 0]
    if (callee === undefined) return
    callOne(w, callee)
    if (random.nextInt(4) === 0) within(w, body)
    else operate(w)
  }
}

/** Reads or changes words that lie below the function's own. */
function reachBelow(w: CodeWriter): void {
  const { random } = w
  const depth = w.height + random.nextInt(3)
  if (depth >= REACH) return
  if (random.nextInt(3) !== 0) w.dup(depth + 1)
  else w.push(random.nextInt(100)).swap(depth + 1)
  w.push(0x440).op('MSTORE')
}

/** Brings the return address up and jumps; seldom returns to somewhere else. */
function finish(w: CodeWriter, own: InternalFunction): void {
  const { random } = w
  if (own.gives === 1) w.swap(1)
  else if (own.gives > 1) w.swap(own.gives)
  if (random.nextInt(60) === 0) w.push(random.pick([1n, 1n << 64n])).op('ADD')
  w.op('JUMP')
}

/** `if (n % 7 != 0) self(n - 1, …)`: n is the first argument, which lies deepest. */
function recurse(w: CodeWriter, own: InternalFunction): void {
  const { random } = w
  const [base, back] = [w.newLabel(), w.newLabel()]
  const counter = own.takes
  w.dup(counter).push(random.pick(RECURSION)).op('SWAP1', 'MOD')
  if (random.nextBool()) w.op('ISZERO')
  else w.push(0).op('EQ')
  w.jumpIf(base)
  w.floor = 1 + own.takes
  straight(w, 1)
  settle(w, w.floor)
  w.floor = 1
  w.pushLabel(back)
  w.push(1)
    .dup(2 + counter)
    .op('SUB')
  for (let i = 1; i < own.takes; i++) value(w)
  w.jump(own.label)
  w.height = 1 + own.takes + own.gives
  w.mark(back)
  if (random.nextBool()) operate(w)
  settle(w, 1 + own.takes)
  w.mark(base)
}

/** The same code from two places with stacks of different heights, told apart by a word below. */
export function sharedTail(w: CodeWriter): void {
  const [tail, left, right, end] = [w.newLabel(), w.newLabel(), w.newLabel(), w.newLabel()]
  const { height } = w
  condition(w)
  const other = w.newLabel()
  w.jumpIf(other)
  value(w)
  w.pushLabel(left).push(5)
  w.jump(tail)
  w.mark(other)
  w.height = height
  w.pushLabel(right).push(9)
  // Falls into the tail.
  w.mark(tail)
  w.push(3)
    .op('MUL')
    .push(w.random.pick([0n, 32n]))
    .op('MSTORE', 'JUMP')
  w.height = height + 1
  w.mark(left)
  w.op('POP')
  if (w.random.nextBool()) w.jump(end)
  w.mark(right)
  w.height = height
  w.mark(end)
}
