/**
 * Arithmetic whose result is sure to be seen: on words that a compiler can't know, with ranges that end at the border of
 * a limb, and with the most that such a range allows.
 */
import type { CodeWriter } from './CodeWriter.ts'
import { hidden } from './hidden.ts'
import { value } from './values.ts'
import { ALL_ONES, interestingWord, mask, shiftCount } from './words.ts'

/** Words that results are mixed into. */
const RESULTS = 0x400
const RESULT_WORDS = 4
const MIXER = 0x9e3779b97f4a7c15f39cc0605cedc835n

const BORDERS = [64n, 64n, 128n, 192n, 256n]
const BINARY = 'ADD MUL SUB DIV SDIV MOD SMOD EXP LT GT SLT SGT EQ AND OR XOR'.split(' ')
const BY_COUNT = ['SHL', 'SHR', 'SAR', 'BYTE', 'SIGNEXTEND']

/** Some results in a row, the last ones made of the ones before. */
export function probe(w: CodeWriter): void {
  const { random } = w
  for (let count = 1 + random.nextInt(4); count > 0; count--) {
    const { height } = w
    random.pick(PROBES)(w)
    while (w.height > height + 1) w.op('XOR')
    keep(w)
  }
}

/** Mixes the top word into one of the results, or leaves it on the stack and mixes in a copy. */
function keep(w: CodeWriter): void {
  const at = RESULTS + 32 * w.random.nextInt(RESULT_WORDS)
  if (w.random.nextInt(4) === 0) w.dup(1)
  w.push(at).op('MLOAD').push(MIXER).op('MUL', 'ADD').push(at).op('MSTORE')
}

/** A word of so many bits at most, and the code shows it; mostly the largest. */
function withBits(w: CodeWriter, bits: bigint): void {
  const { random } = w
  const limited = bits < 0n ? 0n : bits > 256n ? 256n : bits
  const most = (1n << limited) - 1n
  hidden(w, random.nextBool() ? ALL_ONES : random.nextBool() ? most : interestingWord(random))
  if (limited === 256n) return
  if (random.nextInt(3) === 0) w.push(256n - limited).op('SHR')
  else w.push(most).op('AND')
}

function operand(w: CodeWriter): void {
  const { random } = w
  switch (random.nextInt(6)) {
    case 0:
      w.push(interestingWord(random))
      break
    case 1:
      value(w)
      break
    case 2:
      hidden(w, ALL_ONES)
      w.push(mask(random)).op('AND')
      break
    case 3:
      withBits(w, BigInt(random.nextInt(257)))
      break
    default:
      hidden(w, interestingWord(random))
  }
}

type Probe = (w: CodeWriter) => void

const binary: Probe = (w) => {
  operand(w)
  operand(w)
  w.op(w.random.pick(BINARY))
}

const byCount: Probe = (w) => {
  const { random } = w
  operand(w)
  const choice = random.nextInt(4)
  if (choice < 2) w.push(shiftCount(random))
  else if (choice === 2) hidden(w, shiftCount(random))
  else withBits(w, BigInt(random.pick([3, 5, 6, 7, 8, 9])))
  w.op(random.pick(BY_COUNT))
}

const other: Probe = (w) => {
  const { random } = w
  const kind = random.nextInt(4)
  if (kind === 0) {
    operand(w)
    w.op(random.pick(['NOT', 'ISZERO', 'CLZ']))
    return
  }
  operand(w)
  operand(w)
  if (kind !== 1 && random.nextBool())
    w.push(random.pick([0n, 1n, 2n, 1n << BigInt(random.nextInt(256)), ALL_ONES]))
  else operand(w)
  w.op(random.pick(['ADDMOD', 'MULMOD']))
}

