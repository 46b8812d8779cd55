import type { Authorization } from '../protocol/index.ts'
import {
  isObject,
  jsonKind,
  mismatch,
  ParamError,
  type Parser,
  parseAddress,
  parseBig,
  parseData,
  parseHash,
  parseList,
  parseUint64,
} from './params.ts'
import type { BlockOverrides, CallRequest, StateOverride } from './ViewCall.ts'

/** The call object of eth_call and eth_estimateGas (go-ethereum, TransactionArgs); what wasn't given is undefined. */
export type CallParams = {
  from: Uint8Array | undefined
  to: Uint8Array | undefined
  gas: bigint | undefined
  gasPrice: bigint | undefined
  maxFeePerGas: bigint | undefined
  maxPriorityFeePerGas: bigint | undefined
  value: bigint | undefined
  nonce: bigint | undefined
  chainId: bigint | undefined
  data: Uint8Array
  accessList: CallRequest['accessList']
  /** An empty list is one all the same, and no transaction may have it (EIP-7702). */
  authorizations: Authorization[] | undefined
  maxFeePerBlobGas: bigint | undefined
  blobVersionedHashes: Uint8Array[] | undefined
}

export const parseCall: Parser<CallParams> = (value) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'ethapi.TransactionArgs')
  const read = memberReader(value, 'TransactionArgs')
  return {
    from: read('from', parseAddress),
    to: read('to', parseAddress),
    gas: read('gas', parseUint64),
    gasPrice: read('gasPrice', parseBig),
    maxFeePerGas: read('maxFeePerGas', parseBig),
    maxPriorityFeePerGas: read('maxPriorityFeePerGas', parseBig),
    value: read('value', parseBig),
    nonce: read('nonce', parseUint64),
    chainId: read('chainId', parseBig),
    data: callData(read('data', parseData), read('input', parseData)),
    accessList: read('accessList', parseAccessList) ?? [],
    authorizations: read('authorizationList', parseAuthorizations),
    maxFeePerBlobGas: read('maxFeePerBlobGas', parseBig),
    blobVersionedHashes: read('blobVersionedHashes', parseHashes),
  }
}

function callData(data: Uint8Array | undefined, input: Uint8Array | undefined): Uint8Array {
  if (data !== undefined && input !== undefined && Buffer.compare(data, input) !== 0) {
    throw new ParamError(
      'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data',
    )
  }
  return input ?? data ?? new Uint8Array(0)
}

export type MemberReader = <T>(name: string, parse: Parser<T>) => T | undefined

/** Reads members of a JSON object; missing and null ones are undefined. */
export function memberReader(object: Record<string, unknown>, struct: string): MemberReader {
  return (name, parse) => {
    const value = object[name]
    return value === undefined || value === null ? undefined : parse(value, `${struct}.${name}`)
  }
}

const parseAccessList: Parser<CallRequest['accessList']> = (value, field) =>
  parseList(value, parseAccessListEntry, 'types.AccessList', field)

const parseAccessListEntry: Parser<CallRequest['accessList'][number]> = (value, field) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'types.AccessTuple', field)
  const read = memberReader(value, 'AccessTuple')
  const address = read('address', parseAddress)
  const storageKeys = read('storageKeys', parseHashes)
  if (address === undefined) throw new ParamError("missing required field 'address' for AccessTuple")
  if (storageKeys === undefined) throw new ParamError("missing required field 'storageKeys' for AccessTuple")
  return { address, storageKeys }
}

const parseHashes: Parser<Uint8Array[]> = (value, field) =>
  parseList(value, parseHash, '[]common.Hash', field)

const parseAuthorizations: Parser<Authorization[]> = (value, field) =>
  parseList(value, parseAuthorization, '[]types.SetCodeAuthorization', field)

const parseAuthorization: Parser<Authorization> = (value, field) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'types.SetCodeAuthorization', field)
  const read = memberReader(value, 'SetCodeAuthorization')
  const need = <T>(name: string, parse: Parser<T>): T => {
    const member = read(name, parse)
    if (member === undefined)
      throw new ParamError(`missing required field '${name}' for SetCodeAuthorization`)
    return member
  }
  return {
    chainId: need('chainId', parseBig),
    address: need('address', parseAddress),
    nonce: need('nonce', parseUint64),
    yParity: Number(need('yParity', parseUint64)),
    r: need('r', parseBig),
    s: need('s', parseBig),
  }
}

/** State overrides by address (go-ethereum, override.StateOverride). */
export const parseStateOverrides: Parser<StateOverride[]> = (value) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'override.StateOverride')
  return Object.entries(value).map(([address, account]) => parseStateOverride(address, account))
}

function parseStateOverride(address: string, value: unknown): StateOverride {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'override.OverrideAccount')
  const read = memberReader(value, 'OverrideAccount')
  const state = read('state', parseSlots)
  const stateDiff = read('stateDiff', parseSlots)
  if (state !== undefined && stateDiff !== undefined) {
    throw new ParamError(`account ${address} has both 'state' and 'stateDiff'`)
  }
  return {
    address: parseAddress(address),
    ...present('movePrecompileTo', read('movePrecompileToAddress', parseAddress)),
    ...present('balance', read('balance', parseBig)),
    ...present('nonce', read('nonce', parseUint64)),
    ...present('code', read('code', parseData)),
    ...present('state', state),
    ...present('stateDiff', stateDiff),
  }
}

const parseSlots: Parser<{ key: Uint8Array; value: Uint8Array }[]> = (value, field) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'map[common.Hash]common.Hash', field)
  return Object.entries(value).map(([key, word]) => ({
    key: parseHash(key, field),
    value: parseHash(word, field),
  }))
}

/** Block overrides (go-ethereum, override.BlockOverrides). */
export const parseBlockOverrides: Parser<BlockOverrides> = (value) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'override.BlockOverrides')
  const read = memberReader(value, 'BlockOverrides')
  return {
    ...present('number', read('number', parseBig)),
    ...present('time', read('time', parseUint64)),
    ...present('gasLimit', read('gasLimit', parseUint64)),
    ...present('feeRecipient', read('feeRecipient', parseAddress)),
    ...present('prevRandao', read('prevRandao', parseHash)),
    ...present('baseFeePerGas', read('baseFeePerGas', parseBig)),
    ...present('blobBaseFee', read('blobBaseFee', parseBig)),
    ...present('beaconRoot', read('beaconRoot', parseHash)),
  }
}

/** An object with one member, or none if the value is undefined. */
function present<K extends string, T>(name: K, value: T | undefined): { [key in K]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { [key in K]?: T })
}
