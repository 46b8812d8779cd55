import type { MessageOutcome, TracingEngine } from '../../execution/index.ts'
import { keccak256 } from '../../kernels/index.ts'
import {
  type BlockEnv,
  type ExecutedTransaction,
  encodeUnsigned,
  type Transaction,
} from '../../protocol/index.ts'
import {
  type CallParams,
  ERROR_CODES,
  SIMULATION_ERRORS,
  type SimulatedCall,
  type SimulatedLog,
} from '../../rpc/index.ts'
import { SimulationError } from './SimulationError.ts'
import { messageOf } from './simulatedMessage.ts'
import { TransferTracer } from './TransferTracer.ts'

/** Gas that the calls of a simulation may still use. */
export type GasPool = { left: bigint }

export type CallContext = { env: BlockEnv; pool: GasPool; validation: boolean; traceTransfers: boolean }

export type ExecutedCalls = {
  transactions: Transaction[]
  executed: ExecutedTransaction[]
  calls: SimulatedCall[]
}

/**
 * Executes a block's calls in the engine's open block (go-ethereum, simulator.processBlock).
 *
 * @throws SimulationError for a call that can't be a part of a block.
 */
export function executeCalls(
  tracing: TracingEngine,
  requests: readonly CallParams[],
  { env, pool, validation, traceTransfers }: CallContext,
): ExecutedCalls {
  const { engine } = tracing
  const tracer = new TransferTracer(traceTransfers)
  const result: ExecutedCalls = { transactions: [], executed: [], calls: [] }
  for (const call of requests) {
    const gas = gasOf(call, { env, pool, used: engine.cumulativeGasUsed })
    const from = call.from ?? new Uint8Array(20)
    const nonce = engine.getAccount(from)?.nonce ?? 0n
    const { message, transaction } = messageOf(call, { chainId: env.chainId, nonce, gas })
    const isFree = !validation && message.maxFeePerGas === 0n && message.maxPriorityFeePerGas === 0n
    const outcome = tracing.executeMessage(message, { checksNonce: validation, isFree }, tracer)
    if (outcome.kind === 'invalid') throw refusal(outcome, gas)
    pool.left -= outcome.gasUsed
    const raw = encodeUnsigned(transaction)
    result.transactions.push(transaction)
    result.executed.push({ sender: from, hash: keccak256(raw), raw, receipt: outcome.receipt })
    result.calls.push(callOf(outcome, tracer.takeLogs()))
  }
  return result
}

/** What a call may use: what it asks for, or what the block has left; at most what the simulation has left. */
function gasOf(
  call: CallParams,
  { env, pool, used }: { env: BlockEnv; pool: GasPool; used: bigint },
): bigint {
  const gas = call.gas ?? env.gasLimit - used
  if (used + gas > env.gasLimit) {
    throw new SimulationError(
      SIMULATION_ERRORS.blockGasLimit,
      `block gas limit reached: ${used} >= ${env.gasLimit}`,
    )
  }
  if (gas > pool.left) return pool.left
  return gas
}

function callOf(outcome: Extract<MessageOutcome, { kind: 'executed' }>, logs: SimulatedLog[]): SimulatedCall {
  const { status, output, gasUsed, gasPeak, halt } = outcome
  return {
    status: status === 1 ? 'success' : halt === undefined ? 'revert' : 'halt',
    ...{ output, gasUsed, gasPeak, error: halt, logs },
  }
}

const CODES: Readonly<Record<string, number>> = {
  NONCE_MISMATCH_TOO_LOW: SIMULATION_ERRORS.nonceTooLow,
  NONCE_MISMATCH_TOO_HIGH: SIMULATION_ERRORS.nonceTooHigh,
  INSUFFICIENT_MAX_FEE_PER_GAS: SIMULATION_ERRORS.baseFeeTooLow,
  INTRINSIC_GAS_TOO_LOW: SIMULATION_ERRORS.intrinsicGas,
  INTRINSIC_GAS_BELOW_FLOOR_GAS_COST: SIMULATION_ERRORS.intrinsicGas,
  INSUFFICIENT_ACCOUNT_FUNDS: SIMULATION_ERRORS.insufficientFunds,
  INITCODE_SIZE_EXCEEDED: SIMULATION_ERRORS.maxInitCodeSize,
  PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS: ERROR_CODES.invalidParams,
}

function refusal(
  { code, message }: Extract<MessageOutcome, { kind: 'invalid' }>,
  gas: bigint,
): SimulationError {
  const known = CODES[code.slice('TransactionException.'.length)]
  return new SimulationError(known ?? ERROR_CODES.internalError, `err: ${message} (supplied gas ${gas})`)
}
