import type { BlockId, ChainView, StatePoint, StateReader, ViewBlock } from './ChainView.ts'
import { nodeError } from './errors.ts'
import type { BlockParam, BlockTag } from './params.ts'
import { smaller } from './smaller.ts'

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

/** How to look a block up. */
function blockIdOf(view: ChainView, block: BlockParam): BlockId {
  return typeof block === 'object' && 'hash' in block ? block : { number: blockNumberOf(view, block) }
}

export function findBlock(view: ChainView, block: BlockParam): ViewBlock | undefined {
  return view.getBlock(blockIdOf(view, block))
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
export async function stateOf(view: ChainView, block: BlockParam): Promise<StateReader> {
  const number = stateNumberOf(view, block)
  const point: StatePoint = number === view.headNumber ? 'latest' : { number }
  const reader = await view.stateAt(point)
  if (reader === undefined) throw stateNotKept(view, number)
  return reader
}

export function stateNotKept(view: ChainView, number: bigint): Error {
  return nodeError(
    `state of block ${number} is not kept: this node has that of recent blocks only, up to block ${view.headNumber}`,
  )
}
