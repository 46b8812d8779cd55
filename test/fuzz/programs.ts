/** Random contracts that do something: stack-neutral snippets in a row, each meant to reach one corner of the EVM. */
import type { Prng } from '../../src/lib/index.ts'
import { Assembler, type OpName } from './Assembler.ts'
import { precompileInput } from './precompileInputs.ts'
import type { Ref, Template } from './Template.ts'

type Snippet = (code: Assembler, random: Prng, refs: () => Ref) => void

const BINARY: OpName[] = [
  'ADD',
  'MUL',
  'SUB',
  'DIV',
  'SDIV',
  'MOD',
  'SMOD',
  'EXP',
  'SIGNEXTEND',
  'LT',
  'GT',
  'SLT',
  'SGT',
  'EQ',
  'AND',
  'OR',
  'XOR',
  'BYTE',
  'SHL',
  'SHR',
  'SAR',
]
const UNARY: OpName[] = ['ISZERO', 'NOT', 'CLZ']
const TERNARY: OpName[] = ['ADDMOD', 'MULMOD']
/** Readers that give the same on both chains. */
const ENVIRONMENT: OpName[] = [
  'ADDRESS',
  'ORIGIN',
  'CALLER',
  'CALLVALUE',
  'CALLDATASIZE',
  'CODESIZE',
  'RETURNDATASIZE',
  'CHAINID',
  'SELFBALANCE',
  'MSIZE',
  'GAS',
  'PC',
]
const CALLS: OpName[] = ['CALL', 'CALL', 'STATICCALL', 'DELEGATECALL', 'CALLCODE']
const SLOTS = 8
/** Creation codes of at most 32 bytes for CREATE and CREATE2 inside a contract. */
const CHILD_CODES = [
  '', // no code
  '60005f5360015ff3', // deploys STOP
  '60ef5f5360015ff3', // deploys 0xEF: refused by EIP-3541
  '60fe5f5360015ff3', // deploys INVALID
  '60016002555f5ff3', // writes a slot, deploys nothing
  '6001600255600160025d5f5ff3', // … and transient storage
  '60205ffd', // reverts with 32 bytes
  'fe',
  '33ff', // destroys itself while it is created
  '6133ff5f526002601ef3', // deploys CALLER SELFDESTRUCT
  '6130ff5f526002601ef3', // deploys ADDRESS SELFDESTRUCT
  '6160015ff3', // one byte over the code size limit
  '6101f45ff3', // 500 zero bytes
  '5b5f56', // runs out of gas
]

function word(random: Prng): bigint {
  switch (random.nextInt(6)) {
    case 0:
      return BigInt(random.nextInt(4))
    case 1:
      return random.nextBigInt(8)
    case 2:
      return (1n << BigInt(random.nextInt(257))) - 1n
    case 3:
      return (1n << 255n) + random.nextBigInt(16)
    case 4:
      return random.nextBigInt(64)
    default:
      return random.nextBigInt(256)
  }
}

function slot(random: Prng): bigint {
  return BigInt(random.nextInt(SLOTS))
}

/** Memory offset or size: small, sometimes beyond a page, seldom absurd. */
function extent(random: Prng): bigint {
  const choice = random.nextInt(200)
  if (choice === 0) return random.nextBigInt(20)
  if (choice === 1) return random.nextBigInt(40)
  if (choice < 30) return random.nextBigInt(12)
  return random.nextBigInt(7)
}

const arithmetic: Snippet = (code, random) => {
  code.push(word(random))
  for (let steps = random.nextInt(6); steps >= 0; steps--) {
    const choice = random.nextInt(10)
    if (choice === 0) code.op(random.pick(UNARY))
    else if (choice === 1) code.push(word(random)).push(word(random)).op(random.pick(TERNARY))
    else code.push(word(random)).op(random.pick(BINARY))
  }
  code.push(slot(random)).op('SSTORE')
}

const storage: Snippet = (code, random) => {
  const choice = random.nextInt(5)
  if (choice === 0) code.push(slot(random)).op('SLOAD').push(slot(random)).op('SSTORE')
  else if (choice === 1) code.push(0).push(slot(random)).op('SSTORE')
  else if (choice === 2) code.push(0).op('CALLDATALOAD').push(slot(random)).op('SSTORE')
  else if (choice === 3) code.push(slot(random)).op('SLOAD').push(1).op('ADD').push(slot(random)).op('SSTORE')
  else code.push(word(random)).push(slot(random)).op('SSTORE')
}

