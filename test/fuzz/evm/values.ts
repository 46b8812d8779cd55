/** Words on the stack: where programs get them from, what they compute with them, where they put them. */
import type { CodeWriter } from './CodeWriter.ts'
import { hidden } from './hidden.ts'
import { extent, interestingWord, mask, shiftCount, slot } from './words.ts'

const BINARY = [
  'ADD',
  'MUL',
  'SUB',
  'DIV',
  'SDIV',
  'MOD',
  'SMOD',
  'LT',
  'GT',
  'SLT',
  'SGT',
  'EQ',
  'AND',
  'OR',
  'XOR',
]
const BY_COUNT = ['SHL', 'SHR', 'SAR', 'BYTE', 'SIGNEXTEND']
const UNARY = ['ISZERO', 'NOT', 'CLZ']
const ENVIRONMENT = [
  'ADDRESS',
  'ORIGIN',
  'CALLER',
  'CALLVALUE',
  'CALLDATASIZE',
  'CODESIZE',
  'GASPRICE',
  'RETURNDATASIZE',
  'COINBASE',
  'TIMESTAMP',
  'NUMBER',
  'PREVRANDAO',
  'GASLIMIT',
  'CHAINID',
  'SELFBALANCE',
  'BASEFEE',
  'BLOBBASEFEE',
  'PC',
  'MSIZE',
  'GAS',
]
/** Readers of what fits one limb, or nearly. */
const SMALL = [
  'CALLDATASIZE',
  'CODESIZE',
  'RETURNDATASIZE',
  'MSIZE',
  'GAS',
  'PC',
  'NUMBER',
  'TIMESTAMP',
  'ADDRESS',
]
const DUP_REACH = 16
const MAX_STORM = 38

type Step = (w: CodeWriter) => void

/** Puts one word on the stack. */
export function value(w: CodeWriter): void {
  w.random.pick(VALUES)(w)
}

/** A value that a range analysis can prove small, at the border of a limb or not. */
export function narrowValue(w: CodeWriter): void {
  const { random } = w
  switch (random.nextInt(8)) {
    case 0:
      w.op(random.pick(SMALL))
      break
    case 1:
      w.push(random.nextBigInt(random.pick([8, 32, 63, 64])))
      break
    case 2:
      value(w)
      w.push(random.pick([64n, 128n, 192n, 193n, 224n, 255n])).op('SHR')
      break
    case 3:
      value(w)
      w.push(BigInt(random.nextInt(32))).op('BYTE')
      break
    case 4:
      w.push(random.nextBigInt(random.pick([8, 64])))
        .op('CALLDATALOAD')
        .push(192n)
        .op('SHR')
      break
    case 5:
      value(w)
      value(w)
      w.op(random.pick(['LT', 'SGT', 'EQ']))
      break
    default:
      value(w)
      w.push(mask(random)).op('AND')
  }
}

/** Constants, so that whole chains can be folded. */
const constant: Step = (w) => {
  const word = interestingWord(w.random)
  const wide = w.random.nextInt(10) === 0
  w.push(word, wide ? 32 : undefined)
}

const callDataWord: Step = (w) => {
  const { random } = w
  if (random.nextInt(10) === 0) hidden(w, interestingWord(random))
  else w.push(random.pick([0, 4, 31, 32, 36, 64, 96]))
  w.op('CALLDATALOAD')
}

const environment: Step = (w) => w.op(w.random.pick(ENVIRONMENT))

const duplicate: Step = (w) => {
  if (w.height === 0) constant(w)
  else w.dup(1 + w.random.nextInt(Math.min(w.height, DUP_REACH)))
}

const loaded: Step = (w) => {
  const { random } = w
  const choice = random.nextInt(6)
  if (choice < 3) w.push(extent(random)).op('MLOAD')
  else if (choice === 3) w.push(slot(random)).op('TLOAD')
  else w.push(slot(random)).op('SLOAD')
}

const hashed: Step = (w) => {
  const { random } = w
  if (random.nextInt(3) === 0) {
    w.push(random.pick([0n, 1n, 31n, 32n, 33n, 64n, 135n, 136n, 137n, 272n]))
      .push(extent(random))
      .op('KECCAK256')
    return
  }
  // The slot of a mapping's entry: keccak256(key ‖ slot).
  value(w)
  w.push(0).op('MSTORE').push(slot(random)).push(32).op('MSTORE').push(64).push(0).op('KECCAK256')
}

const aboutAccount: Step = (w) => {
  pushAddress(w)
  w.op(w.random.pick(['BALANCE', 'EXTCODESIZE', 'EXTCODEHASH']))
}

const aboutChain: Step = (w) => {
  const { random } = w
  if (random.nextBool()) w.push(random.pick([0n, 1n, 2n, 1n << 64n])).op('BLOBHASH')
  else
    w.op('NUMBER')
      .push(random.pick([0n, 1n, 2n, 256n, 257n]))
      .swap(1)
      .op('SUB', 'BLOCKHASH')
}

const VALUES: readonly Step[] = [
  constant,
  constant,
  constant,
  constant,
  constant,
  callDataWord,
  callDataWord,
  environment,
  environment,
  duplicate,
  duplicate,
  duplicate,
  duplicate,
  loaded,
  loaded,
  hashed,
  aboutAccount,
  aboutChain,
  narrowValue,
  narrowValue,
  narrowValue,
]

