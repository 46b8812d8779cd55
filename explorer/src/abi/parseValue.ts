import type { AbiParameter } from 'viem'
import { parseUnits } from 'viem'
import { byteLength, isAddress, isData } from '../lib/hex.ts'

/** What was typed can't be a value of the type. */
export class ValueError extends Error {
  override readonly name = 'ValueError'
}

const UNITS: Readonly<Record<string, number>> = { wei: 0, gwei: 9, ether: 18, eth: 18 }

/**
 * Reads a value of an ABI type as a person types it: integers in decimal or hexadecimal, also `1.5 ether`; strings as
 * they are; lists and tuples as JSON (a tuple as a list or by its members' names).
 *
 * @returns what viem's encoders take.
 * @throws ValueError
 */
export function parseValue(parameter: AbiParameter, text: string): unknown {
  const { type } = parameter
  if (type === 'string') return text
  if (!isComposite(type)) return parseElementary(type, text.trim())
  let json: unknown
  try {
    // Beyond 2^53 a number of JSON would lose digits.
    json = JSON.parse(text.replace(/(?<=[[,:\s])-?\d{16,}(?=[\],}\s])/g, '"$&"'))
  } catch {
    throw new ValueError(`expected JSON, like ${example(parameter)}`)
  }
  return fromJson(parameter, json)
}

function isComposite(type: string): boolean {
  return type.endsWith(']') || type.startsWith('tuple')
}

function fromJson(parameter: AbiParameter, json: unknown): unknown {
  const { type } = parameter
  const [, elementType, length] = /^(.*)\[(\d*)\]$/.exec(type) ?? []
  if (elementType !== undefined) {
    if (!Array.isArray(json)) throw new ValueError(`expected a list, like ${example(parameter)}`)
    if (length !== '' && json.length !== Number(length))
      throw new ValueError(`expected ${length} items, got ${json.length}`)
    return json.map((item) => fromJson({ ...parameter, type: elementType }, item))
  }
  if (type === 'tuple') return tupleFromJson(parameter, json)
  if (type === 'string') {
    if (typeof json !== 'string') throw new ValueError('expected a string in quotes')
    return json
  }
  if (typeof json === 'object') throw new ValueError(`expected ${type}`)
  return parseElementary(type, String(json))
}

function tupleFromJson(parameter: AbiParameter, json: unknown): unknown {
  const { components = [] } = parameter as { components?: readonly AbiParameter[] }
  if (typeof json !== 'object' || json === null)
    throw new ValueError(`expected a tuple, like ${example(parameter)}`)
  const values = components.map((component, i) => {
    const value = Array.isArray(json) ? json[i] : (json as Record<string, unknown>)[component.name ?? '']
    if (value === undefined) throw new ValueError(`${component.name || `member ${i}`} is missing`)
    return fromJson(component, value)
  })
  // viem takes tuples with nameless members as lists, others by name.
  return components.some(({ name }) => !name)
    ? values
    : Object.fromEntries(components.map(({ name }, i) => [name, values[i]]))
}

function parseElementary(type: string, text: string): unknown {
  if (type === 'bool') return parseBool(text)
  if (type === 'address') {
    if (!isAddress(text)) throw new ValueError('expected an address: 0x and 40 hex digits')
    return text.toLowerCase()
  }
  const integer = /^(u?)int(\d*)$/.exec(type)
  if (integer !== null)
    return parseInteger(text, { isSigned: integer[1] === '', bits: Number(integer[2] || 256) })
  const bytes = /^bytes(\d*)$/.exec(type)
  if (bytes !== null) return parseBytes(text, bytes[1] === '' ? undefined : Number(bytes[1]))
  throw new ValueError(`values of type ${type} can't be typed here`)
}

function parseBool(text: string): boolean {
  if (/^(true|1|yes)$/i.test(text)) return true
  if (/^(false|0|no)$/i.test(text)) return false
  throw new ValueError('expected true or false')
}

function parseInteger(text: string, { isSigned, bits }: { isSigned: boolean; bits: number }): bigint {
  const value = readInteger(text)
  const least = isSigned ? -(2n ** BigInt(bits - 1)) : 0n
  const most = isSigned ? 2n ** BigInt(bits - 1) - 1n : 2n ** BigInt(bits) - 1n
  if (value < least) throw new ValueError(isSigned ? 'too small for its type' : 'must not be negative')
  if (value > most) throw new ValueError('too large for its type')
  return value
}

function readInteger(text: string): bigint {
  const plain = text.replace(/[_,](?=\d)/g, '')
  if (/^-?\d+$/.test(plain) || /^0x[0-9a-f]+$/i.test(plain)) return BigInt(plain)
  const [, figure, unit] = /^(-?\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(plain) ?? []
  const decimals = UNITS[unit?.toLowerCase() ?? '']
  if (figure === undefined || decimals === undefined)
    throw new ValueError('expected a whole number, or like 1.5 ether')
  if ((figure.split('.')[1]?.length ?? 0) > decimals) throw new ValueError(`${unit} has ${decimals} places`)
  return parseUnits(figure, decimals)
}

function parseBytes(text: string, length: number | undefined): string {
  const data = text === '' ? '0x' : text
  if (!isData(data)) throw new ValueError('expected 0x and pairs of hex digits')
  const given = byteLength(data)
  if (length !== undefined && given !== length) throw new ValueError(`expected ${length} bytes, got ${given}`)
  return data
}

/** Of how a value is typed. */
export function example(parameter: AbiParameter): string {
  const { type } = parameter
  const [, elementType] = /^(.*)\[\d*\]$/.exec(type) ?? []
  if (elementType !== undefined) return `[${example({ ...parameter, type: elementType })}]`
  if (type === 'tuple') {
    const { components = [] } = parameter as { components?: readonly AbiParameter[] }
    return `[${components.map(example).join(', ')}]`
  }
  if (type === 'bool') return 'true'
  if (type === 'string') return '"text"'
  if (/^u?int/.test(type)) return '1'
  return '"0x…"'
}

/** An amount of ether as typed, in wei. @throws ValueError */
export function parseEtherAmount(text: string): bigint {
  const trimmed = text.trim()
  if (trimmed === '') return 0n
  const value = readInteger(/^\d+(\.\d+)?$/.test(trimmed) ? `${trimmed} ether` : trimmed)
  if (value < 0n) throw new ValueError('must not be negative')
  return value
}