/** The sum of two ranges that together reach a border, or just don't. */
const atBorder: Probe = (w) => {
  const { random } = w
  const border = random.pick(BORDERS)
  const slack = BigInt(random.nextInt(3) - 1)
  const part = BigInt(random.nextInt(Number(border)))
  switch (random.nextInt(7)) {
    case 0:
      withBits(w, border - 1n + slack)
      withBits(w, border - 1n - BigInt(random.nextInt(2)))
      w.op(random.pick(['ADD', 'SUB']))
      break
    case 1:
      withBits(w, part + slack)
      withBits(w, border - part)
      w.op('MUL')
      break
    case 2:
      withBits(w, border + part + slack)
      w.push(part).op(random.pick(['SHR', 'SAR']))
      break
    case 3:
      withBits(w, border - part + slack)
      w.push(part).op('SHL')
      break
    case 4:
      dividedAtBorder(w, border, part)
      break
    case 5:
      withBits(w, random.pick([1n, 4n, 8n]))
      w.push(1n << random.pick([1n, 8n, 16n, 32n])).op('EXP')
      break
    default:
      withBits(w, border + slack)
      w.push(border / 8n - BigInt(random.nextInt(2))).op('SIGNEXTEND')
  }
}

function dividedAtBorder(w: CodeWriter, border: bigint, part: bigint): void {
  const { random } = w
  const divisor = (1n << (part > 255n ? 255n : part)) + BigInt(random.nextInt(3) - 1)
  const name = random.pick(['DIV', 'DIV', 'MOD', 'SDIV', 'SMOD'])
  if (random.nextBool()) w.push(divisor)
  else hidden(w, divisor)
  withBits(w, border + part + BigInt(random.nextInt(3) - 1))
  w.op(name)
}

/** Constants alone: the compiler computes the result, by rules of its own. */
const folded: Probe = (w) => {
  const { random } = w
  w.push(interestingWord(random))
  const choice = random.nextInt(8)
  if (choice < 3) w.push(shiftCount(random)).op(random.pick(BY_COUNT))
  else if (choice === 3) w.op(random.pick(['NOT', 'ISZERO', 'CLZ']))
  else if (choice === 4) {
    w.push(interestingWord(random))
      .push(interestingWord(random))
      .op(random.pick(['ADDMOD', 'MULMOD']))
  } else w.push(interestingWord(random)).op(random.pick(BINARY))
}

/** Numbers with a sign that fit in a limb, or just don't: machine instructions do for them, but not for all. */
const signed: Probe = (w) => {
  const { random } = w
  for (let i = 0; i < 2; i++) {
    const size = (1n << random.pick([0n, 0n, 1n, 2n, 31n, 32n, 62n, 63n, 64n])) - BigInt(random.nextInt(2))
    const word = BigInt.asUintN(256, random.nextBool() ? size : -size)
    if (random.nextInt(4) === 0) w.push(word)
    else hidden(w, word)
  }
  w.op(random.pick(['SDIV', 'SDIV', 'SMOD', 'SMOD', 'SLT', 'SGT', 'SAR', 'MUL', 'SIGNEXTEND']))
}

/** A comparison that chooses a way, with the result of each way seen. */
const branching: Probe = (w) => {
  const { random } = w
  const end = w.newLabel()
  w.push(interestingWord(random))
  const shared = interestingWord(random)
  hidden(w, random.nextBool() ? shared : interestingWord(random))
  if (random.nextBool()) hidden(w, shared + BigInt(random.nextInt(2)) > ALL_ONES ? shared : shared + 1n)
  else operand(w)
  w.op(random.pick(['LT', 'GT', 'SLT', 'SGT', 'EQ', 'SUB', 'XOR', 'AND']))
  if (random.nextBool()) w.op('ISZERO')
  w.jumpIf(end)
  w.push(random.pick([1n, 1n << 64n, ALL_ONES])).op(random.pick(['ADD', 'MUL', 'XOR']))
  w.mark(end)
}

const PROBES: readonly Probe[] = [
  binary,
  binary,
  binary,
  byCount,
  byCount,
  other,
  atBorder,
  atBorder,
  atBorder,
  folded,
  signed,
  branching,
]
