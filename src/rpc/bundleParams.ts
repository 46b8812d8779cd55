import { type CallParams, memberReader, parseBlockOverrides, parseCall } from './callParams.ts'
import {
  type BlockParam,
  isObject,
  jsonKind,
  mismatch,
  ParamError,
  type Parser,
  parseAddress,
  parseBig,
  parseBlock,
  parseHash,
  parseList,
  parseUint64,
  wholeNumber,
} from './params.ts'
import type { BlockOverrides } from './ViewCall.ts'

/** Calls of eth_callMany that share a block (Erigon, Bundle). */
export type Bundle = {
  transactions: CallParams[]
  blockOverrides: BlockOverrides
  /** What BLOCKHASH gives, by number. */
  blockHashes: ReadonlyMap<bigint, Uint8Array>
}

/** Where they begin (Erigon, StateContext). */
export type SimulationContext = {
  block: BlockParam
  /** Undefined: after the block. */
  transactionIndex: number | undefined
}

export const parseBundles: Parser<Bundle[]> = (value, field) =>
  parseList(value, parseBundle, '[]jsonrpc.Bundle', field)

const parseBundle: Parser<Bundle> = (value) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'jsonrpc.Bundle')
  const read = memberReader(value, 'Bundle')
  const override = read('blockOverride', parseOverride)
  return {
    transactions: read('transactions', parseCalls) ?? [],
    blockOverrides: override?.blockOverrides ?? {},
    blockHashes: override?.blockHashes ?? new Map(),
  }
}

const parseCalls: Parser<CallParams[]> = (value, field) =>
  parseList(value, parseCall, '[]ethapi.CallArgs', field)

/** Erigon's names beside go-ethereum's. */
const parseOverride: Parser<Pick<Bundle, 'blockOverrides' | 'blockHashes'>> = (value) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'jsonrpc.BlockOverrides')
  const read = memberReader(value, 'BlockOverrides')
  const named: BlockOverrides = {}
  const number = read('blockNumber', parseUint64)
  if (number !== undefined) named.number = number
  const time = read('timestamp', parseUint64)
  if (time !== undefined) named.time = time
  const feeRecipient = read('coinbase', parseAddress)
  if (feeRecipient !== undefined) named.feeRecipient = feeRecipient
  const baseFeePerGas = read('baseFee', parseBig)
  if (baseFeePerGas !== undefined) named.baseFeePerGas = baseFeePerGas
  return {
    blockOverrides: { ...parseBlockOverrides(value), ...named },
    blockHashes: read('blockHash', parseBlockHashes) ?? new Map(),
  }
}

const parseBlockHashes: Parser<Map<bigint, Uint8Array>> = (value, field) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'map[uint64]common.Hash', field)
  const entries = Object.entries(value).map(([number, hash]) => {
    if (!/^(0x[0-9a-fA-F]{1,16}|[0-9]{1,19})$/.test(number))
      throw new ParamError(`invalid block number "${number}"`)
    return [BigInt(number), parseHash(hash, field)] as const
  })
  return new Map(entries)
}

export const parseSimulationContext: Parser<SimulationContext> = (value) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'jsonrpc.StateContext')
  const read = memberReader(value, 'StateContext')
  return {
    block: read('blockNumber', parseBlock) ?? 'latest',
    transactionIndex: read('transactionIndex', parseTransactionIndex),
  }
}

/** -1 means all. */
const parseTransactionIndex: Parser<number | undefined> = (value, field) => {
  if (!Number.isSafeInteger(value) || (value as number) < -1) throw mismatch(jsonKind(value), 'int', field)
  return value === -1 ? undefined : (value as number)
}

/** Milliseconds. */
export const parseTimeout: Parser<number> = wholeNumber('int64')
