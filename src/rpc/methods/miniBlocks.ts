import { nextTurn } from '../../lib/index.ts'
import { invalidParams } from '../errors.ts'
import { hexQuantity } from '../format.ts'
import type { ViewMiniBlock } from '../MiniBlockView.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import { isObject, jsonKind, mismatch, type Parser, parseBoolean, parseUint64 } from '../params.ts'
import { prunedError } from '../prunedError.ts'
import { miniBlockJson } from '../shapes/index.ts'

/** `latest` is the newest that is sealed. */
const parseMiniBlock: Parser<bigint | 'latest'> = (value, field) =>
  value === 'latest' ? value : parseUint64(value, field)

const parseOptions: Parser<{ stateChanges: boolean }> = (value) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'object')
  const { stateChanges } = value
  return { stateChanges: stateChanges == null ? false : parseBoolean(stateChanges, '.stateChanges') }
}

const OPTIONS = optional('options', parseOptions, { stateChanges: false })

/** Mini-blocks by number. */
export const MINI_BLOCK_METHODS: Record<string, Method> = {
  leveret_getMiniBlock: method([required('number', parseMiniBlock), OPTIONS], getMiniBlock),
  leveret_getMiniBlocks: method(
    [required('from', parseMiniBlock), required('to', parseMiniBlock), OPTIONS],
    getMiniBlocks,
  ),
}

type Options = { stateChanges: boolean }

async function getMiniBlock(
  context: RpcContext,
  wanted: bigint | 'latest',
  options: Options,
): Promise<object | null> {
  const number = numberOf(context, wanted)
  for await (const miniBlock of keptFrom(context, number))
    return miniBlockJson(miniBlock, context.view, options)
  return null
}

/** As many of a range as one answer may have, and where to go on. */
async function getMiniBlocks(
  context: RpcContext,
  from: bigint | 'latest',
  to: bigint | 'latest',
  options: Options,
): Promise<{ miniBlocks: object[]; next: string | null }> {
  const { maxMiniBlocks, maxAnswerBytes } = context.limits
  const last = numberOf(context, to)
  let next = numberOf(context, from)
  if (next > last) throw invalidParams('invalid mini-block range params')
  const miniBlocks: object[] = []
  let length = 0
  for await (const miniBlock of keptFrom(context, next)) {
    const shape = miniBlockJson(miniBlock, context.view, options)
    length += JSON.stringify(shape).length
    // One is given in any case: who goes on comes to an end.
    if (miniBlocks.length > 0 && length > maxAnswerBytes - ROOM_BYTES) break
    miniBlocks.push(shape)
    next = miniBlock.number + 1n
    if (next > last || miniBlocks.length >= maxMiniBlocks) break
    await nextTurn()
  }
  return { miniBlocks, next: next > last ? null : hexQuantity(next) }
}

/** For what stands around the mini-blocks in an answer. */
const ROOM_BYTES = 64 * 1024

function numberOf({ view }: RpcContext, number: bigint | 'latest'): bigint {
  return number === 'latest' ? view.miniBlocks.newest : number
}

async function* keptFrom({ view }: RpcContext, from: bigint): AsyncGenerator<ViewMiniBlock, void> {
  try {
    yield* view.miniBlocks.read(from)
  } catch (error) {
    throw prunedError(error)
  }
}
