import { MEMORY_RANGES, OPCODES, opcodeName, staticGas } from '../../evm/index.ts'
import { ENDING } from '../../kernels/index.ts'
import { FORK_RULES, type Fork, isAtLeast } from '../../protocol/index.ts'
import {
  ACCOUNT_ACCESSES,
  CALL,
  CALLCODE,
  CALLS,
  CREATE,
  isCreation,
  SELFDESTRUCT,
  SLOAD,
  SSTORE,
} from './opcodes.ts'
import type { StateProbe } from './StateProbe.ts'
import type { Step } from './Step.ts'

/** Why and at what cost an instruction halts its frame. */
export type StepHalt = {
  /** What it costs, dynamic part included, as far as geth has added it up. */
  gasCost: bigint
  /** Undefined: it fails while it is executed, not before, and geth's step tells of no error. */
  stepError: string | undefined
  /** The frame's. */
  frameError: string
}

/** What is known of the instruction from before it, and can't be told afterwards. */
export type StepFacts = {
  step: Step
  fork: Fork
  state: StateProbe
  /** Its account or slot was cold (EIP-2929). */
  isCold: boolean
}

const STACK_LIMIT = 1024
const COLD_ACCOUNT = 2600n
const WARM_ACCESS = 100n
const COLD_SLOAD = 2100n
const CALL_VALUE = 9000n
const NEW_ACCOUNT = 25000n
const SSTORE_SENTRY = 2300n
/** Highest memory size whose cost fits 64 bits (go-ethereum, memoryGasCost). */
const MAX_MEMORY_SIZE = 0x1fffffffe0n
const MAX_U64 = 2n ** 64n - 1n
const OVERFLOW = 'gas uint64 overflow'
const OUT_OF_GAS = 'out of gas'
const WRITE_PROTECTION = 'write protection'

/** Which of geth's errors an instruction halts with, and what its step says of it (core/vm/interpreter.go, gas_table.go). */
export function stepHalt(facts: StepFacts, ending: number): StepHalt {
  const { step, fork } = facts
  const constant = constantGas(step.opcode, fork)
  const before = (error: string, gasCost = constant): StepHalt => ({
    gasCost,
    stepError: error,
    frameError: error,
  })
  if (ending === ENDING.stackUnderflow) return before(stackUnderflow(step))
  if (ending === ENDING.stackOverflow) return before(stackOverflow(step))
  if (ending === ENDING.outOfGas && step.gas < constant) return before(OUT_OF_GAS)
  if (ending === ENDING.invalidOpcode)
    return { gasCost: 0n, stepError: undefined, frameError: `invalid opcode: ${opcodeName(step.opcode)}` }
  const end = memoryEnd(step)
  if (end > MAX_U64) return before(OVERFLOW)
  const dynamic = dynamicGas(facts, step.gas - constant, end)
  if (typeof dynamic === 'string') return before(`${OUT_OF_GAS}: ${dynamic}`)
  const gasCost = constant + dynamic
  if (ending === ENDING.outOfGas) return before(OUT_OF_GAS, gasCost)
  return { gasCost, stepError: undefined, frameError: EXECUTION_ERRORS[ending] ?? OUT_OF_GAS }
}

const EXECUTION_ERRORS: Readonly<Record<number, string>> = {
  [ENDING.invalidJump]: 'invalid jump destination',
  [ENDING.writeProtection]: WRITE_PROTECTION,
  [ENDING.returnDataOutOfBounds]: 'return data out of bounds',
}

function stackUnderflow(step: Step): string {
  return `stack underflow (${step.stackLength} <=> ${OPCODES[step.opcode]?.stackIn ?? 0})`
}

function stackOverflow(step: Step): string {
  const { stackIn, stackOut } = OPCODES[step.opcode]!
  return `stack limit reached ${step.stackLength} (${STACK_LIMIT + stackIn - stackOut})`
}

/** What geth charges before it looks at operands: not where we do so in one with them, and also for what is warm. */
function constantGas(opcode: number, fork: Fork): bigint {
  if (DYNAMIC_ONLY.has(opcode)) return 0n
  if (ACCOUNT_ACCESSES.has(opcode)) return WARM_ACCESS
  return BigInt(Math.max(staticGas(fork)[opcode]!, 0))
}

/** EXP and LOG0 to LOG4. */
const DYNAMIC_ONLY: ReadonlySet<number> = new Set([0x0a, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4])

/** Where the memory that it reads or writes ends, in bytes; 0 for none. */
function memoryEnd(step: Step): bigint {
  let end = 0n
  for (const [offset, length] of MEMORY_RANGES[step.opcode] ?? []) {
    const size = typeof length === 'bigint' ? length : step.word(length)
    if (size > MAX_U64) return size
    if (size > 0n) end = larger(end, step.word(offset) + size)
  }
  return end
}

