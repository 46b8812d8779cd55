/** How programs end. */
import type { CodeWriter } from './CodeWriter.ts'
import { unpayable } from './memory.ts'
import { need, value } from './values.ts'
import { extent } from './words.ts'

/** Ends so that what the program computed is seen: most of the time. */
export function ending(w: CodeWriter): void {
  const choice = w.random.nextInt(41)
  if (choice < 27) returnAll(w)
  else if (choice < 29) w.op('STOP')
  else if (choice < 31) w.push(extent(w.random)).push(extent(w.random)).op('RETURN')
  else if (choice < 34)
    w.push(extent(w.random) & 0xffn)
      .push(extent(w.random) & 0xfffn)
      .op('REVERT')
  else if (choice === 34) {
    need(w, 1)
    w.op('SELFDESTRUCT')
  } else if (choice === 35) w.op('INVALID')
  else if (choice === 36) {
    value(w)
    w.op('JUMP')
  } else if (choice === 37)
    w.push(0)
      .push(w.random.pick([1n << 31n, 1n << 32n, 1n << 255n]))
      .op(w.random.pick(['RETURN', 'REVERT']))
  else if (choice === 38) unpayable(w)
  // Else it just ends: the code, or what follows it.
}

/** Every word of the stack and the gas that is left go to memory, and all of it is returned. */
function returnAll(w: CodeWriter): void {
  const words = Math.min(w.free, 16)
  for (let i = 0; i < words; i++) w.push(0x80 + 32 * i).op('MSTORE')
  if (w.random.nextBool()) w.op('GAS').push(0x60).op('MSTORE')
  if (w.random.nextInt(3) === 0) w.push(0).op('MLOAD').push(1).op('SSTORE')
  w.op('MSIZE')
    .push(0)
    .op(w.random.nextInt(6) === 0 ? 'REVERT' : 'RETURN')
}
