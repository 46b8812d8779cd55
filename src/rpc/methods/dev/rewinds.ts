import { type CallParams, parseCall } from '../../callParams.ts'
import type { DevChain } from '../../DevChain.ts'
import { invalidParams } from '../../errors.ts'
import { type Hex, hexQuantity } from '../../format.ts'
import { type Method, optional, type RpcContext, required } from '../../method.ts'
import { isObject, ParamError, type Parser, parseData } from '../../params.ts'
import { hashOf, send } from './accounts.ts'
import { devMethod, parseLooseBig } from './devMethod.ts'

/** Blocks that a reorganisation makes anew, at most. */
const REORG_LIMIT = 1_000n

/** A transaction, signed or to be signed, and the block that it comes into, from 0. */
type Placed = { transaction: Uint8Array | CallParams; block: bigint }

const parsePlaced: Parser<Placed[]> = (value, field) => {
  if (!Array.isArray(value)) throw new ParamError('transactions are a list of pairs')
  return value.map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new ParamError('a transaction and the block that it comes into')
    const [transaction, block] = pair
    return {
      transaction: typeof transaction === 'string' ? parseData(transaction) : parseCall(transaction, field),
      block: parseLooseBig(block, field),
    }
  })
}

/** Without the url of another chain. */
const parseReset: Parser<undefined> = (value) => {
  if (isObject(value) && (value.forking ?? value.jsonRpcUrl) == null) return undefined
  throw new ParamError('a chain is reset to its own genesis; start with another to fork')
}

/** Gives up blocks, and makes as many others in their place. */
async function reorg(
  dev: DevChain,
  context: RpcContext,
  depth: bigint,
  placed: readonly Placed[],
): Promise<null> {
  if (depth > REORG_LIMIT) throw invalidParams(`Reorg depth must not exceed ${REORG_LIMIT}, not ${depth}`)
  if (depth > dev.rewinds.height) {
    const height = dev.rewinds.height
    throw invalidParams(
      `Reorg depth must not exceed current chain height: current height ${height}, depth ${depth}`,
    )
  }
  const outside = placed.find(({ block }) => block >= depth)
  if (outside !== undefined)
    throw invalidParams(
      `Block number for reorg tx will exceed the reorged chain height. Block number ${outside.block} must not exceed (depth-1) ${depth - 1n}`,
    )
  const { mining } = dev
  await dev.setMining({ kind: 'manual' })
  try {
    await dev.rewinds.rollback(depth)
    for (let block = 0n; block < depth; block++) {
      for (const each of placed) if (each.block === block) await submit(dev, context, each.transaction)
      await dev.mine({ count: 1 })
    }
  } finally {
    await dev.setMining(mining)
  }
  return null
}

async function submit(dev: DevChain, context: RpcContext, transaction: Placed['transaction']): Promise<Hex> {
  if (transaction instanceof Uint8Array) return hashOf(await context.view.submit(transaction))
  return await send(dev, context, transaction)
}

const snapshot = devMethod([], async (dev) => hexQuantity(await dev.rewinds.snapshot()))

const revert = devMethod([required('id', parseLooseBig)], (dev, _, id) => dev.rewinds.revert(id))

const reset = (answer: unknown): Method =>
  devMethod([optional('options', parseReset)], async (dev) => {
    await dev.drop({})
    await dev.rewinds.reset()
    return answer
  })

/** Go back to an earlier state of the chain. */
export const DEV_REWIND_METHODS: Record<string, Method> = {
  evm_snapshot: snapshot,
  anvil_snapshot: snapshot,
  evm_revert: revert,
  anvil_revert: revert,
  anvil_rollback: devMethod([optional('depth', parseLooseBig)], async (dev, _, depth = 1n) => {
    await dev.rewinds.rollback(depth)
    return null
  }),
  anvil_reorg: devMethod(
    [required('depth', parseLooseBig), required('transactions', parsePlaced)],
    (dev, context, depth, placed) => reorg(dev, context, depth, placed),
  ),
  anvil_reset: reset(null),
  hardhat_reset: reset(true),
}
