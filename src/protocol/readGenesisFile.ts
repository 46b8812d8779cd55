import { keccak256 } from '../kernels/index.ts'
import { EMPTY_BYTES, fromBigInt, isAllZero, JsonScanner, JsonSyntaxError } from '../lib/index.ts'
import { type GenesisResult, invalidGenesis, parseGenesis } from './genesis.ts'
import { JsonPathError, JsonReader } from './jsonReader.ts'
import { DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES } from './stateDiffSections.ts'

/** Takes the first state of a chain, in the order of the file. Byte strings hold until the next call. */
export type GenesisSink = {
  /** An account as in an encoded StateDiff. False: the address was there before. */
  account(entry: Uint8Array): boolean
  /** A slot that is not zero, as in an encoded StateDiff; may come before its account. */
  slot(entry: Uint8Array): void
  code(hash: Uint8Array, code: Uint8Array): void
}

/** `json`: the file without its `alloc`, small whatever the file's size. */
export type GenesisFileResult =
  | { ok: true; genesis: Extract<GenesisResult, { ok: true }>['genesis']; json: Record<string, unknown> }
  | Extract<GenesisResult, { ok: false }>

/**
 * Reads a geth-style genesis of any size, in memory of one account: millions of accounts go to `sink` one by one, and
 * the result has none of them. Otherwise as {@link parseGenesis}.
 *
 * @param chunks - the file's bytes, in pieces of any size.
 */
export function readGenesisFile(chunks: Iterable<Uint8Array, void>, sink: GenesisSink): GenesisFileResult {
  const json: Record<string, unknown> = {}
  let hasAlloc = false
  try {
    const scanner = new JsonScanner(chunks)
    scanner.object((name) => {
      if (text(name) === 'alloc') {
        hasAlloc = true
        readAlloc(scanner, sink)
      } else json[text(name)] = scanner.value()
    })
    if (scanner.peek() !== '') throw new JsonPathError('', 'nothing after the last }', scanner.peek())
  } catch (error) {
    if (error instanceof JsonPathError) return invalidGenesis(error.path, error.message)
    if (error instanceof JsonSyntaxError) return invalidGenesis('', `it is not JSON: ${error.message}`)
    throw error
  }
  const result = parseGenesis(hasAlloc ? { ...json, alloc: {} } : json)
  return result.ok ? { ...result, json } : result
}

function readAlloc(scanner: JsonScanner, sink: GenesisSink): void {
  const entry = new Uint8Array(DIFF_ACCOUNT_BYTES)
  scanner.object((name) => {
    const path = () => `alloc.${text(name)}`
    if (!hexInto(name, entry, { at: 0, size: 20, isExact: true }))
      throw new JsonPathError(path(), '20 hex bytes', text(name))
    entry.fill(0, 20)
    entry.set(EMPTY_CODE_HASH, 61)
    readAccount(scanner, sink, { entry, path })
    if (!sink.account(entry)) throw new JsonPathError(path(), 'each address once', text(name))
  })
}

const EMPTY_CODE_HASH: Uint8Array = keccak256(EMPTY_BYTES)

type OpenAccount = { entry: Uint8Array; path: () => string }

function readAccount(scanner: JsonScanner, sink: GenesisSink, { entry, path }: OpenAccount): void {
  scanner.object((name) => {
    const member = text(name)
    const memberPath = () => `${path()}.${member}`
    if (member === 'balance') readInteger(scanner, entry.subarray(29, 61), memberPath)
    else if (member === 'nonce') readInteger(scanner, entry.subarray(21, 29), memberPath)
    else if (member === 'storage') readStorage(scanner, sink, { entry, path: memberPath })
    else if (member === 'code') {
      const code = new JsonReader(scanner.value(), memberPath()).bytesOr(undefined, EMPTY_BYTES)
      if (code.length === 0) return
      const hash = keccak256(code)
      entry.set(hash, 61)
      sink.code(hash, code)
    } else scanner.value()
  })
}

function readStorage(scanner: JsonScanner, sink: GenesisSink, { entry, path }: OpenAccount): void {
  if (scanner.peek() !== '{') {
    if (scanner.value() !== null) throw new JsonPathError(path(), 'an object', 'something else')
    return
  }
  const slot = new Uint8Array(DIFF_SLOT_BYTES)
  slot.set(entry.subarray(0, 20))
  scanner.object((name) => {
    const slotPath = () => `${path()}.${text(name)}`
    if (!hexInto(name, slot, { at: 20, size: 32, isExact: false }))
      throw new JsonPathError(slotPath(), 'hex of up to 32 bytes', text(name))
    const value = slot.subarray(52)
    readInteger(scanner, value, slotPath)
    if (!isAllZero(value)) sink.slot(slot)
  })
}

/** An integer that fills `out`, big-endian: hex text, decimal text or a number. Null leaves zero. */
function readInteger(scanner: JsonScanner, out: Uint8Array, path: () => string): void {
  if (scanner.peek() === '"') {
    const digits = scanner.string()
    // By far the most common form, without a BigInt for each.
    if (isHex(digits) && hexInto(digits, out, { at: 0, size: out.length, isExact: false })) return
    out.set(fromBigInt(new JsonReader(text(digits), path()).integer(out.length * 8), out.length))
    return
  }
  const reader = new JsonReader(scanner.value(), path())
  out.set(fromBigInt(reader.integerOr(out.length * 8, 0n), out.length))
}

function isHex(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === ZERO && (bytes[1]! | 0x20) === LOWER_X
}

const ZERO = 0x30
const LOWER_X = 0x78

/**
 * Hex digits, with or without 0x, as `size` bytes at `at`, padded on the left unless `isExact`. False, and `out` is
 * undefined, when they are something else or too many.
 */
function hexInto(
  digits: Uint8Array,
  out: Uint8Array,
  { at, size, isExact }: { at: number; size: number; isExact: boolean },
): boolean {
  const start = isHex(digits) ? 2 : 0
  const count = digits.length - start
  if (count > 2 * size || (isExact && count < 2 * size)) return false
  out.fill(0, at, at + size)
  for (let i = 0; i < count; i++) {
    const digit = DIGITS[digits[digits.length - 1 - i]!]!
    if (digit < 0) return false
    const index = at + size - 1 - (i >> 1)
    out[index] = (i & 1) === 0 ? digit : out[index]! | (digit << 4)
  }
  return true
}

/** Value of each character as a hex digit; -1: none. */
const DIGITS: Int8Array = new Int8Array(256).fill(-1)
for (let value = 0; value < 16; value++) {
  DIGITS[value.toString(16).charCodeAt(0)] = value
  DIGITS[value.toString(16).toUpperCase().charCodeAt(0)] = value
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}
