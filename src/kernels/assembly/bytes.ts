// Short runs of bytes: V8 carries out memory.copy and memory.fill by a call that takes 15 ns, whatever the length.

/** Above, the call is faster. */
const SHORT: u32 = 256

/** Copies bytes. The ranges do not overlap. */
export function copyBytes(to: usize, from: usize, length: u32): void {
  if (length > SHORT) {
    memory.copy(to, from, length)
    return
  }
  const end = to + length
  while (to + 16 <= end) {
    v128.store(to, v128.load(from))
    to += 16
    from += 16
  }
  if ((length & 8) != 0) {
    store<u64>(to, load<u64>(from))
    to += 8
    from += 8
  }
  if ((length & 4) != 0) {
    store<u32>(to, load<u32>(from))
    to += 4
    from += 4
  }
  if ((length & 2) != 0) {
    store<u16>(to, load<u16>(from))
    to += 2
    from += 2
  }
  if ((length & 1) != 0) store<u8>(to, load<u8>(from))
}

/** Sets bytes to zero. */
export function zeroBytes(at: usize, length: u32): void {
  if (length > SHORT) {
    memory.fill(at, 0, length)
    return
  }
  const end = at + length
  while (at + 16 <= end) {
    v128.store(at, i64x2(0, 0))
    at += 16
  }
  if ((length & 8) != 0) {
    store<u64>(at, 0)
    at += 8
  }
  if ((length & 4) != 0) {
    store<u32>(at, 0)
    at += 4
  }
  if ((length & 2) != 0) {
    store<u16>(at, 0)
    at += 2
  }
  if ((length & 1) != 0) store<u8>(at, 0)
}

/** How many of `length` bytes are zero. */
export function countZeroBytes(at: usize, length: u32): u32 {
  let count: u32 = 0
  let i: u32 = 0
  for (; i + 16 <= length; i += 16) {
    count += popcnt<u32>(v128.bitmask<u8>(v128.eq<u8>(v128.load(at + i), i64x2.splat(0))))
  }
  for (; i < length; i++) count += u32(load<u8>(at + i) == 0)
  return count
}