const transient: Snippet = (code, random) => {
  if (random.nextBool()) code.push(word(random)).push(slot(random)).op('TSTORE')
  else code.push(slot(random)).op('TLOAD').push(slot(random)).op('SSTORE')
}

const memory: Snippet = (code, random) => {
  const choice = random.nextInt(5)
  if (choice === 0) code.push(word(random)).push(extent(random)).op('MSTORE')
  else if (choice === 1) code.push(word(random)).push(extent(random)).op('MSTORE8')
  else if (choice === 2) code.push(extent(random)).push(extent(random)).push(extent(random)).op('MCOPY')
  else if (choice === 3)
    code.push(extent(random)).push(extent(random)).op('KECCAK256').push(slot(random)).op('SSTORE')
  else
    code
      .push(extent(random))
      .push(extent(random))
      .push(extent(random))
      .op(random.pick(['CALLDATACOPY', 'CODECOPY']))
}

const log: Snippet = (code, random) => {
  const topics = random.nextInt(5)
  for (let i = 0; i < topics; i++) code.push(word(random))
  code
    .push(extent(random))
    .push(extent(random))
    .raw([0xa0 + topics])
}

const environment: Snippet = (code, random) => {
  code.op(random.pick(ENVIRONMENT)).push(slot(random)).op('SSTORE')
}

const accountReader: Snippet = (code, random, refs) => {
  const choice = random.nextInt(4)
  if (choice === 3) {
    code.push(extent(random)).push(extent(random)).push(extent(random)).push(refs()).op('EXTCODECOPY')
    return
  }
  code
    .push(refs())
    .op((['BALANCE', 'EXTCODESIZE', 'EXTCODEHASH'] as const)[choice]!)
    .push(slot(random))
    .op('SSTORE')
}

const call: Snippet = (code, random, refs) => {
  const kind = random.pick(CALLS)
  code.push(BigInt(random.nextInt(64))).push(extent(random)) // output size and offset
  code.push(extent(random)).push(extent(random)) // input size and offset
  if (kind === 'CALL' || kind === 'CALLCODE')
    code.push(random.nextInt(3) === 0 ? BigInt(random.nextInt(1000)) : 0n)
  if (random.nextInt(6) === 0) code.op('ADDRESS')
  else code.push(refs())
  if (random.nextInt(3) === 0) code.push(BigInt(random.pick([0, 100, 700, 2300, 5000, 30_000])))
  else code.op('GAS')
  code.op(kind)
  afterCall(code, random)
}

/** Keeps the success flag, or the output's size, or copies the output (whole, or more than there is: a halt). */
function afterCall(code: Assembler, random: Prng): void {
  code.push(slot(random)).op('SSTORE')
  const choice = random.nextInt(8)
  if (choice < 2) code.op('RETURNDATASIZE').push(slot(random)).op('SSTORE')
  else if (choice < 5) code.op('RETURNDATASIZE').push(0).push(0).op('RETURNDATACOPY')
  else if (choice === 5) code.push(1).op('RETURNDATASIZE').push(0).op('RETURNDATACOPY')
}

const precompile: Snippet = (code, random) => {
  const { number, input } = precompileInput(random)
  for (let offset = 0; offset < input.length; offset += 32) {
    const part = new Uint8Array(32)
    part.set(input.subarray(offset, offset + 32))
    const value = BigInt(`0x${Buffer.from(part).toString('hex')}`)
    if (value !== 0n) code.push(value).push(offset).op('MSTORE')
  }
  const start = Math.ceil(input.length / 32) * 32
  code.push(128).push(start).push(input.length).push(0)
  if (random.nextInt(3) === 0) code.push(0).push({ kind: 'precompile', number }).op('GAS', 'CALL')
  else code.push({ kind: 'precompile', number }).op('GAS', 'STATICCALL')
  afterCall(code, random)
  code.push(start).op('MLOAD').push(slot(random)).op('SSTORE')
}

