import { CELL, type EngineKernel } from '../kernels/index.ts'
import { assert } from '../lib/index.ts'
import { SYSTEM_ADDRESS } from '../protocol/index.ts'
import { ENDING_NEEDS_PARENT_HASH } from './halts.ts'

/** Gas of a system call (EIP-4788): it is not metered against the block. */
export const SYSTEM_CALL_GAS = 30_000_000n

export type SystemCallOutcome = { status: 0 | 1; output: Uint8Array }

/** Calls `address` as the protocol; what it changes is kept. The history contract (EIP-2935) only once the parent's hash is known. */
export function executeSystemCall(
  kernel: EngineKernel,
  address: Uint8Array,
  data: Uint8Array,
): SystemCallOutcome {
  kernel.bytes.fill(0, kernel.cells + CELL.txType, kernel.cells + CELL.txSender)
  kernel.setU64(CELL.txGasLimit, SYSTEM_CALL_GAS)
  kernel.bytes.set(address, kernel.cells + CELL.txTo)
  kernel.setU32(CELL.txData, kernel.put(data, 0))
  kernel.setU32(CELL.txData + 4, data.length)
  kernel.setWordBytes(CELL.txSender, SYSTEM_ADDRESS)
  kernel.exports.executeSystemCall()
  assert(
    kernel.getU32(CELL.resultEnding) !== ENDING_NEEDS_PARENT_HASH,
    'a system call reads the parent hash before parentHashKnown',
  )
  return {
    status: kernel.getU32(CELL.resultStatus) === 1 ? 1 : 0,
    output: kernel.copy(kernel.getU32(CELL.resultOutput), kernel.getU32(CELL.resultOutput + 4)),
  }
}
