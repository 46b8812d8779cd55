/** Bytes of an integer's RLP, whose content is `length` bytes at `at`, without leading zeros. */
export function integerBytes(bytes: Uint8Array, at: number, length: number): number {
  return length === 1 && bytes[at]! < 0x80 ? 1 : 1 + length
}

/** Bytes in front of a content of `length` bytes; one byte of content is not meant. */
export function headBytes(length: number): number {
  if (length <= 55) return 1
  if (length < 0x100) return 2
  if (length < 0x10000) return 3
  return length < 0x1000000 ? 4 : 5
}

/** Writes the head; returns where it ends. `base` is 0x80 for strings and 0xc0 for lists. */
export function writeHead(target: Uint8Array, at: number, base: number, length: number): number {
  if (length <= 55) {
    target[at] = base + length
    return at + 1
  }
  const count = headBytes(length) - 1
  target[at] = base + 55 + count
  let left = length
  for (let i = count; i > 0; i--) {
    const rest = Math.floor(left / 256)
    target[at + i] = left - rest * 256
    left = rest
  }
  return at + 1 + count
}

/** Writes an integer; returns where it ends. */
export function writeInteger(
  target: Uint8Array,
  at: number,
  source: Uint8Array,
  sourceAt: number,
  length: number,
): number {
  let to = at
  if (length !== 1 || source[sourceAt]! >= 0x80) target[to++] = 0x80 + length
  for (let i = 0; i < length; i++) target[to++] = source[sourceAt + i]!
  return to
}

/** Bytes of a number below 2^53 without leading zeros. */
export function numberLength(value: number): number {
  let length = 0
  for (let left = value; left >= 1; left = Math.floor(left / 256)) length++
  return length
}

/** Bytes of the RLP of such a number. */
export function numberBytes(value: number): number {
  return value > 0 && value < 0x80 ? 1 : 1 + numberLength(value)
}

/** Writes such a number as RLP; returns where it ends. */
export function writeNumber(target: Uint8Array, at: number, value: number): number {
  if (value > 0 && value < 0x80) {
    target[at] = value
    return at + 1
  }
  const length = numberLength(value)
  target[at] = 0x80 + length
  let left = value
  for (let i = length; i > 0; i--) {
    const rest = Math.floor(left / 256)
    target[at + i] = left - rest * 256
    left = rest
  }
  return at + 1 + length
}
