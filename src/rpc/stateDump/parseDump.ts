import { bytesToHex, fromBigInt } from '../../lib/index.ts'
import {
  type AccountWrite,
  type Authorization,
  type ExecutedTransaction,
  encodeReceipt,
  encodeTransaction,
  type Header,
  type Log,
  type Transaction,
} from '../../protocol/index.ts'
import { DevError } from '../DevError.ts'
import { isObject, parseAddress, parseData, parseHash } from '../params.ts'
import type { DumpedBlock, ReadDump } from '../StateDumps.ts'

type Json = Record<string, unknown>

/**
 * Reads the JSON of a dump, of anvil's form. Of blocks it takes those that end with the best one and have no gap between
 * them.
 *
 * @throws DumpError
 */
export function parseDump(text: string): ReadDump {
  try {
    const json = object(JSON.parse(text), 'the dump')
    const accounts = Object.entries(object(json.accounts, 'accounts')).map(([address, account]) =>
      accountOf(address, object(account, address)),
    )
    return { accounts, blocks: blocksOf(json) }
  } catch (error) {
    if (error instanceof DumpError) throw error
    throw new DumpError((error as Error).message)
  }
}

function accountOf(address: string, { nonce, balance, code, storage }: Json): AccountWrite {
  const slots = Object.entries(storage === undefined ? {} : object(storage, 'storage')).map(
    ([key, value]) => ({
      key: fromBigInt(number(key), 32),
      value: fromBigInt(number(value), 32),
    }),
  )
  return {
    address: parseAddress(address),
    nonce: number(nonce ?? 0),
    balance: number(balance),
    code: parseData(code ?? '0x'),
    slots,
  }
}

function blocksOf(json: Json): DumpedBlock[] {
  const mined = new Map(
    list(json.transactions).map((each) => {
      const transaction = object(each, 'a transaction')
      return [String(object(transaction.info, 'info').transaction_hash), transaction]
    }),
  )
  const byNumber = new Map<bigint, DumpedBlock>()
  for (const each of list(json.blocks)) {
    const block = blockOf(object(each, 'a block'), mined)
    byNumber.set(block.header.number, block)
  }
  const numbers = [...byNumber.keys()].sort((a, b) => (a < b ? -1 : 1))
  const best = json.best_block_number == null ? numbers.at(-1) : number(json.best_block_number)
  const blocks: DumpedBlock[] = []
  for (let next = best ?? 0n; byNumber.has(next); next--) blocks.push(byNumber.get(next)!)
  return blocks.reverse()
}

function blockOf({ header, transactions }: Json, mined: ReadonlyMap<string, Json>): DumpedBlock {
  return {
    header: headerOf(object(header, 'a header')),
    transactions: list(transactions).map((each) => {
      const json = object(each, 'a transaction')
      const fields = object(json.transaction ?? json, 'a transaction')
      const transaction = mined.get(String(fields.hash))
      if (transaction === undefined) throw new DumpError(`transaction ${fields.hash} has no receipt`)
      return executedOf(fields, transaction)
    }),
  }
}

function executedOf(fields: Json, { info, receipt }: Json): ExecutedTransaction {
  const transaction = transactionOf(fields)
  return {
    sender: parseAddress(object(info, 'info').from),
    hash: parseHash(fields.hash),
    raw: encodeTransaction(transaction),
    receipt: receiptOf(object(receipt, 'a receipt'), transaction.type),
  }
}

function receiptOf(
  { status, cumulativeGasUsed, logs, logsBloom }: Json,
  type: Transaction['type'],
): Uint8Array {
  return encodeReceipt({
    type,
    status: status === true || (status !== false && number(status) === 1n) ? 1 : 0,
    cumulativeGasUsed: number(cumulativeGasUsed),
    bloom: bytes(logsBloom, 256),
    logs: list(logs).map((each): Log => {
      const { address, topics, data } = object(each, 'a log')
      return {
        address: parseAddress(address),
        topics: list(topics).map((topic) => parseHash(topic)),
        data: parseData(data),
      }
    }),
  })
}

