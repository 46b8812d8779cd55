/** Statements about memory, call data, code and return data. Each leaves the stack as it found it, or a word more. */
import type { CodeWriter } from './CodeWriter.ts'
import { hidden } from './hidden.ts'
import { narrowValue, pushAddress, value } from './values.ts'
import { extent, interestingWord } from './words.ts'

type Statement = (w: CodeWriter) => void

const COPIES = ['CALLDATACOPY', 'CODECOPY', 'MCOPY']
/** Offsets beyond the engine's memory whose low 32 bits may look like one within it. */
const FAR = [
  0x1000_0000n,
  0x6000_0000n,
  0x8000_0000n,
  0xf000_0000n,
  0xffff_ffffn,
  (1n << 32n) + 0x8000_0000n,
  1n << 255n,
]
const LENGTHS = [0n, 1n, 31n, 32n, 33n, 64n, 96n, 136n, 200n]

export function memoryStatement(w: CodeWriter): void {
  w.random.pick(STATEMENTS)(w)
}

const storeWord: Statement = (w) => {
  value(w)
  w.push(extent(w.random)).op('MSTORE')
}

const storeAtComputed: Statement = (w) => {
  value(w)
  narrowValue(w)
  w.push(w.random.pick([0x1fn, 0xffn, 0x3e0n, 0xfffn])).op(
    'AND',
    w.random.pick(['MSTORE', 'MSTORE', 'MSTORE8']),
  )
}

const storeByte: Statement = (w) => {
  value(w)
  w.push(extent(w.random)).op('MSTORE8')
}

const load: Statement = (w) => {
  w.push(extent(w.random)).op('MLOAD')
}

const copy: Statement = (w) => {
  const { random } = w
  w.push(random.pick(LENGTHS))
  pushSourceOffset(w)
  w.push(extent(random)).op(random.pick(COPIES))
}

/** Regions that overlap by a word or a byte, in both directions. */
const overlappingCopy: Statement = (w) => {
  const { random } = w
  const source = BigInt(32 * random.nextInt(6))
  const shift = random.pick([-33n, -32n, -1n, 0n, 1n, 31n, 32n])
  w.push(random.pick(LENGTHS))
    .push(source)
    .push(source + shift < 0n ? 0n : source + shift)
    .op('MCOPY')
}

const copyComputed: Statement = (w) => {
  const { random } = w
  for (let i = 0; i < 3; i++) {
    narrowValue(w)
    w.push(random.pick([0x7fn, 0xffn])).op('AND')
  }
  w.op(random.pick(COPIES))
}

/** Nothing at an offset that nobody could pay for: it costs nothing, and nothing may be touched. */
const emptyRange: Statement = (w) => {
  const { random } = w
  const far = (): bigint => (random.nextBool() ? random.pick(FAR) : interestingWord(random))
  if (random.nextBool()) {
    // The same, and nothing of it can be known before it runs.
    hidden(w, 0n)
    hidden(w, far())
    w.op(random.pick(['KECCAK256', 'LOG0']))
    return
  }
  switch (random.nextInt(7)) {
    case 0:
      w.push(0).push(far()).push(far()).op(random.pick(COPIES))
      break
    case 1:
      w.push(0).push(far()).op('KECCAK256')
      break
    case 2:
      w.push(0).push(far()).op('LOG0')
      break
    case 3:
      w.push(0).push(0).push(far()).op('RETURNDATACOPY')
      break
    case 4:
      w.push(0).push(far()).push(far())
      pushAddress(w)
      w.op('EXTCODECOPY')
      break
    case 5:
      w.push(0).push(far()).push(0).push(far())
      pushAddress(w)
      w.op('GAS', 'STATICCALL')
      break
    default:
      w.push(0).push(far()).push(0).op('CREATE')
  }
}

const externalCode: Statement = (w) => {
  const { random } = w
  w.push(random.pick(LENGTHS))
  pushSourceOffset(w)
  w.push(extent(random))
  pushAddress(w)
  w.op('EXTCODECOPY')
}

const returnedData: Statement = (w) => {
  const { random } = w
  const choice = random.nextInt(8)
  if (choice < 4) w.op('RETURNDATASIZE').push(0).push(extent(random)).op('RETURNDATACOPY')
  else if (choice < 6) w.push(0).op('RETURNDATASIZE').push(extent(random)).op('RETURNDATACOPY')
  else if (choice === 6) w.push(1).op('RETURNDATASIZE').push(0).op('RETURNDATACOPY')
  else {
    w.push(random.pick(LENGTHS))
    pushSourceOffset(w)
    w.push(0).op('RETURNDATACOPY')
  }
}

const size: Statement = (w) => {
  w.op('MSIZE')
    .push(extent(w.random) & 0xfffn)
    .op('MLOAD', 'ADD', 'MSIZE', 'XOR')
}

/** Memory that no gas can buy, because of where it lies or how long it is: a halt, unless it is empty. */
export function unpayable(w: CodeWriter): void {
  const { random } = w
  const much = 1n << random.pick([31n, 32n, 64n, 96n, 128n, 160n, 192n, 255n])
  const little = random.pick([0n, 1n, 32n])
  const isLong = random.nextBool()
  value(w)
  hidden(w, isLong ? much : little)
  hidden(w, isLong ? little : much)
  if (isLong) w.op(random.pick(['KECCAK256', 'RETURN', 'REVERT', 'LOG0', 'LOG1', 'MCOPY', 'CALLDATACOPY']))
  else w.op(random.pick(['MLOAD', 'MSTORE', 'MSTORE8', 'KECCAK256', 'RETURN', 'REVERT', 'LOG0', 'LOG1']))
}

function pushSourceOffset(w: CodeWriter): void {
  const choice = w.random.nextInt(8)
  if (choice === 0) w.push(interestingWord(w.random))
  else if (choice < 3) hidden(w, interestingWord(w.random))
  else w.push(extent(w.random))
}

const STATEMENTS: readonly Statement[] = [
  storeWord,
  storeWord,
  storeWord,
  storeAtComputed,
  storeAtComputed,
  storeByte,
  load,
  load,
  copy,
  copy,
  overlappingCopy,
  copyComputed,
  emptyRange,
  externalCode,
  returnedData,
  size,
]
