import { isAllZero, padLeft } from '../../lib/index.ts'
import { blockNumberOf, findBlock, stateNotKept } from '../blockSelection.ts'
import type { BlockId } from '../ChainView.ts'
import { nodeError } from '../errors.ts'
import { hexData } from '../format.ts'
import type { AccountsWish, ListedSlots } from '../ListingView.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import {
  type BlockParam,
  parseAddress,
  parseBlock,
  parseBoolean,
  parseCount,
  parseData,
  parseHash,
  wholeNumber,
} from '../params.ts'
import { dumpJson } from '../shapes/index.ts'
import type { ViewBlock } from '../ViewBlock.ts'
import { tracedBlock } from './debugTrace.ts'

/** Accounts of one answer (go-ethereum, eth.AccountRangeMaxResults). */
const MAX_ACCOUNTS = 256
const HASH_BYTES = 32

/** What a state holds, in the order of its trie, and what blocks change of it. */
export const LISTING_METHODS: Record<string, Method> = {
  debug_accountRange: method(
    [
      required('block', parseBlock),
      required('start', parseData),
      required('maxResults', wholeNumber('int')),
      required('noCode', parseBoolean),
      required('noStorage', parseBoolean),
      required('incompletes', parseBoolean),
    ],
    (context, block, start, maxResults, noCode, noStorage, incompletes) =>
      dump(context, block, { start, maxResults, noCode, noStorage, incompletes }),
  ),
  debug_dumpBlock: method([required('block', parseBlock)], (context, block) =>
    dump(context, block, WHOLE_DUMP),
  ),
  debug_storageRangeAt: method(
    [
      required('block', parseBlock),
      required('txIndex', wholeNumber('int')),
      required('address', parseAddress),
      required('start', parseData),
      required('maxResults', wholeNumber('int')),
    ],
    storageRange,
  ),
  debug_getModifiedAccountsByNumber: method(
    [required('start', parseCount), optional('end', parseCount)],
    (context, start, end) => modified(context, { number: start }, end === undefined ? end : { number: end }),
  ),
  debug_getModifiedAccountsByHash: method(
    [required('startHash', parseHash), optional('endHash', parseHash)],
    (context, start, end) => modified(context, { hash: start }, end === undefined ? end : { hash: end }),
  ),
  debug_intermediateRoots: method([required('blockHash', parseHash)], intermediateRoots),
  debug_getBadBlocks: method([], () => []),
}

type DumpWish = {
  start: Uint8Array
  maxResults: number
  noCode: boolean
  noStorage: boolean
  incompletes: boolean
}

const WHOLE_DUMP: DumpWish = {
  ...{ start: new Uint8Array(0), maxResults: MAX_ACCOUNTS },
  ...{ noCode: false, noStorage: false, incompletes: false },
}

async function dump(context: RpcContext, param: BlockParam, wish: DumpWish): Promise<object> {
  const { view, limits } = ofOwnState(context)
  const block = foundBlock(context, param)
  const isCount = wish.maxResults > 0 && wish.maxResults <= MAX_ACCOUNTS
  const range: AccountsWish = {
    // As go-ethereum's BytesToHash.
    start: padLeft(wish.start.subarray(-HASH_BYTES), HASH_BYTES),
    limit: isCount ? wish.maxResults : MAX_ACCOUNTS,
    slotLimit: wish.noStorage ? undefined : limits.maxListedSlots,
  }
  const listed = await view.listing.accounts(block.number, range)
  if (listed === undefined) throw stateNotKept(view, block.number)
  // By then it is sealed.
  const { stateRoot } = view.getBlock({ number: block.number }) ?? block
  return dumpJson(listed, { stateRoot, ...wish })
}

async function storageRange(
  context: RpcContext,
  param: BlockParam,
  index: number,
  address: Uint8Array,
  start: Uint8Array,
  maxResults: number,
): Promise<object> {
  const { view, limits } = ofOwnState(context)
  const block = foundBlock(context, param)
  const { number, transactions } = block
  if (number === 0n) throw nodeError('no transaction in genesis')
  if (index > 0 && index >= transactions.length)
    throw nodeError(
      `transaction index ${index} out of range for block ${hexData(block.hash ?? new Uint8Array(HASH_BYTES))}`,
    )
  const limit = Math.min(maxResults, limits.maxListedSlots)
  const wish = { address, start: hashFromLeft(start), limit }
  const listed = await view.listing.storage({ number, index }, wish)
  if (listed === undefined) throw stateNotKept(view, number - 1n)
  return storageJson(listed, start)
}

function storageJson({ slots, next }: ListedSlots, start: Uint8Array): object {
  const isEmpty = slots.length === 0 && next === undefined && isAllZero(start)
  const entries = slots.map(({ hash, key, value }) => [
    hexData(hash),
    { key: key === undefined ? null : hexData(key), value: hexData(value) },
  ])
  return {
    storage: isEmpty ? null : Object.fromEntries(entries),
    nextKey: next === undefined ? null : hexData(next),
  }
}

async function modified({ view }: RpcContext, start: BlockId, end: BlockId | undefined): Promise<string[]> {
  const first = sealed(view.getBlock(start))
  if (first === undefined) throw nodeError(`start block ${nameOf(start)} not found`)
  const last = end === undefined ? first : sealed(view.getBlock(end))
  if (last === undefined) throw nodeError(`end block ${nameOf(end!)} not found`)
  if (end === undefined && first.number === 0n)
    throw nodeError(`block ${first.number.toString(16)} has no parent`)
  const from = end === undefined ? first.number - 1n : first.number
  if (from >= last.number)
    throw nodeError(`start block height (${from}) must be less than end block height (${last.number})`)
  const addresses = await view.listing.modified(from, last.number)
  if (addresses === undefined) throw stateNotKept(view, from)
  return addresses.map(hexData)
}

function sealed(block: ViewBlock | undefined): ViewBlock | undefined {
  return block?.hash === undefined ? undefined : block
}

function nameOf(id: BlockId): string {
  return 'hash' in id ? hexData(id.hash) : id.number.toString(16)
}

async function intermediateRoots(context: RpcContext, hash: Uint8Array): Promise<string[]> {
  const { view } = ofOwnState(context)
  const { number } = tracedBlock(context, { hash })
  const roots = await view.listing.roots(number)
  if (roots === undefined) throw stateNotKept(view, number - 1n)
  return roots.map(hexData)
}

/** @throws RpcError -32000 in go-ethereum's words. */
function foundBlock({ view }: RpcContext, param: BlockParam): ViewBlock {
  const block = findBlock(view, param)
  if (block !== undefined) return block
  if (typeof param === 'object' && 'hash' in param) throw nodeError(`block ${hexData(param.hash)} not found`)
  throw nodeError(`block #${blockNumberOf(view, param)} not found`)
}

function ofOwnState(context: RpcContext): RpcContext {
  if (context.view.remote !== undefined)
    throw nodeError('the state of a forked chain has no lists: most of it is in no trie here')
  return context
}

/** The beginning of a key: zeros follow. */
function hashFromLeft(bytes: Uint8Array): Uint8Array {
  const hash = new Uint8Array(HASH_BYTES)
  hash.set(bytes.subarray(0, HASH_BYTES))
  return hash
}
