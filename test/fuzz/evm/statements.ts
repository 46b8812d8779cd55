/** The mix of statements that programs are made of. */
import {
  type Body,
  badJump,
  chosenTarget,
  computedTarget,
  deadCode,
  diamond,
  earlyExit,
  ifElse,
  ifThen,
  jumpdests,
  jumpTable,
} from './branches.ts'
import type { CodeWriter } from './CodeWriter.ts'
import { callStatement } from './calls.ts'
import { callFunction, sharedTail } from './functions.ts'
import {
  borderLoop,
  countedLoop,
  growingLoop,
  irreducibleLoop,
  stackLoop,
  tangle,
  whileLoop,
} from './loops.ts'
import { memoryStatement } from './memory.ts'
import { probe } from './probes.ts'
import { stateStatement } from './state.ts'
import { settle, shuffle, storm, straight } from './values.ts'

const MAX_NESTING = 4
/** Words that a statement may leave; more are put away. */
const MAX_WORDS = 40

type Choice = { weight: number; nests: boolean; write: (w: CodeWriter) => void }

const CHOICES: readonly Choice[] = [
  flat(20, (w) => straight(w, 1 + w.random.nextInt(8))),
  flat(14, probe),
  flat(9, memoryStatement),
  flat(9, stateStatement),
  flat(6, callStatement),
  flat(8, callFunction),
  flat(4, shuffle),
  flat(3, storm),
  flat(4, diamond),
  flat(2, earlyExit),
  flat(2, badJump),
  flat(2, computedTarget),
  flat(2, deadCode),
  flat(2, jumpdests),
  flat(2, sharedTail),
  flat(2, tangle),
  flat(1, growingLoop),
  flat(1, fault),
  nesting(6, ifThen),
  nesting(6, ifElse),
  nesting(5, countedLoop),
  nesting(3, borderLoop),
  nesting(4, stackLoop),
  nesting(3, whileLoop),
  nesting(3, irreducibleLoop),
  nesting(2, jumpTable),
  nesting(2, chosenTarget),
]

function flat(weight: number, write: (w: CodeWriter) => void): Choice {
  return { weight, nests: false, write }
}

function nesting(weight: number, write: (w: CodeWriter, body: Body) => void): Choice {
  return { weight, nests: true, write: (w) => write(w, someStatements) }
}

const ALL: readonly Choice[] = CHOICES.flatMap((choice) => Array<Choice>(choice.weight).fill(choice))
const FLAT: readonly Choice[] = ALL.filter(({ nests }) => !nests)

/** The statements of a branch or a loop. */
export function someStatements(w: CodeWriter): void {
  for (let count = 1 + w.random.nextInt(3); count > 0 && w.budget > 0; count--) statement(w)
}

export function statement(w: CodeWriter): void {
  w.random.pick(w.nesting >= MAX_NESTING ? FLAT : ALL).write(w)
  if (w.height > MAX_WORDS) settle(w, Math.max(w.floor, MAX_WORDS - 10))
}

/** Something that the stack need not be fit for: it ends most programs that reach it. */
function fault(w: CodeWriter): void {
  const { random } = w
  if (random.nextInt(3) !== 0) return
  const { height } = w
  if (random.nextBool()) w.raw(0x80 + random.nextInt(32))
  else w.raw(random.nextInt(256))
  w.height = height
}
