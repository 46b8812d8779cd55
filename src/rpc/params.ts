/**
 * Parsers of parameters. Each takes a JSON value and gives the typed one, or throws a ParamError in go-ethereum's
 * words; the server puts the argument's index before it. `field` names the member of an object that is parsed.
 */
export type Parser<T> = (value: unknown, field?: string) => T

/** Bad parameter; `message` is what follows `invalid argument N: `. */
export class ParamError extends Error {
  override readonly name = 'ParamError'
}

/** encoding/json's words for a value that doesn't fit a Go type. */
export function mismatch(what: string, type: string, field?: string): ParamError {
  const place = field === undefined ? 'value' : `struct field ${field}`
  return new ParamError(`json: cannot unmarshal ${what} into Go ${place} of type ${type}`)
}

/** encoding/json's name of a JSON value's kind. */
export function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

export const parseAddress: Parser<Uint8Array> = (value, field) =>
  fixedBytes(value, 20, 'common.Address', field)

export const parseHash: Parser<Uint8Array> = (value, field) => fixedBytes(value, 32, 'common.Hash', field)

/** A byte string of any length. */
export const parseData: Parser<Uint8Array> = (value, field) => {
  if (typeof value !== 'string') throw mismatch('non-string', 'hexutil.Bytes', field)
  if (value === '') return new Uint8Array(0)
  const bytes = hexBytes(value)
  if (typeof bytes === 'string') throw mismatch(bytes, 'hexutil.Bytes', field)
  return bytes
}

/** A quantity below 2^256. */
export const parseBig: Parser<bigint> = (value, field) => quantityOfType(value, 64, '*hexutil.Big', field)

/** A quantity below 2^64. */
export const parseUint64: Parser<bigint> = (value, field) =>
  quantityOfType(value, 16, 'hexutil.Uint64', field)

/** A position in a list: a quantity below 2^53. */
export const parseIndex: Parser<number> = (value, field) => {
  const index = quantityOfType(value, 16, 'hexutil.Uint', field)
  return index > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(index)
}

export const parseBoolean: Parser<boolean> = (value, field) => {
  if (typeof value !== 'boolean') throw mismatch(jsonKind(value), 'bool', field)
  return value
}

/** The id of a subscription or a filter. */
export const parseId: Parser<string> = (value) => {
  if (typeof value !== 'string') throw mismatch(jsonKind(value), 'rpc.ID')
  return value
}

/** A plain number that counts something; `type` is what the failure says that it was to be. */
export function wholeNumber(type: string): Parser<number> {
  return (value, field) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw mismatch(jsonKind(value), type, field)
    return value
  }
}

/** A count, as a quantity or a plain number (go-ethereum's math.HexOrDecimal64). */
export const parseCount: Parser<bigint> = (value) => {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : ''
  if (!/^(?:0[xX][0-9a-fA-F]{1,16}|\d{1,19})$/.test(text)) {
    throw new ParamError(`invalid hex or decimal integer ${JSON.stringify(value)}`)
  }
  return BigInt(text)
}

/** Block tags, by what they mean here. */
export type BlockTag = 'latest' | 'pending' | 'earliest' | 'safe' | 'finalized'
export type BlockParam = BlockTag | { number: bigint } | { hash: Uint8Array }

/** A tag or a number. */
export const parseBlockNumber: Parser<BlockTag | { number: bigint }> = (value, field) => {
  if (typeof value === 'string' && isTag(value)) return value
  if (typeof value !== 'string') throw mismatch(jsonKind(value), 'string', field)
  return { number: blockNumber(value) }
}

