// Return data of the last finished call (EIP-211). One buffer serves all depths: whoever starts a call loses what it had.

import { returnBuffer, returnBufferEnd } from './layout'

export let returnDataLength: u32 = 0

@inline
export function returnData(): usize {
  return returnBuffer
}

@inline
export function clearReturnData(): void {
  returnDataLength = 0
}

/** False when it does not fit; the caller then runs out of gas. */
export function setReturnData(from: usize, length: u32): bool {
  if (returnBuffer + length > returnBufferEnd) return false
  memory.copy(returnBuffer, from, length)
  returnDataLength = length
  return true
}

/** For data that was written to the buffer itself. */
export function setReturnDataLength(length: u32): void {
  returnDataLength = length
}
