import type { FrameCode } from './FrameCode.ts'
import * as limbs from './limbs.ts'
import { bitsOf, limbsOf, type Range } from './ranges.ts'
import type { SupportFunction } from './supportFunctions.ts'
import { anyValue, type Limb, limbValue, type Value } from './Value.ts'
import { I64 } from './wasm/index.ts'

const WORD_BITS = 256

/** An instruction with its operands. `inputs`: from the top of the stack down; `height`: words below and with them. */
export type Operation = {
  op: number
  inputs: readonly Value[]
  height: number
  /** Of the result. */
  range: Range
}

/** Operands to their positions on the stack in memory, call, result from the position of the last one. */
export function callSupport(
  code: FrameCode,
  name: SupportFunction,
  { inputs, height, range }: Operation,
): Value {
  const result = height - inputs.length
  for (const [i, input] of inputs.entries()) code.spill(input, height - 1 - i)
  for (let i = 0; i < inputs.length; i++) code.positionAddress(height - 1 - i)
  code.positionAddress(result)
  code.call(name)
  return code.reload(result, range)
}

/** The result of a short way where the flag is set, else of a call. */
export function chooseWay(
  code: FrameCode,
  operation: Operation,
  isShort: limbs.Flag,
  shortWay: () => Limb[],
  support: SupportFunction,
): Value {
  const { body } = code
  const result = Array.from({ length: limbsOf(operation.range) }, () => body.temporary(I64))
  limbs.pushFlag(code, isShort)
  body.if()
  code.setLimbs(result, anyValue(shortWay()))
  body.else()
  code.setLimbs(result, callSupport(code, support, operation))
  body.end()
  return limbValue(operation.range, result)
}

/** The limbs above the lowest, or-ed. */
export function orAbove(code: FrameCode, value: Value): Limb {
  return value.limbs.slice(1).reduce((all, limb) => limbs.or(code, all, limb), 0n as Limb)
}

export function isNeverNegative({ range }: Value): boolean {
  return bitsOf(range) < WORD_BITS
}