const create: Snippet = (code, random) => {
  const child = Buffer.from(random.pick(CHILD_CODES), 'hex')
  if (child.length > 0) {
    const padded = Buffer.alloc(32)
    child.copy(padded)
    code
      .push(BigInt(`0x${padded.toString('hex')}`))
      .push(0)
      .op('MSTORE')
  }
  const value = random.nextInt(4) === 0 ? BigInt(random.nextInt(50)) : 0n
  const two = random.nextBool()
  if (two) code.push(BigInt(random.nextInt(3)))
  code
    .push(child.length)
    .push(0)
    .push(value)
    .op(two ? 'CREATE2' : 'CREATE')
  if (random.nextBool()) {
    // Call what was made: (gas, address, 0, 0, 0, 0, 0).
    code.push(slot(random)).op('SSTORE').push(0).push(0).push(0).push(0).push(0)
    code.push(slot(random)).op('SLOAD', 'GAS', 'CALL')
  }
  code.push(slot(random)).op('SSTORE')
}

const loop: Snippet = (code, random) => {
  code.push2(1 + random.nextInt(random.nextInt(5) === 0 ? 3000 : 20))
  const start = code.label()
  if (random.nextBool()) code.op('DUP1').push(slot(random)).op('SSTORE')
  code.push(1).op('SWAP1', 'SUB', 'DUP1').push2(start).op('JUMPI', 'POP')
}

const branch: Snippet = (code, random, refs) => {
  const inner = new Assembler()
  random.pick([storage, arithmetic, log, create, call])(inner, random, refs)
  if (random.nextInt(4) === 0) inner.push(32).push(0).op('REVERT')
  code
    .push(0)
    .op('CALLDATALOAD')
    .push(word(random))
    .op(random.pick(['GT', 'LT', 'AND', 'EQ']))
    .unless(inner)
}

const SNIPPETS: Snippet[] = [
  arithmetic,
  arithmetic,
  storage,
  storage,
  storage,
  transient,
  memory,
  memory,
  log,
  log,
  environment,
  accountReader,
  accountReader,
  call,
  call,
  call,
  precompile,
  precompile,
  create,
  create,
  loop,
  branch,
  branch,
]

/** How a program ends. */
function ending(code: Assembler, random: Prng, refs: () => Ref): void {
  const choice = random.nextInt(36)
  if (choice < 16) code.op('STOP')
  else if (choice < 24) code.push(extent(random)).push(extent(random)).op('RETURN')
  else if (choice < 27) code.push(extent(random)).push(extent(random)).op('REVERT')
  else if (choice < 30) code.push(refs()).op('SELFDESTRUCT')
  else if (choice === 30) code.op('INVALID')
  else if (choice === 31) code.op('POP')
  else if (choice === 32) code.push(random.nextInt(2000)).op('JUMP')
  else if (choice === 33) code.raw(random.nextBytes(40))
}

/** Runtime code of a random contract. */
export function runtimeCode(random: Prng, refs: () => Ref): Assembler {
  const code = new Assembler()
  for (let count = 2 + random.nextInt(10); count > 0; count--) random.pick(SNIPPETS)(code, random, refs)
  ending(code, random, refs)
  return code
}

/** Creation code: sometimes acts first, then deploys a random contract, or ends in a way of its own. */
export function creationCode(random: Prng, refs: () => Ref): Template {
  const code = new Assembler()
  if (random.nextInt(3) === 0) random.pick(SNIPPETS)(code, random, refs)
  if (random.nextInt(16) === 0) {
    ending(code, random, refs)
    return code.finish()
  }
  const runtime = runtimeCode(random, refs)
  const start = code.length + 13
  code.push2(runtime.length).push2(start).op('PUSH0', 'CODECOPY').push2(runtime.length).op('PUSH0', 'RETURN')
  return code.append(runtime).finish()
}

/** Creation code that stores what the block and the fee market look like. */
export function environmentCode(): Template {
  const code = new Assembler()
  const readers: OpName[] = [
    'COINBASE',
    'GASLIMIT',
    'CHAINID',
    'BASEFEE',
    'BLOBBASEFEE',
    'GASPRICE',
    'ORIGIN',
  ]
  for (const [index, reader] of readers.entries()) code.op(reader).push(index).op('SSTORE')
  code.push(0).op('BLOBHASH').push(readers.length).op('SSTORE')
  return code.op('STOP').finish()
}
