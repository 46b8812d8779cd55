import { equalBytes } from '../lib/index.ts'
import { callOn, stateOf } from './blockSelection.ts'
import type { ChainView } from './ChainView.ts'
import { callError } from './callErrors.ts'
import { nodeError } from './errors.ts'
import type { RpcContext } from './method.ts'
import { smaller } from './smaller.ts'
import type { CallOutcome, CallRequest } from './ViewCall.ts'

/** Gas of a transaction that only moves ether (Yellow Paper, G_transaction). */
const TRANSFER_GAS = 21_000n

/** Gas that a call with value lends to its callee (Yellow Paper, G_callstipend). */
const CALL_STIPEND = 2_300n

type EstimateOptions = { number: bigint; requestedGas: bigint | undefined; feeCap: bigint }

/** An estimate may be too high by this share: it saves about a third of the executions. */
const ERROR_RATIO = 0.015

/** The search halves its range: 64 rounds for the largest one. */
const MAX_ROUNDS = 64

/**
 * The least gas limit, within 1.5 %, with which a call succeeds (go-ethereum, eth/gasestimator).
 *
 * @param options - `number`: of the block on whose state it is executed; `requestedGas` bounds the search from above; `feeCap` (wei per gas, 0 for none) bounds it by what
 * the sender can pay.
 * @throws RpcError 3 if it reverts, -32000 if it fails otherwise or needs more than is allowed.
 */
export function estimateGas(context: RpcContext, request: CallRequest, options: EstimateOptions): bigint {
  const { view } = context
  const ceiling = highestGas(context, request, options)
  const run = (gas: bigint): CallOutcome => callOn(view, options.number, { ...request, gas })
  if (request.data.length === 0 && request.to !== undefined && ceiling >= TRANSFER_GAS) {
    if (isPlainAccount(context, request, options.number) && run(TRANSFER_GAS).status === 'success')
      return TRANSFER_GAS
  }
  const first = run(ceiling)
  if (needsMoreGas(first)) throw nodeError(`gas required exceeds allowance (${ceiling})`)
  if (first.status === 'invalid') throw nodeError(`failed with ${ceiling} gas: ${first.error}`)
  if (first.status !== 'success') throw callError(first, ceiling)
  return search(run, first, ceiling)
}

function highestGas({ view, limits }: RpcContext, request: CallRequest, options: EstimateOptions): bigint {
  const { number, requestedGas, feeCap } = options
  const blockGas = request.blockOverrides.gasLimit ?? view.getBlock({ number })?.gasLimit ?? limits.callGasCap
  let ceiling = requestedGas !== undefined && requestedGas >= TRANSFER_GAS ? requestedGas : blockGas
  if (limits.transactionGasCap !== undefined) ceiling = smaller(ceiling, limits.transactionGasCap)
  if (feeCap > 0n) {
    const balance = balanceOf(view, request, number)
    if (balance < request.value) throw nodeError('insufficient funds for transfer')
    ceiling = smaller(ceiling, (balance - request.value) / feeCap)
  }
  return smaller(ceiling, limits.callGasCap)
}

function balanceOf(view: ChainView, request: CallRequest, number: bigint): bigint {
  const override = request.stateOverrides.find(({ address }) => equalBytes(address, request.from))
  if (override?.balance !== undefined) return override.balance
  return stateOf(view, { number }).balance(request.from)
}

/** Whether the callee has no code, so that 21,000 gas may be all that is needed. */
function isPlainAccount({ view }: RpcContext, request: CallRequest, number: bigint): boolean {
  const to = request.to!
  const override = request.stateOverrides.find(({ address }) => equalBytes(address, to))
  if (override?.code !== undefined) return override.code.length === 0
  return stateOf(view, { number }).code(to).length === 0
}

function search(run: (gas: bigint) => CallOutcome, first: CallOutcome, ceiling: bigint): bigint {
  let tooLow = first.gasUsed - 1n
  let enough = ceiling
  // Usually right: what it used, plus what the 63/64 rule holds back at one level, and a stipend.
  const guess = ((first.gasUsed + CALL_STIPEND) * 64n) / 63n
  if (guess < enough) {
    if (run(guess).status === 'success') enough = guess
    else tooLow = guess
  }
  for (let round = 0; round < MAX_ROUNDS && tooLow + 1n < enough; round++) {
    if (Number(enough - tooLow) / Number(enough) < ERROR_RATIO) break
    let middle = (enough + tooLow) / 2n
    // Most calls need little more than they use: approach from below.
    if (middle > tooLow * 2n) middle = tooLow * 2n
    if (run(middle).status === 'success') enough = middle
    else tooLow = middle
  }
  return enough
}

/** Whether a call failed only for want of gas. */
function needsMoreGas(outcome: CallOutcome): boolean {
  if (outcome.status === 'halt') return /out of gas/.test(outcome.error ?? '')
  if (outcome.status !== 'invalid') return false
  return /intrinsic gas too low|insufficient gas for floor data gas cost/.test(outcome.error ?? '')
}
