/** Statements about storage, transient storage and logs. */
import type { CodeWriter } from './CodeWriter.ts'
import { value } from './values.ts'
import { extent, interestingWord, slot } from './words.ts'

type Statement = (w: CodeWriter) => void

export function stateStatement(w: CodeWriter): void {
  w.random.pick(STATEMENTS)(w)
}

const write: Statement = (w) => {
  value(w)
  w.push(slot(w.random)).op('SSTORE')
}

const clear: Statement = (w) => {
  w.push(0).push(slot(w.random)).op('SSTORE')
}

/** The same slot several times: dirty, reset, cleared, restored. */
const again: Statement = (w) => {
  const { random } = w
  const key = slot(random)
  for (let times = 2 + random.nextInt(3); times > 0; times--) {
    if (random.nextBool())
      w.push(key)
        .op('SLOAD')
        .push(1)
        .op(random.pick(['ADD', 'SUB', 'XOR', 'GT']))
    else w.push(BigInt(random.nextInt(3)))
    w.push(key).op('SSTORE')
  }
}

const increment: Statement = (w) => {
  const key = slot(w.random)
  w.push(key).op('SLOAD').push(interestingWord(w.random)).op('ADD').push(key).op('SSTORE')
}

const computedKey: Statement = (w) => {
  value(w)
  value(w)
  w.push(7).op('AND', 'SSTORE')
}

const transient: Statement = (w) => {
  const { random } = w
  value(w)
  w.push(slot(random)).op('TSTORE').push(slot(random)).op('TLOAD')
}

const log: Statement = (w) => {
  const { random } = w
  const topics = random.nextInt(5)
  for (let i = 0; i < topics; i++) value(w)
  w.push(random.pick([0n, 1n, 32n, 64n, 65n]))
    .push(extent(random))
    .op(`LOG${topics}`)
}

const STATEMENTS: readonly Statement[] = [
  write,
  write,
  clear,
  again,
  again,
  increment,
  computedKey,
  transient,
  transient,
  log,
  log,
]
