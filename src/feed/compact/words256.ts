// Arithmetic modulo 2^256 on words of 32 bytes, big-endian, in place.

/** target += source */
export function addWord(target: Uint8Array, at: number, source: Uint8Array, sourceAt: number): void {
  let carry = 0
  for (let i = 31; i >= 0; i--) {
    const sum = target[at + i]! + source[sourceAt + i]! + carry
    target[at + i] = sum
    carry = sum >> 8
  }
}

/** target -= source */
export function subtractWord(target: Uint8Array, at: number, source: Uint8Array, sourceAt: number): void {
  let borrow = 0
  for (let i = 31; i >= 0; i--) {
    const difference = target[at + i]! - source[sourceAt + i]! - borrow
    target[at + i] = difference
    borrow = difference < 0 ? 1 : 0
  }
}

export function copyWord(target: Uint8Array, at: number, source: Uint8Array, sourceAt: number): void {
  for (let i = 0; i < 32; i++) target[at + i] = source[sourceAt + i]!
}

export function isEqualWord(a: Uint8Array, at: number, b: Uint8Array, bAt: number): boolean {
  for (let i = 31; i >= 0; i--) if (a[at + i] !== b[bAt + i]) return false
  return true
}

export function isZeroWord(a: Uint8Array, at: number): boolean {
  for (let i = 31; i >= 0; i--) if (a[at + i] !== 0) return false
  return true
}

/** target = price · amount; `price` is big-endian of at most 32 bytes, `amount` below 2^44. */
export function multiplyInto(target: Uint8Array, price: Uint8Array, amount: number): void {
  let carry = 0
  let to = 31
  for (let i = price.length - 1; i >= 0 && to >= 0; i--, to--) {
    carry += price[i]! * amount
    target[to] = carry % 256
    carry = Math.floor(carry / 256)
  }
  for (; to >= 0; to--) {
    target[to] = carry % 256
    carry = Math.floor(carry / 256)
  }
}
