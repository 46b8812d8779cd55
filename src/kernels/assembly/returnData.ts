// Return data of the last finished call (EIP-211). One buffer serves all depths: whoever starts a call loses what it had.

import { copyBytes } from './bytes'
import { fail, RETURN_DATA_FULL } from './failure'
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

export function setReturnData(from: usize, length: u32): void {
  if (returnBuffer + length > returnBufferEnd) fail(RETURN_DATA_FULL)
  copyBytes(returnBuffer, from, length)
  returnDataLength = length
}

/** For data that was written to the buffer itself. */
export function setReturnDataLength(length: u32): void {
  returnDataLength = length
}
