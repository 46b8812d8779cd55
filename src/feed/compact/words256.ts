// Words of 32 bytes, big-endian, in place; arithmetic is modulo 2^256. Four bytes at a time: views of bytes are what V8 makes
// single instructions of, wherever a word stands.

/** target += source */
export function addWord(target: DataView, at: number, source: DataView, sourceAt: number): void {
  let carry = 0
  for (let i = 28; i >= 0; i -= 4) {
    const sum = target.getUint32(at + i) + source.getUint32(sourceAt + i) + carry
    target.setUint32(at + i, sum >>> 0)
    carry = sum > 0xffffffff ? 1 : 0
  }
}

/** target -= source */
export function subtractWord(target: DataView, at: number, source: DataView, sourceAt: number): void {
  let borrow = 0
  for (let i = 28; i >= 0; i -= 4) {
    const difference = target.getUint32(at + i) - source.getUint32(sourceAt + i) - borrow
    target.setUint32(at + i, difference >>> 0)
    borrow = difference < 0 ? 1 : 0
  }
}

export function copyWord(target: DataView, at: number, source: DataView, sourceAt: number): void {
  for (let i = 0; i < 32; i += 4) target.setInt32(at + i, source.getInt32(sourceAt + i, true), true)
}

/** Copies an address of 20 bytes. */
export function copyAddress(target: DataView, at: number, source: DataView, sourceAt: number): void {
  for (let i = 0; i < 20; i += 4) target.setInt32(at + i, source.getInt32(sourceAt + i, true), true)
}

export function isEqualWord(a: DataView, at: number, b: DataView, bAt: number): boolean {
  for (let i = 28; i >= 0; i -= 4) if (a.getInt32(at + i, true) !== b.getInt32(bAt + i, true)) return false
  return true
}

export function isZeroWord(a: DataView, at: number): boolean {
  for (let i = 28; i >= 0; i -= 4) if (a.getInt32(at + i) !== 0) return false
  return true
}

/** target = price · amount; `price` is big-endian of at most 32 bytes, `amount` below 2^44. */
export function multiplyInto(target: DataView, price: Uint8Array, amount: number): void {
  for (let i = 0; i < 32; i += 4) target.setInt32(i, 0)
  let carry = 0
  let to = 31
  for (let i = price.length - 1; to >= 0 && (i >= 0 || carry > 0); i--, to--) {
    if (i >= 0) carry += price[i]! * amount
    // The remainder of a division of doubles would be a call.
    const rest = Math.floor(carry / 256)
    target.setUint8(to, carry - rest * 256)
    carry = rest
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The bytes that a view has there, not copied. */
export function bytesAt(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length)
}
