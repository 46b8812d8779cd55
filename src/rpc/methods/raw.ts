import { type EvmBlock, encodeBlock, encodeHeader, type Header } from '../../protocol/index.ts'
import { findBlock } from '../blockSelection.ts'
import { nodeError } from '../errors.ts'
import { hexData } from '../format.ts'
import { type Method, method, type RpcContext, required } from '../method.ts'
import { type BlockParam, parseBlock, parseHash } from '../params.ts'
import type { ViewBlock } from '../ViewBlock.ts'
import { rawTransaction } from './transactions.ts'

const BLOCK = [required('block', parseBlock)] as const

/** What the chain consists of, as it is encoded. */
export const RAW_METHODS: Record<string, Method> = {
  debug_getRawHeader: method(BLOCK, (context, block) =>
    hexData(encodeHeader(sealedBlock(context, block).header)),
  ),
  debug_getRawBlock: method(BLOCK, (context, block) =>
    hexData(encodeBlock(bodyOf(sealedBlock(context, block)))),
  ),
  debug_getRawReceipts: method(BLOCK, ({ view }, block) => {
    const found = findBlock(view, block)
    if (found === undefined) throw nodeError('block not found')
    return Array.from(found.transactions, ({ receipt }) => hexData(receipt))
  }),
  debug_getRawTransaction: method([required('hash', parseHash)], rawTransaction),
}

type SealedBlock = ViewBlock & { header: Header }

function sealedBlock({ view }: RpcContext, block: BlockParam): SealedBlock {
  const found = findBlock(view, block)
  if (found === undefined) throw nodeError('block not found')
  if (found.header === undefined) throw nodeError(`block ${found.number} is not sealed yet: it has no header`)
  return found as SealedBlock
}

function bodyOf({ header, transactions }: SealedBlock): EvmBlock {
  return {
    header,
    transactions: Array.from(transactions, ({ raw }) => raw),
    ommers: [],
    withdrawals: header.withdrawalsRoot === undefined ? undefined : [],
  }
}
