/** Where a program was: at an instruction of the interpreter, or at the start of a block of compiled code. */
export type Step = {
  /** Address of the frame: one for each depth. */
  frame: number
  pc: number
  gas: bigint
  /** Words on the stack. */
  height: number
}

/** What is kept of one run: what comes later is not compared. */
const STEP_LIMIT = 50_000
const STACK_BYTES = 65_536
const WORD_BYTES = 32

/** The steps of the latest run on one engine. */
export class Trace {
  steps: Step[] = []

  /** For Engine's `onBlock`, and for the interpreter's traced kernel. */
  readonly record = (frame: number, pc: number, gas: bigint, top: number): void => {
    if (this.steps.length >= STEP_LIMIT) return
    this.steps.push({ frame, pc, gas, height: ((top >>> 0) % STACK_BYTES) / WORD_BYTES })
  }
}

/**
 * The first block of compiled code that the interpreter did not come to with the same gas and stack, in the same order;
 * undefined when it came to all. A block without gas may not show at all.
 */
export function firstStrayBlock(instructions: readonly Step[], blocks: readonly Step[]): Step | undefined {
  let at = 0
  for (const block of blocks) {
    if (block.gas === 0n) continue
    let next = at
    while (next < instructions.length && !isAt(instructions[next]!, block)) next++
    if (next === instructions.length) {
      return instructions.length === STEP_LIMIT ? undefined : block
    }
    at = next
  }
  return undefined
}

function isAt(instruction: Step, block: Step): boolean {
  if (instruction.frame !== block.frame || instruction.height !== block.height) return false
  return instruction.pc === block.pc && instruction.gas === block.gas
}
