import type { CallOutcome, Engine } from '../../src/execution/index.ts'
import { bytesToHex, fromBigInt } from '../../src/lib/index.ts'
import { Ledger } from './Ledger.ts'
import type { Workload } from './workloads.ts'

const CONTRACT = fromBigInt(0xc0den, 20)
const CALLER = fromBigInt(0xca11n, 20)
const BALANCE = 10n ** 30n
const GAS_TRANSACTION = 21_000n
const GAS_PER_TOKEN = 4n
const GAS_PER_TOKEN_FLOOR = 10n
const TOKENS_PER_NONZERO_BYTE = 4

/** What an execution gave. */
export type Executed = {
  status: CallOutcome['status']
  output: Uint8Array
  /** Of the execution alone, before refunds. */
  gasUsed: bigint
  /** The calldata's floor price (EIP-7623) hides how little was used: `gasUsed` is only an upper bound. */
  atFloor: boolean
}

/**
 * Empties the engine's state, places the workload in it, and gives what calls it: whole calls, none kept. Other data
 * may be given than the workload's.
 */
export function prepareWorkload(engine: Engine, workload: Workload): (calldata?: Uint8Array) => CallOutcome {
  engine.reset()
  new Ledger(engine) // opens a block
  engine.setAccount(CONTRACT, { nonce: 1n, balance: 0n, code: workload.code })
  engine.setAccount(CALLER, { nonce: 0n, balance: BALANCE })
  const request = {
    from: CALLER,
    to: CONTRACT,
    gas: workload.gas + intrinsicGas(workload.calldata),
    value: 0n,
    data: workload.calldata,
    gasPrice: 0n,
    accessList: [],
    authorizations: [],
  }
  return (data = workload.calldata) => engine.call({ ...request, data })
}

/** A call's outcome without the transaction around it. */
export function executedOf(outcome: CallOutcome, calldata: Uint8Array): Executed {
  const { status, output, gasUsed, gasRefunded } = outcome
  const floor = GAS_TRANSACTION + tokensOf(calldata) * GAS_PER_TOKEN_FLOOR
  return {
    status,
    output,
    gasUsed: gasUsed + gasRefunded - intrinsicGas(calldata),
    atFloor: calldata.length > 0 && gasUsed === floor,
  }
}

/** Whether an execution can have used this gas. */
export function usedGas({ gasUsed, atFloor }: Executed, gas: bigint): boolean {
  return atFloor ? gas <= gasUsed : gas === gasUsed
}

/** What a transaction with this data costs before it executes (Yellow Paper section 6.2; EIP-2028). */
export function intrinsicGas(calldata: Uint8Array): bigint {
  return GAS_TRANSACTION + tokensOf(calldata) * GAS_PER_TOKEN
}

/** Short text that differs when the outcome does. */
export function outcomeText(gasUsed: bigint, output: Uint8Array): string {
  return `${gasUsed} gas, output ${bytesToHex(output.subarray(0, 32))} (${output.length} bytes)`
}

function tokensOf(calldata: Uint8Array): bigint {
  return BigInt(calldata.reduce((sum, byte) => sum + (byte === 0 ? 1 : TOKENS_PER_NONZERO_BYTE), 0))
}
