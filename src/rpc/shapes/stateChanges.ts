import { toBigInt } from '../../lib/index.ts'
import { EMPTY_CODE_HASH } from '../../protocol/index.ts'
import { type Hex, hexData, hexQuantity } from '../format.ts'
import type { ViewChunk } from '../MiniBlockView.ts'
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
  unchanged?: { nonce: bigint; balance: bigint },
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

const EMPTY_CODE = hexData(EMPTY_CODE_HASH)