/** An address, seldom with bits above it. */
export function pushAddress(w: CodeWriter): void {
  const { random } = w
  const choice = random.nextInt(12)
  if (choice < 2) w.op('ADDRESS')
  else if (choice === 2) w.op('CALLER')
  else if (choice === 3) w.push(random.pick(w.around.addresses) | (1n << 200n))
  else if (choice === 4) w.push(slot(random)).op('SLOAD')
  else w.push(random.pick(w.around.addresses))
}

/** One arithmetic instruction on what is there, or on new words. */
export function operate(w: CodeWriter): void {
  const { random } = w
  const choice = random.nextInt(20)
  if (choice < 10) binary(w, random.pick(BINARY))
  else if (choice < 14) {
    need(w, 1)
    if (random.nextInt(3) === 0) value(w)
    else w.push(shiftCount(random))
    w.op(random.pick(BY_COUNT))
  } else if (choice < 17) {
    need(w, 1)
    w.op(random.pick(UNARY))
  } else if (choice === 17) exponentiate(w)
  else {
    need(w, 3)
    w.op(random.pick(['ADDMOD', 'MULMOD']))
  }
}

function binary(w: CodeWriter, name: string): void {
  if (w.random.nextInt(3) === 0) {
    need(w, 1)
    w.push(interestingWord(w.random))
    if (w.random.nextBool()) w.swap(1)
  } else need(w, 2)
  w.op(name)
}

function exponentiate(w: CodeWriter): void {
  const { random } = w
  if (random.nextBool()) {
    need(w, 1)
    w.push(random.pick([0n, 1n, 2n, 3n, 16n, 256n])).op('EXP')
  } else {
    need(w, 1)
    w.push(random.pick([0n, 2n, 10n, 256n, (1n << 64n) - 1n])).op('EXP')
  }
}

/** Puts values on the stack until so many may be taken. */
export function need(w: CodeWriter, words: number): void {
  while (w.free < words) value(w)
}

/** Takes the top word away, mostly so that it is seen later. */
export function sink(w: CodeWriter): void {
  const { random } = w
  need(w, 1)
  const choice = random.nextInt(14)
  if (choice < 4) w.op('POP')
  else if (choice < 8) w.push(extent(random)).op('MSTORE')
  else if (choice === 8) w.push(extent(random)).op('MSTORE8')
  else if (choice < 11) w.push(slot(random)).op('SSTORE')
  else if (choice === 11) w.push(slot(random)).op('TSTORE')
  else if (choice === 12)
    w.push(random.pick([0n, 32n, 33n]))
      .push(extent(random))
      .op('LOG1')
  else w.push(0xff).op('AND', 'MLOAD', 'POP')
}

/** Moves words about: DUP and SWAP over everything that may be moved. */
export function shuffle(w: CodeWriter): void {
  for (let steps = 1 + w.random.nextInt(8); steps > 0; steps--) {
    const reach = Math.min(w.free - 1, DUP_REACH)
    if (reach < 1 || w.random.nextInt(3) === 0) duplicate(w)
    else w.swap(1 + w.random.nextInt(reach))
  }
}

/** Many words, then moves that reach as deep as moves can. */
export function storm(w: CodeWriter): void {
  need(w, 6 + w.random.nextInt(16))
  for (let steps = 4 + w.random.nextInt(20); steps > 0; steps--) {
    const reach = Math.min(w.free - 1, DUP_REACH)
    if (w.random.nextInt(3) === 0 && w.height < MAX_STORM)
      w.dup(1 + w.random.nextInt(Math.min(w.height, DUP_REACH)))
    else w.swap(1 + w.random.nextInt(reach))
  }
}

/** Brings the stack to a height, by taking, merging or adding words. */
export function settle(w: CodeWriter, height: number): void {
  while (w.height > height) {
    const choice = w.random.nextInt(4)
    if (w.height > height + 1 && choice < 3) w.op(w.random.pick(['ADD', 'XOR', 'SUB']))
    else if (choice < 3 && w.height - 1 <= DUP_REACH && w.height - 2 >= w.floor) w.swap(1).op('POP')
    else w.op('POP')
  }
  while (w.height < height) value(w)
}

/** Words below this are not kept on the stack for long. */
const COMFORTABLE = 14

/** Straight code: values, arithmetic, moves, and what takes words away. */
export function straight(w: CodeWriter, steps: number): void {
  for (; steps > 0 && w.budget > 0; steps--) {
    const choice = w.random.nextInt(14)
    if (w.free > COMFORTABLE && choice < 9) sink(w)
    else if (choice < 3) value(w)
    else if (choice < 10) operate(w)
    else if (choice === 10) shuffle(w)
    else if (choice === 11) {
      narrowValue(w)
      narrowValue(w)
      w.op(
        w.random.pick(['ADD', 'MUL', 'SUB', 'SHL', 'LT', 'DIV', 'SDIV', 'EXP', 'SLT', 'NOT', 'MOD', 'SHR']),
      )
    } else sink(w)
  }
}
