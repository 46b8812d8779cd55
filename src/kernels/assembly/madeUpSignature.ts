// Signatures that a developer's chain makes up for accounts whose key nobody has: r = 2^160 + sender, s = 1. To find a
// transaction whose signature recovers to the address that stands in its own r takes 2^160 attempts: nobody else makes one.

import { MODE_MESSAGE } from './layout'

/** Of the end of a raw transaction: 0x95 · 1 · sender 20 · 1. */
const TAIL_BYTES: usize = 23
/** 0x95 · 1, the RLP head of r and its first byte, as they are loaded. */
const R_START: u16 = 0x0195

/** The mode in which a decoded raw transaction of `sender` (20 bytes, big-endian) is executed. */
@inline
export function modeOf(raw: usize, rawLength: u32, sender: usize): u32 {
  const tail = raw + rawLength - TAIL_BYTES
  if (load<u8>(tail, 22) != 1 || load<u16>(tail) != R_START) return 0
  const isSender =
    load<u64>(tail, 2) == load<u64>(sender) &&
    load<u64>(tail, 10) == load<u64>(sender, 8) &&
    load<u32>(tail, 18) == load<u32>(sender, 16)
  return isSender ? MODE_MESSAGE : 0
}
