import { assert } from '../../src/lib/index.ts'

const PUSH1 = 0x60
const PUSH4 = 0x63
const PUSH32 = 0x7f
const EQ = 0x14
/** First of the selectors that replace one; far from those of the contracts here. */
const FIRST_SALT = 0xf1e2_0000

/**
 * A code that does the same at the same cost and is another one, also for a compiler: in a contract of Solidity, one of
 * the selectors that its dispatcher compares with is replaced by `number`. That function can't be called any more;
 * those of `keep` can. (Metadata would be easier to change; but nothing executes it, so two compiled codes would be the
 * same bytes, and V8 compiles the same bytes once.)
 */
export function variant(
  code: Uint8Array,
  { number, keep }: { number: number; keep: readonly number[] },
): Uint8Array {
  const at = selectorOffsets(code).findLast((offset) => !keep.includes(readU32(code, offset)))
  assert(at !== undefined, 'a contract with another function than those to keep')
  const varied = code.slice()
  viewOf(varied).setUint32(at, FIRST_SALT + number)
  return varied
}

/** Where the code has `PUSH4 selector EQ`: offsets of the selectors. */
function selectorOffsets(code: Uint8Array): number[] {
  const offsets: number[] = []
  for (let pc = 0; pc < code.length; pc++) {
    const opcode = code[pc]!
    if (opcode === PUSH4 && code[pc + 5] === EQ) offsets.push(pc + 1)
    if (opcode >= PUSH1 && opcode <= PUSH32) pc += opcode - PUSH1 + 1
  }
  return offsets
}

function readU32(bytes: Uint8Array, offset: number): number {
  return viewOf(bytes).getUint32(offset)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
