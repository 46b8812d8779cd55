// Scalars as sums of odd multiples. With windows d of w bits, an odd k is the sum of (2 d - 2^w + 1) 2^(w i): no window stands
// for zero, so that all scalars take the same additions.

/** Bytes of a number that windows are made of: two's complement, lowest word first. */
export const WIDE: usize = 40

/** Writes the windows of an odd number, `bits` bits together, in its place: (k + 2^bits - 1) / 2. |k| is below 2^bits. */
export function makeWindows(number: usize, bits: u32): void {
  for (let i: usize = 0; i < 32; i += 8)
    store<u64>(number + i, (load<u64>(number + i) >> 1) | (load<u64>(number + i, 8) << 63))
  // Half of it, rounded down, and 2^(bits - 1), at which nothing else ends up than its sign.
  const top = number + ((bits - 1) >> 3)
  const topBit: u32 = 1 << ((bits - 1) & 7)
  store<u8>(top, load<u8>(top) ^ <u8>topBit)
}

/**
 * What window i stands for: (m - 1) / 2 for an odd multiple m of the point, and its bits turned round for -m. Windows have 4 or 8
 * bits.
 */
// @ts-ignore: decorator
@inline
export function multipleOf(windows: usize, i: u32, window: u32): i32 {
  const half: i32 = 1 << (window - 1)
  const bit = i * window
  // Of four bits 8 stands for 1 and 15 for 15; 7 for -1 and 0 for -15.
  return (<i32>(<u32>load<u8>(windows + (bit >> 3)) >> (bit & 7)) & (2 * half - 1)) - half
}

/** Which of the point's odd multiples it is, either way round: 0 for the point itself. */
// @ts-ignore: decorator
@inline
export function sizeOf(multiple: i32): usize {
  return <usize>(multiple ^ (multiple >> 31))
}
