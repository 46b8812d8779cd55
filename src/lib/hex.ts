const DIGITS = '0123456789abcdef'
const BYTE_TEXT: string[] = Array.from({ length: 256 }, (_, byte) => DIGITS[byte >> 4]! + DIGITS[byte & 15]!)

/** Value of a hex digit's character code, or -1. */
const NIBBLE: Int8Array = new Int8Array(128).fill(-1)
for (let i = 0; i < 16; i++) {
  NIBBLE[DIGITS.charCodeAt(i)] = i
  NIBBLE[DIGITS.toUpperCase().charCodeAt(i)] = i
}

/**
 * Parses `0x` and an even number of hex digits, of either case.
 *
 * @throws HexError for anything else; use {@link tryHexToBytes} where bad text is expected.
 */
export function hexToBytes(hex: string): Uint8Array {
  const bytes = tryHexToBytes(hex)
  if (bytes === undefined) throw new HexError(hex, 'byte string (0x and an even number of hex digits)')
  return bytes
}

/** As {@link hexToBytes}, or undefined for what isn't a byte string in hex. */
export function tryHexToBytes(hex: string): Uint8Array | undefined {
  if (hex.length < 2 || hex.length % 2 !== 0 || hex[0] !== '0' || hex[1] !== 'x') return undefined
  const bytes = new Uint8Array(hex.length / 2 - 1)
  for (let i = 0; i < bytes.length; i++) {
    const high = nibble(hex.charCodeAt(2 * i + 2))
    const low = nibble(hex.charCodeAt(2 * i + 3))
    if (high < 0 || low < 0) return undefined
    bytes[i] = (high << 4) | low
  }
  return bytes
}

function nibble(characterCode: number): number {
  return characterCode < 128 ? NIBBLE[characterCode]! : -1
}

/** Formats bytes as `0x` and two lower-case digits each. */
export function bytesToHex(bytes: Uint8Array): string {
  let hex = '0x'
  for (let i = 0; i < bytes.length; i++) hex += BYTE_TEXT[bytes[i]!]
  return hex
}

/** Formats a JSON-RPC quantity: `0x`, no leading zeros, zero is `0x0`. */
export function quantity(value: bigint | number): string {
  if (value < 0) throw new HexError(String(value), 'unsigned integer')
  return `0x${value.toString(16)}`
}

/**
 * Parses a JSON-RPC quantity: `0x` and at least one hex digit, no leading zeros.
 *
 * @throws HexError for anything else; use {@link tryParseQuantity} where bad text is expected.
 */
export function parseQuantity(hex: string): bigint {
  const value = tryParseQuantity(hex)
  if (value === undefined) throw new HexError(hex, 'quantity (0x and hex digits without leading zeros)')
  return value
}

/** As {@link parseQuantity}, or undefined for what isn't a quantity. */
export function tryParseQuantity(hex: string): bigint | undefined {
  return /^0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,63})$/.test(hex) ? BigInt(hex) : undefined
}

/** Text that was to be hex and isn't. */
export class HexError extends Error {
  override readonly name = 'HexError'

  constructor(text: string, expected: string) {
    const shown = text.length > 80 ? `${text.slice(0, 80)}… (${text.length} characters)` : text
    super(`Not a hex ${expected}.\n  received: ${JSON.stringify(shown)}`)
  }
}