/** Gas beyond the constant part, or in words why it can't be told. */
function dynamicGas(facts: StepFacts, gas: bigint, end: bigint): bigint | string {
  const { step } = facts
  const { opcode } = step
  if (step.isStatic && isRefusedInStatic(step)) return WRITE_PROTECTION
  if (opcode === SSTORE) return storeGas(facts, gas)
  if (opcode === SELFDESTRUCT) return selfDestructGas(facts, gas)
  if (opcode === SLOAD) return facts.isCold ? COLD_SLOAD : WARM_ACCESS
  if (opcode === 0x0a)
    return 10n + 50n * BigInt(Math.ceil(step.word(1).toString(16).length / 2)) * nonZero(step.word(1))
  if (CALLS.has(opcode)) return callGas(facts, gas, end)
  if (end > MAX_MEMORY_SIZE) return OVERFLOW
  const memory = memoryGas(step.memorySize, end)
  const size = COPIED_SIZE[opcode]
  switch (true) {
    case opcode === 0x20:
      return memory + 6n * words(step.word(1))
    case size !== undefined:
      return memory + 3n * words(step.word(size)) + (opcode === 0x3c ? coldSurcharge(facts) : 0n)
    case opcode >= 0xa0 && opcode <= 0xa4:
      return memory + 375n * BigInt(opcode - 0xa0 + 1) + 8n * step.word(1)
    case isCreation(opcode):
      return creationGas(facts, memory)
    case ACCOUNT_ACCESSES.has(opcode):
      return coldSurcharge(facts)
    default:
      return memory
  }
}

/** Position of the length of what a copying instruction copies. */
const COPIED_SIZE: Readonly<Record<number, number>> = { 55: 2, 57: 2, 60: 3, 62: 2, 94: 2 }

/** What geth refuses in a static frame before it has told its cost; TSTORE and LOG it refuses afterwards. */
function isRefusedInStatic(step: Step): boolean {
  const { opcode } = step
  if (opcode === CALL) return step.word(2) !== 0n
  return opcode === SSTORE || isCreation(opcode) || opcode === SELFDESTRUCT
}

function coldSurcharge({ isCold }: StepFacts): bigint {
  return isCold ? COLD_ACCOUNT - WARM_ACCESS : 0n
}

function creationGas({ step, fork }: StepFacts, memory: bigint): bigint | string {
  const size = step.word(2)
  const limit = FORK_RULES[fork].maxInitcodeSize
  if (size > limit) return `max initcode size exceeded: code size ${size} limit ${limit}`
  return memory + (step.opcode === CREATE ? 2n : 8n) * words(size)
}

function selfDestructGas({ step, state, isCold }: StepFacts, gas: bigint): bigint | string {
  if (isCold && gas < COLD_ACCOUNT) return OUT_OF_GAS
  const movesValue = state.account(step.address).balance > 0n
  const isNew = movesValue && isEmpty(state, step.addressWord(0))
  return (isCold ? COLD_ACCOUNT : 0n) + (isNew ? NEW_ACCOUNT : 0n)
}

function storeGas({ step, state, isCold }: StepFacts, gas: bigint): bigint | string {
  if (gas <= SSTORE_SENTRY) return 'not enough gas for reentrancy sentry'
  const { current, original } = state.slotValues(step.frame, step.wordAt(0))
  const cold = isCold ? COLD_SLOAD : 0n
  if (current === step.word(1) || current !== original) return cold + WARM_ACCESS
  return cold + (original === 0n ? 20000n : 2900n)
}

/** Since Prague geth charges every part of a call at once, so that what is told is always the same (EIP-7702). */
function callGas({ step, state, fork, isCold }: StepFacts, gas: bigint, end: bigint): bigint | string {
  const cold = isCold ? COLD_ACCOUNT - WARM_ACCESS : 0n
  if (gas < cold) return OUT_OF_GAS
  if (end > MAX_MEMORY_SIZE) return OVERFLOW
  const hasValue = (step.opcode === CALL || step.opcode === CALLCODE) && step.word(2) !== 0n
  let intrinsic = memoryGas(step.memorySize, end) + (hasValue ? CALL_VALUE : 0n)
  const left = gas - cold
  if (isAtLeast(fork, 'Prague') || (step.opcode === CALL && left < intrinsic)) return OUT_OF_GAS
  if (step.opcode === CALL && hasValue && isEmpty(state, step.addressWord(1))) intrinsic += NEW_ACCOUNT
  const available = BigInt.asUintN(64, left - intrinsic)
  const most = available - available / 64n
  const wanted = step.word(0)
  const total = intrinsic + cold + (wanted < most ? wanted : most)
  return total > MAX_U64 ? OVERFLOW : total
}

function isEmpty(state: StateProbe, address: Uint8Array): boolean {
  const { nonce, balance, codeHash } = state.account(address)
  return nonce === 0n && balance === 0n && codeHash === undefined
}

function memoryGas(size: number, end: bigint): bigint {
  const before = words(BigInt(size))
  const after = words(end)
  if (after <= before) return 0n
  return after * 3n + (after * after) / 512n - (before * 3n + (before * before) / 512n)
}

function words(bytes: bigint): bigint {
  return (bytes + 31n) / 32n
}

function nonZero(value: bigint): bigint {
  return value === 0n ? 0n : 1n
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
