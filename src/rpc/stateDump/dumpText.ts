import { inTurns } from '../../lib/index.ts'
import { type AccountWrite, createdAddress, type Log } from '../../protocol/index.ts'
import { hexData, hexQuantity } from '../format.ts'
import type { StateDump } from '../StateDumps.ts'
import { bareTransactionJson, decodeExecuted, decodeOwnReceipt, headerJson } from '../shapes/index.ts'
import type { ViewBlock } from '../ViewBlock.ts'

/**
 * A dump as JSON of anvil's form (1.7, SerializableState), which anvil loads: without the traces and past states that
 * anvil's own may have besides.
 */
export async function dumpText({ accounts, blocks }: StateDump): Promise<string> {
  const newest = blocks.at(-1)
  const accountTexts = await texts(accounts, (account) => [
    `"${hexData(account.address)}":${JSON.stringify(accountJson(account))}`,
  ])
  return [
    `{"block":${JSON.stringify(newest === undefined ? null : environmentJson(newest))}`,
    `"accounts":{${accountTexts.join(',')}}`,
    `"best_block_number":${newest?.number ?? null}`,
    `"blocks":[${(await texts(blocks, (block) => [JSON.stringify(blockJson(block))])).join(',')}]`,
    `"transactions":[${(await texts(blocks, minedTexts)).join(',')}]`,
    '"historical_states":null}',
  ].join(',')
}

async function texts<T>(entries: readonly T[], textsOf: (entry: T) => string[]): Promise<string[]> {
  const found: string[] = []
  await inTurns(entries, (entry) => found.push(...textsOf(entry)))
  return found
}

function accountJson({ nonce = 0n, balance = 0n, code, slots = [] }: AccountWrite): object {
  return {
    nonce: Number(nonce),
    balance: hexQuantity(balance),
    code: code === undefined ? '0x' : hexData(code),
    storage: Object.fromEntries(slots.map(({ key, value }) => [hexData(key), hexData(value)])),
  }
}

/** The newest block as anvil executes in it. */
function environmentJson(block: ViewBlock): object {
  return {
    number: hexQuantity(block.number),
    beneficiary: hexData(block.coinbase),
    timestamp: hexQuantity(block.timestamp),
    gas_limit: Number(block.gasLimit),
    basefee: Number(block.baseFeePerGas),
    difficulty: '0x0',
    prevrandao: hexData(block.prevRandao),
    blob_excess_gas_and_price: { excess_blob_gas: Number(block.excessBlobGas ?? 0n), blob_gasprice: 1 },
    slot_num: 0,
  }
}

function blockJson(block: ViewBlock): object {
  return {
    header: headerJson(block),
    transactions: Array.from(block.transactions, ({ raw, hash }) => ({
      transaction: { ...bareTransactionJson(raw), hash: hexData(hash) },
      impersonated_sender: null,
    })),
    ommers: [],
    withdrawals: null,
  }
}

/** Transactions with their receipts. */
function minedTexts(block: ViewBlock): string[] {
  let gasBefore = 0n
  return Array.from(block.transactions, ({ raw, hash, sender, receipt }, index) => {
    const { to, nonce } = decodeExecuted(raw)
    const { status, cumulativeGasUsed, bloom, logs, type } = decodeOwnReceipt(receipt)
    const gasUsed = cumulativeGasUsed - gasBefore
    gasBefore = cumulativeGasUsed
    return JSON.stringify({
      info: {
        transaction_hash: hexData(hash),
        transaction_index: index,
        from: hexData(sender),
        to: to === undefined ? null : hexData(to),
        contract_address: to === undefined ? hexData(createdAddress(sender, nonce)) : null,
        traces: [],
        exit: status === 1 ? 'Stop' : 'Revert',
        out: '0x',
        nonce: Number(nonce),
        gas_used: Number(gasUsed),
      },
      receipt: {
        type: hexQuantity(type),
        status: hexQuantity(status),
        cumulativeGasUsed: hexQuantity(cumulativeGasUsed),
        logs: logs.map(logFields),
        logsBloom: hexData(bloom),
      },
      block_hash: block.hash === undefined ? null : hexData(block.hash),
      block_number: Number(block.number),
    })
  })
}

function logFields({ address, topics, data }: Log): object {
  return { address: hexData(address), topics: topics.map(hexData), data: hexData(data) }
}