/** A tag, a number, a hash, or an EIP-1898 object. */
export const parseBlock: Parser<BlockParam> = (value, field) => {
  if (typeof value === 'string') {
    if (isTag(value)) return value
    return value.length === 66 ? { hash: parseHash(value, field) } : { number: blockNumber(value) }
  }
  if (!isObject(value)) throw mismatch(jsonKind(value), 'string', field)
  const { blockHash, blockNumber: number, requireCanonical } = value
  if (blockHash != null && number != null) {
    throw new ParamError('cannot specify both BlockHash and BlockNumber, choose one or the other')
  }
  if (requireCanonical != null) parseBoolean(requireCanonical, '.requireCanonical')
  if (blockHash != null) return { hash: parseHash(blockHash, '.blockHash') }
  if (number != null) return parseBlockNumber(number, '.blockNumber')
  throw new ParamError('invalid block number or hash: neither blockNumber nor blockHash is given')
}

function isTag(text: string): text is BlockTag {
  return (
    text === 'latest' || text === 'pending' || text === 'earliest' || text === 'safe' || text === 'finalized'
  )
}

const MAX_INT64 = (1n << 63n) - 1n

function blockNumber(text: string): bigint {
  const number = text === '' ? 'empty hex string' : hexNumber(text, 16)
  if (typeof number === 'string') throw new ParamError(number)
  if (number > MAX_INT64) throw new ParamError('block number larger than int64')
  return number
}

/** A storage key: up to 32 bytes of hex, padded on the left. */
export function storageKey(text: unknown): Uint8Array {
  if (typeof text !== 'string') throw new ParamError('hex string expected')
  const digits = text.startsWith('0x') || text.startsWith('0X') ? text.slice(2) : text
  if (digits.length > 64)
    throw new ParamError(`hex string too long, want at most 32 bytes, have ${digits.length >> 1}`)
  if (!/^[0-9a-fA-F]*$/.test(digits)) throw new ParamError('hex string invalid')
  return Buffer.from(digits.padStart(64, '0'), 'hex')
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A list whose items `parse` reads. */
export function parseList<T>(value: unknown, parse: Parser<T>, type: string, field?: string): T[] {
  if (!Array.isArray(value)) throw mismatch(jsonKind(value), type, field)
  return value.map((item) => parse(item, field))
}

function fixedBytes(value: unknown, size: number, type: string, field?: string): Uint8Array {
  if (typeof value !== 'string') throw mismatch('non-string', type, field)
  const bytes = value === '' ? new Uint8Array(0) : hexBytes(value)
  if (typeof bytes === 'string') throw mismatch(bytes, type, field)
  if (bytes.length !== size) {
    throw new ParamError(`hex string has length ${bytes.length * 2}, want ${size * 2} for ${type}`)
  }
  return bytes
}

/** The bytes, or in words what is wrong. */
function hexBytes(text: string): Uint8Array | string {
  if (!hasPrefix(text)) return 'hex string without 0x prefix'
  if (text.length % 2 !== 0) return 'hex string of odd length'
  const bytes = Buffer.from(text.slice(2), 'hex')
  // Buffer stops at the first character that isn't a digit.
  return bytes.length === text.length / 2 - 1 ? bytes : 'invalid hex string'
}

function quantityOfType(value: unknown, maxDigits: number, type: string, field?: string): bigint {
  if (typeof value !== 'string') throw mismatch('non-string', type, field)
  const number = value === '' ? 0n : hexNumber(value, maxDigits)
  if (typeof number === 'string') throw mismatch(number, type, field)
  return number
}

/** The integer, or in words what is wrong. */
function hexNumber(text: string, maxDigits: number): bigint | string {
  if (!hasPrefix(text)) return 'hex string without 0x prefix'
  if (text.length === 2) return 'hex string "0x"'
  if (text.length > 3 && text[2] === '0') return 'hex number with leading zero digits'
  if (text.length - 2 > maxDigits) return `hex number > ${maxDigits * 4} bits`
  return /^0[xX][0-9a-fA-F]+$/.test(text) ? BigInt(text) : 'invalid hex string'
}

function hasPrefix(text: string): boolean {
  return text.length >= 2 && text[0] === '0' && (text[1] === 'x' || text[1] === 'X')
}
