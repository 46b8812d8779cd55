import { keccak256 } from '../kernels/index.ts'
import { concatBytes, fromBigInt, hexToBytes, padLeft } from '../lib/index.ts'
import { isObject, ParamError, type Parser } from './params.ts'

/** Structured data as EIP-712 has it in JSON. */
export type TypedData = {
  types: Record<string, readonly Field[]>
  primaryType: string
  domain: Record<string, unknown>
  message: Record<string, unknown>
}

type Field = { name: string; type: string }

/** Most structs and arrays inside one another. */
const DEPTH_LIMIT = 64

export const parseTypedData: Parser<TypedData> = (value) => {
  const data: unknown = typeof value === 'string' ? parsed(value) : value
  if (!isObject(data)) throw new ParamError('typed data is an object')
  const { types, primaryType, domain, message } = data
  if (!isObject(types) || typeof primaryType !== 'string' || !isObject(domain) || !isObject(message))
    throw new ParamError('typed data has the members types, primaryType, domain and message')
  for (const [name, fields] of Object.entries(types)) {
    const isFields = Array.isArray(fields) && fields.every(isField)
    if (!isFields) throw new ParamError(`the fields of type ${name} have a name and a type each`)
  }
  return { types: types as TypedData['types'], primaryType, domain, message }
}

/** What is signed (EIP-712): keccak256(0x1901 ‖ hash of the domain ‖ hash of the message). @throws ParamError */
export function typedDataHash({ types, primaryType, domain, message }: TypedData): Uint8Array {
  const withDomain = { ...types, EIP712Domain: types.EIP712Domain ?? domainFields(domain) }
  const parts = [Uint8Array.of(0x19, 0x01), hashStruct(withDomain, 'EIP712Domain', domain, 0)]
  if (primaryType !== 'EIP712Domain') parts.push(hashStruct(withDomain, primaryType, message, 0))
  return keccak256(concatBytes(...parts))
}

type Types = TypedData['types']

function hashStruct(types: Types, name: string, value: unknown, depth: number): Uint8Array {
  if (depth > DEPTH_LIMIT) throw new ParamError(`typed data is nested deeper than ${DEPTH_LIMIT}`)
  if (!isObject(value)) throw new ParamError(`a ${name} is an object`)
  const words = [keccak256(new TextEncoder().encode(encodeType(types, name)))]
  for (const field of fieldsOf(types, name))
    words.push(encodeValue(types, field.type, value[field.name], depth + 1))
  return keccak256(concatBytes(...words))
}

/** The struct's own signature, then those of the structs that it refers to, by name. */
function encodeType(types: Types, name: string): string {
  const found = new Set<string>()
  const collect = (type: string): void => {
    const struct = baseOf(type)
    if (found.has(struct) || !Object.hasOwn(types, struct)) return
    found.add(struct)
    for (const field of fieldsOf(types, struct)) collect(field.type)
  }
  collect(name)
  found.delete(name)
  const signature = (struct: string): string =>
    `${struct}(${fieldsOf(types, struct)
      .map((field) => `${field.type} ${field.name}`)
      .join(',')})`
  return [name, ...[...found].sort()].map(signature).join('')
}

/** 32 bytes. */
function encodeValue(types: Types, type: string, value: unknown, depth: number): Uint8Array {
  const array = /^(.*)\[(\d*)\]$/.exec(type)
  if (array !== null) return encodeArray(types, { item: array[1]!, size: array[2]! }, value, depth)
  if (Object.hasOwn(types, type))
    return value == null ? new Uint8Array(32) : hashStruct(types, type, value, depth)
  if (type === 'string') {
    if (typeof value !== 'string') throw new ParamError('a string is expected')
    return keccak256(new TextEncoder().encode(value))
  }
  if (type === 'bytes') return keccak256(bytesOf(value))
  if (type === 'bool') return fromBigInt(value === true || value === 'true' ? 1n : 0n, 32)
  if (type === 'address') return padLeft(bytesOf(value, 20), 32)
  const fixed = /^bytes([1-9]|[12]\d|3[0-2])$/.exec(type)
  if (fixed !== null) return padRight(bytesOf(value, Number(fixed[1])))
  if (/^u?int\d*$/.test(type)) return fromBigInt(BigInt.asUintN(256, integerOf(value)), 32)
  throw new ParamError(`unknown type ${type}`)
}

function encodeArray(
  types: Types,
  { item, size }: { item: string; size: string },
  value: unknown,
  depth: number,
): Uint8Array {
  if (depth > DEPTH_LIMIT) throw new ParamError(`typed data is nested deeper than ${DEPTH_LIMIT}`)
  if (!Array.isArray(value) || (size !== '' && value.length !== Number(size)))
    throw new ParamError(`a list of ${item} is expected`)
  return keccak256(concatBytes(...value.map((each) => encodeValue(types, item, each, depth + 1))))
}

function fieldsOf(types: Types, name: string): readonly Field[] {
  if (!Object.hasOwn(types, name)) throw new ParamError(`unknown type ${name}`)
  return types[name]!
}

/** Without what makes it a list. */
function baseOf(type: string): string {
  const bracket = type.indexOf('[')
  return bracket === -1 ? type : type.slice(0, bracket)
}

const DOMAIN_FIELDS: readonly Field[] = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' },
  { name: 'salt', type: 'bytes32' },
]

function domainFields(domain: Record<string, unknown>): readonly Field[] {
  return DOMAIN_FIELDS.filter(({ name }) => domain[name] !== undefined)
}

function isField(value: unknown): value is Field {
  return isObject(value) && typeof value.name === 'string' && typeof value.type === 'string'
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ParamError('typed data is JSON')
  }
}

/** @param size - that it must have. */
function bytesOf(value: unknown, size?: number): Uint8Array {
  if (typeof value !== 'string' || !/^0x(?:[0-9a-fA-F]{2})*$/.test(value))
    throw new ParamError(`hex bytes are expected, not ${JSON.stringify(value)}`)
  const bytes = hexToBytes(value)
  if (size !== undefined && bytes.length !== size)
    throw new ParamError(`${size} bytes are expected, not ${bytes.length}`)
  return bytes
}

function integerOf(value: unknown): bigint {
  const isNumber = typeof value === 'number' && Number.isSafeInteger(value)
  if (!isNumber && !(typeof value === 'string' && /^(?:-?\d{1,78}|0x[0-9a-fA-F]{1,64})$/.test(value)))
    throw new ParamError(`an integer is expected, not ${JSON.stringify(value)}`)
  return BigInt(value as number | string)
}

function padRight(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(32)
  padded.set(bytes)
  return padded
}
