import { toBigInt } from '../lib/index.ts'

/** Solidity's `Error(string)`. */
const ERROR_SELECTOR = 0x08c379a0
/** Solidity's `Panic(uint256)`. */
const PANIC_SELECTOR = 0x4e487b71

/** What Solidity's built-in errors say (go-ethereum, accounts/abi UnpackRevert); undefined for any other data. */
export function revertReason(output: Uint8Array): string | undefined {
  if (output.length < 36) return undefined
  const selector = Number(toBigInt(output.subarray(0, 4)))
  const args = output.subarray(4)
  if (selector === ERROR_SELECTOR) return abiString(args)
  if (selector !== PANIC_SELECTOR || args.length < 32) return undefined
  const code = toBigInt(args.subarray(0, 32))
  return PANIC_REASONS.get(code) ?? `unknown panic code: 0x${code.toString(16)}`
}

/** The only argument, a string, of an ABI encoding; undefined if the encoding is broken. */
function abiString(args: Uint8Array): string | undefined {
  const offset = toBigInt(args.subarray(0, 32))
  if (offset + 32n > BigInt(args.length)) return undefined
  const start = Number(offset) + 32
  const length = toBigInt(args.subarray(start - 32, start))
  if (BigInt(start) + length > BigInt(args.length)) return undefined
  return new TextDecoder().decode(args.subarray(start, start + Number(length)))
}

/** Solidity's panic codes, in go-ethereum's words. */
const PANIC_REASONS: ReadonlyMap<bigint, string> = new Map([
  [0x00n, 'generic panic'],
  [0x01n, 'assert(false)'],
  [0x11n, 'arithmetic underflow or overflow'],
  [0x12n, 'division or modulo by zero'],
  [0x21n, 'enum overflow'],
  [0x22n, 'invalid encoded storage byte array accessed'],
  [0x31n, 'out-of-bounds array access; popping on an empty array'],
  [0x32n, 'out-of-bounds access of an array or bytesN'],
  [0x41n, 'out of memory'],
  [0x51n, 'uninitialized function'],
])
