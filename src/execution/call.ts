import { CELL, type EngineKernel, MODE_SIMULATE, MODE_SKIP_FEES } from '../kernels/index.ts'
import { concatBytes, EMPTY_BYTES, fromBigInt, isAllZero } from '../lib/index.ts'
import { DELEGATION_PREFIX } from '../protocol/index.ts'
import type { CallObserver, CallOutcome, CallRequest } from './CallRequest.ts'
import { ENDING_REVERT, haltMessage } from './halts.ts'
import { writeMessage } from './message.ts'
import { movePrecompiles, OverrideError, type PrecompilePlaces } from './movePrecompiles.ts'
import type { Tiers } from './Tiers.ts'

/** Of an engine: what a call is executed with. */
export type CallMachine = PrecompilePlaces & {
  readonly kernel: EngineKernel
  /** Why the kernel has refused a transaction, by its number of the reason. */
  refusal(kind: number, sender: Uint8Array): { message: string }
}

export function simulateCall(
  engine: CallMachine,
  tiers: Tiers,
  request: CallRequest,
  observer?: CallObserver,
): CallOutcome {
  const { kernel } = engine
  return kernel.keepingEnvironment(() => {
    kernel.exports.beginSimulation()
    try {
      return run(engine, tiers, request, observer)
    } catch (error) {
      if (!(error instanceof OverrideError)) throw error
      return { ...INVALID, error: error.message }
    } finally {
      engine.resetPrecompiles()
      kernel.exports.endSimulation()
    }
  })
}

/** Executes a call like a transaction that is not checked: what it changes is kept, unless it is not valid. */
export function performCall(
  engine: CallMachine,
  tiers: Tiers,
  request: CallRequest,
  observer?: CallObserver,
): CallOutcome {
  const { kernel } = engine
  return kernel.keepingEnvironment(() => {
    let isKept = false
    kernel.exports.beginSimulation()
    try {
      const result = run(engine, tiers, request, observer)
      isKept = result.status !== 'invalid'
      return result
    } finally {
      if (isKept) kernel.exports.keepSimulation()
      else kernel.exports.endSimulation()
    }
  })
}

function run(engine: CallMachine, tiers: Tiers, request: CallRequest, observer?: CallObserver): CallOutcome {
  const { kernel } = engine
  // A call sees the chain as it stands: it does not wait for the parent's hash.
  kernel.setU32(CELL.flags, 0)
  const overrides = request.stateOverrides ?? []
  if (overrides.length > 0) movePrecompiles(engine, overrides)
  overrideBlock(kernel, request)
  overrideState(kernel, tiers, request)
  observer?.begin()
  writeCall(kernel, request)
  kernel.exports.executePrepared()
  // Before the codes of overrides are forgotten.
  tiers.serveHotCodes()
  const result = outcome(engine, request)
  observer?.end(result)
  return result
}

function overrideBlock(kernel: EngineKernel, { blockOverrides: block, gasPrice }: CallRequest): void {
  if (block?.number !== undefined) kernel.setU64(CELL.number, block.number)
  if (block?.time !== undefined) kernel.setU64(CELL.timestamp, block.time)
  if (block?.gasLimit !== undefined) kernel.setU64(CELL.gasLimit, block.gasLimit)
  if (block?.feeRecipient !== undefined) kernel.setWordBytes(CELL.coinbase, block.feeRecipient)
  if (block?.prevRandao !== undefined) kernel.setWordBytes(CELL.prevRandao, block.prevRandao)
  if (block?.baseFeePerGas !== undefined) kernel.setWord(CELL.baseFee, block.baseFeePerGas)
  if (block?.blobBaseFee !== undefined) kernel.setWord(CELL.blobBaseFee, block.blobBaseFee)
  if (gasPrice === 0n) kernel.setWord(CELL.baseFee, 0n)
}

function overrideState(kernel: EngineKernel, tiers: Tiers, request: CallRequest): void {
  for (const { authority, delegate } of request.authorizations) {
    if (authority === undefined) continue
    const code = isAllZero(delegate) ? EMPTY_BYTES : concatBytes(DELEGATION_PREFIX, delegate)
    kernel.exports.overrideCode(kernel.put(authority, 0), kernel.put(code, 32), code.length)
  }
  for (const override of request.stateOverrides ?? []) {
    const at = kernel.put(override.address, 0)
    if (override.balance !== undefined) {
      kernel.exports.overrideBalance(at, kernel.put(fromBigInt(override.balance, 32), 32))
    }
    if (override.nonce !== undefined) {
      kernel.exports.overrideNonce(at, kernel.put(fromBigInt(override.nonce, 8), 32))
    }
    if (override.code !== undefined) {
      const codeId = kernel.exports.overrideCode(at, kernel.put(override.code, 32), override.code.length)
      tiers.adopt(codeId)
    }
    if (override.state !== undefined) kernel.exports.overrideStorage(at)
    for (const { key, value } of [...(override.state ?? []), ...(override.stateDiff ?? [])]) {
      kernel.exports.overrideSlot(at, kernel.put(key, 32), kernel.put(value, 64))
    }
  }
}

function writeCall(kernel: EngineKernel, request: CallRequest): void {
  const { gasPrice } = request
  writeMessage(
    kernel,
    {
      ...{ type: 0, from: request.from, to: request.to, gas: request.gas },
      ...{ value: request.value, data: request.data, accessList: request.accessList },
      ...{ maxFeePerGas: gasPrice, maxPriorityFeePerGas: gasPrice },
      // They are in force already, see overrideState.
      authorizationCount: request.authorizations.length,
    },
    MODE_SIMULATE | (gasPrice === 0n ? MODE_SKIP_FEES : 0),
  )
}

const INVALID: CallOutcome = { status: 'invalid', output: EMPTY_BYTES, gasUsed: 0n, gasRefunded: 0n }

function outcome(engine: CallMachine, request: CallRequest): CallOutcome {
  const { kernel } = engine
  const kind = kernel.view.getInt32(kernel.cells + CELL.resultKind, true)
  if (kind !== 0) {
    const { message } = engine.refusal(kind, request.from)
    return { ...INVALID, error: message }
  }
  const ending = kernel.getU32(CELL.resultEnding)
  const halt = haltMessage(ending)
  const result: CallOutcome = {
    status: halt !== undefined ? 'halt' : ending === ENDING_REVERT ? 'revert' : 'success',
    output: kernel.copy(kernel.getU32(CELL.resultOutput), kernel.getU32(CELL.resultOutput + 4)),
    gasUsed: kernel.getU64(CELL.resultGasUsed),
    gasRefunded: kernel.getU64(CELL.resultGasRefunded),
  }
  if (halt !== undefined) result.error = halt
  if (request.to === undefined) result.created = fromBigInt(kernel.getWord(CELL.resultCreated), 20)
  return result
}
