import type { CodeWriter } from './CodeWriter.ts'

/** A word of memory that only serves to hide a constant. */
const HIDING_PLACE = 0x3e0

/** A word whose value is hidden from whoever reads the code. */
export function hidden(w: CodeWriter, word: bigint): void {
  const { random } = w
  switch (random.nextInt(4)) {
    case 0:
      // Gas is never zero here: adds nothing, but only the range says so.
      w.op('GAS', 'ISZERO').push(word).op('ADD')
      break
    case 1:
      w.op('CALLER', 'ISZERO').push(word).op('OR')
      break
    default:
      w.push(word).push(HIDING_PLACE).op('MSTORE').push(HIDING_PLACE).op('MLOAD')
  }
}
