import type { BlockId, ChainView, StatePoint, StateReader } from './ChainView.ts'
import { nodeError } from './errors.ts'
import { hexData } from './format.ts'
import type { BlockParam, BlockTag } from './params.ts'
import { smaller } from './smaller.ts'
import type { ViewBlock } from './ViewBlock.ts'
import type { CallOutcome, CallRequest } from './ViewCall.ts'

/** The number that a block parameter means now; a number that is given is taken as it is. */
export function blockNumberOf(view: ChainView, block: BlockTag | { number: bigint }): bigint {
  if (typeof block === 'object') return block.number
  switch (block) {
    case 'earliest':
      return 0n
    case 'safe':
    case 'finalized':
      return smaller(view.durableNumber, view.sealedNumber)
    default:
      return view.headNumber
  }
}

/**
 * The block that a parameter asks to see. `latest` is the newest sealed one: clients want its hash. `pending` may be open,
 * and so may one that is asked for by its number.
 */
export function findBlock(view: ChainView, block: BlockParam): ViewBlock | undefined {
  return block === 'latest' ? view.getBlock({ number: view.sealedNumber }) : findStateBlock(view, block)
}

/** The block whose state a parameter means: of `latest` the newest step's, which may be in an open block. */
export function findStateBlock(view: ChainView, block: BlockParam): ViewBlock | undefined {
  const id: BlockId =
    typeof block === 'object' && 'hash' in block ? block : { number: blockNumberOf(view, block) }
  return view.getBlock(id)
}

/**
 * Number of the block whose state a parameter asks for.
 *
 * @throws RpcError -32000 when there is no such block.
 */
export function stateNumberOf(view: ChainView, block: BlockParam): bigint {
  if (typeof block === 'object' && 'hash' in block) {
    const found = view.getBlock(block)
    if (found === undefined) throw nodeError('header for hash not found')
    return found.number
  }
  const number = blockNumberOf(view, block)
  if (number > view.headNumber) throw nodeError('header not found')
  return number
}

/**
 * Reads state as of a block; the newest block's state is the newest execution step's.
 *
 * @throws RpcError -32000 when there is no such block or its state is not kept.
 */
export function stateOf(view: ChainView, block: BlockParam): StateReader {
  const number = stateNumberOf(view, block)
  const point: StatePoint = number === view.headNumber ? 'latest' : { number }
  const reader = view.stateAt(point)
  if (reader === undefined) throw stateNotKept(view, number)
  return reader
}

/**
 * Executes on the state after a block; on that of the newest block on the newest execution step's.
 *
 * @throws RpcError -32000 when the state is not kept.
 */
export function callOn(view: ChainView, number: bigint, request: CallRequest): CallOutcome {
  const outcome = view.callAt(request, number)
  if (outcome === undefined) throw stateNotKept(view, number)
  return outcome
}

/** Begins as go-ethereum's message does, by which clients know that they need another node. */
export function stateNotKept(view: ChainView, number: bigint): Error {
  const root = hexData(view.getBlock({ number })?.stateRoot ?? new Uint8Array(32))
  return nodeError(
    `missing trie node ${root} (path ) state ${root} is not available: of block ${number}; this node keeps the states of recent blocks, up to block ${view.headNumber}`,
  )
}
