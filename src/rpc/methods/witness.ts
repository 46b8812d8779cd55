import { findBlock, stateNotKept } from '../blockSelection.ts'
import { nodeError } from '../errors.ts'
import { hexData } from '../format.ts'
import { type Method, method, type RpcContext, required } from '../method.ts'
import { type BlockParam, parseBlock, parseHash } from '../params.ts'
import { headerJson } from '../shapes/index.ts'

/** What it takes to execute a block again without the rest of the state. */
export const WITNESS_METHODS: Record<string, Method> = {
  debug_executionWitness: method([required('block', parseBlock)], (context, block) =>
    executionWitness(context, block),
  ),
  debug_executionWitnessByHash: method([required('blockHash', parseHash)], (context, hash) =>
    executionWitness(context, { hash }),
  ),
}

async function executionWitness({ view }: RpcContext, block: BlockParam): Promise<object> {
  if (view.remote !== undefined)
    throw nodeError('a forked chain has no witnesses: most of its state is in no trie here')
  const found = findBlock(view, block)
  if (found === undefined) throw nodeError('block not found')
  const { number } = found
  if (found.hash === undefined) throw nodeError(`block ${number} is not sealed yet`)
  if (view.getBlock({ number: number - 1n }) === undefined)
    throw nodeError(`block number ${number} found, but parent missing`)
  const witness = await view.execution.witness(number)
  if (witness === undefined) throw stateNotKept(view, number - 1n)
  const { headers, codes, state, keys } = witness
  return {
    headers: headers.map(headerJson),
    codes: codes.map(hexData),
    state: state.map(hexData),
    keys: keys.map(hexData),
  }
}
