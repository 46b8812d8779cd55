/** Bytes in hexadecimal, as JSON-RPC has them. */
export type Hex = `0x${string}`

export const ZERO_HASH: Hex = `0x${'0'.repeat(64)}`

export function isAddress(text: string): text is Hex {
  return /^0x[0-9a-f]{40}$/i.test(text)
}

/** 32 bytes: the hash of a transaction or a block. */
export function isHash(text: string): text is Hex {
  return /^0x[0-9a-f]{64}$/i.test(text)
}

/** Whole bytes, none included. */
export function isData(text: string): text is Hex {
  return /^0x(?:[0-9a-f]{2})*$/i.test(text)
}

/** A quantity that fits a number: heights, counts, gas. */
export function toNumber(quantity: string): number {
  return Number(BigInt(quantity))
}

export function toQuantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}

/** Bytes that the text stands for. */
export function byteLength(data: string): number {
  return Math.max(0, (data.length - 2) >> 1)
}

/** A word without the zeros in front: `0x2a`. */
export function trimWord(word: string): string {
  return word.replace(/^0x0+(?=.)/, '0x')
}

/** The beginning and end of a hash or address: `0x1234…cdef`. */
export function shorten(text: string, characters = 4): string {
  return text.length <= 2 * characters + 3
    ? text
    : `${text.slice(0, characters + 2)}…${text.slice(-characters)}`
}
