import { toBigInt } from '../../lib/index.ts'
import { EMPTY_CODE_HASH } from '../../protocol/index.ts'
import { type Hex, hexData, hexQuantity } from '../format.ts'
import type { AccountFields, ViewChunk, ViewMiniBlock } from '../MiniBlockView.ts'
import { type AccountChanges, changesOf } from '../stateChanges.ts'

/** An account that changed: MegaETH's stateChanges, and what it takes to follow the whole state beside. */
export type AccountChangesJson = {
  address: Hex
  nonce?: number
  balance?: Hex
  storage: Record<string, Hex>
  /** Leveret's own, like those below: of an account that has code. */
  codeHash?: Hex
  code?: Hex
  /** It is no longer there. */
  deleted?: true
}

export type ChunkChangesJson = {
  /** Index in the EVM block of the chunk's first transaction. */
  transactionIndex: Hex
  transactionCount: Hex
  accounts: AccountChangesJson[]
}

/** @param unchanged - nonce and balance of an account of which only slots changed, if they are wanted and known. */
export function accountChangesJson(
  { address, account, slots, code }: AccountChanges,
  unchanged?: AccountFields,
): AccountChangesJson {
  const fields = account ?? unchanged
  return {
    address: hexData(address),
    ...(fields === undefined ? {} : { nonce: Number(fields.nonce), balance: hexQuantity(fields.balance) }),
    storage: Object.fromEntries([...slots].map(([key, value]) => [key, hexQuantity(toBigInt(value))])),
    ...(account === undefined || account.deleted || hexData(account.codeHash) === EMPTY_CODE
      ? {}
      : { codeHash: hexData(account.codeHash) }),
    ...(code === undefined ? {} : { code: hexData(code) }),
    ...(account?.deleted ? { deleted: true } : {}),
  }
}

/** All changes of some chunks, as they followed one another. */
export function chunkChangesJson(chunks: readonly ViewChunk[]): ChunkChangesJson[] {
  return chunks.map((chunk) => ({
    transactionIndex: hexQuantity(chunk.firstTransactionIndex),
    transactionCount: hexQuantity(chunk.transactionCount),
    accounts: changesOf(chunk).map((changes) => accountChangesJson(changes)),
  }))
}

/** A notification of stateChanges for one account. */
export function accountNotificationJson(
  changes: AccountChanges,
  { blockNumber }: Pick<ViewMiniBlock, 'blockNumber'>,
  unchanged: AccountFields | undefined,
): object {
  const { first, last } = changes
  const end = last.firstTransactionIndex + last.transactionCount
  return {
    ...accountChangesJson(changes, unchanged),
    blockNumber: hexQuantity(blockNumber),
    transactionIndex: hexQuantity(first.firstTransactionIndex),
    transactionCount: hexQuantity(end - first.firstTransactionIndex),
  }
}

/** A notification of stateChanges for all accounts. */
export function stateChangesJson(miniBlock: ViewMiniBlock): object {
  return {
    mini_block_number: hexQuantity(miniBlock.number),
    block_number: hexQuantity(miniBlock.blockNumber),
    index: hexQuantity(miniBlock.indexInBlock),
    digest: hexData(miniBlock.digest),
    parent_digest: hexData(miniBlock.parentDigest),
    ...(miniBlock.rewindTo === undefined ? {} : { rewind_to: hexQuantity(miniBlock.rewindTo) }),
    state_changes: chunkChangesJson(miniBlock.chunks),
  }
}

const EMPTY_CODE = hexData(EMPTY_CODE_HASH)