function headerOf(json: Json): Header {
  const optional = <T>(value: unknown, parse: (value: unknown) => T): T | undefined =>
    value == null ? undefined : parse(value)
  return {
    parentHash: parseHash(json.parentHash),
    ommersHash: parseHash(json.sha3Uncles),
    coinbase: parseAddress(json.miner),
    stateRoot: parseHash(json.stateRoot),
    transactionsRoot: parseHash(json.transactionsRoot),
    receiptsRoot: parseHash(json.receiptsRoot),
    logsBloom: bytes(json.logsBloom, 256),
    difficulty: number(json.difficulty),
    number: number(json.number),
    gasLimit: number(json.gasLimit),
    gasUsed: number(json.gasUsed),
    timestamp: number(json.timestamp),
    extraData: parseData(json.extraData),
    prevRandao: parseHash(json.mixHash),
    nonce: bytes(json.nonce, 8),
    baseFeePerGas: optional(json.baseFeePerGas, number),
    withdrawalsRoot: optional(json.withdrawalsRoot, parseHash),
    blobGasUsed: optional(json.blobGasUsed, number),
    excessBlobGas: optional(json.excessBlobGas, number),
    parentBeaconBlockRoot: optional(json.parentBeaconBlockRoot, parseHash),
    requestsHash: optional(json.requestsHash, parseHash),
  }
}

function transactionOf(json: Json): Transaction {
  const type = Number(number(json.type ?? 0))
  const common = {
    nonce: number(json.nonce),
    gasLimit: number(json.gas),
    to: json.to == null ? undefined : parseAddress(json.to),
    value: number(json.value),
    data: parseData(json.input ?? '0x'),
    ...{ r: number(json.r), s: number(json.s) },
  }
  if (type === 0) return legacyOf(json, common)
  const yParity = number(json.yParity ?? json.v) === 1n ? 1 : 0
  const chainId = number(json.chainId)
  const accessList = list(json.accessList).map((each) => {
    const { address, storageKeys } = object(each, 'an access list')
    return { address: parseAddress(address), storageKeys: list(storageKeys).map((key) => parseHash(key)) }
  })
  if (type === 1) return { ...common, type, yParity, chainId, accessList, gasPrice: number(json.gasPrice) }
  const fees = {
    maxFeePerGas: number(json.maxFeePerGas),
    maxPriorityFeePerGas: number(json.maxPriorityFeePerGas),
  }
  const priced = { ...common, yParity, chainId, accessList, ...fees } as const
  if (type === 2) return { ...priced, type }
  if (common.to === undefined || (type !== 3 && type !== 4))
    throw new DumpError(`a transaction of type ${type}`)
  if (type === 4)
    return {
      ...priced,
      type,
      to: common.to,
      authorizationList: list(json.authorizationList).map(authorizationOf),
    }
  const blobVersionedHashes = list(json.blobVersionedHashes).map((hash) => parseHash(hash))
  return {
    ...priced,
    type,
    to: common.to,
    maxFeePerBlobGas: number(json.maxFeePerBlobGas),
    blobVersionedHashes,
  }
}

function legacyOf(
  json: Json,
  common: Omit<Transaction & { type: 0 }, 'type' | 'chainId' | 'gasPrice' | 'yParity'>,
): Transaction {
  const v = number(json.v)
  const chainId = v >= 35n ? (v - 35n) / 2n : undefined
  const yParity = (chainId === undefined ? v === 28n || v === 1n : (v - 35n) % 2n === 1n) ? 1 : 0
  return { ...common, type: 0, yParity, chainId, gasPrice: number(json.gasPrice) }
}

function authorizationOf(value: unknown): Authorization {
  const { chainId, address, nonce, yParity, r, s } = object(value, 'an authorization')
  return {
    chainId: number(chainId),
    address: parseAddress(address),
    nonce: number(nonce),
    yParity: Number(number(yParity)),
    ...{ r: number(r), s: number(s) },
  }
}

function object(value: unknown, what: string): Json {
  if (!isObject(value)) throw new DumpError(`${what} is no object`)
  return value
}

function list(value: unknown): unknown[] {
  if (value == null) return []
  if (!Array.isArray(value)) throw new DumpError('a list is no list')
  return value
}

/** A quantity, a padded one, or a plain number. */
function number(value: unknown): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  if (typeof value === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(value)) return BigInt(value)
  throw new DumpError(`no number: ${JSON.stringify(value)}`)
}

function bytes(value: unknown, length: number): Uint8Array {
  const found = parseData(value)
  if (found.length !== length) throw new DumpError(`${length} bytes are wanted, not ${bytesToHex(found)}`)
  return found
}

/** What is no dump. */
export class DumpError extends DevError {
  constructor(reason: string) {
    super(`Failed to decode state dump: ${reason}`)
  }
}
