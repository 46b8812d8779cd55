/*
 * Keccak-256 as Ethereum uses it: rate 136 bytes, padding 0x01 (not the 0x06 of SHA-3), 32 bytes of output.
 * Source: The Keccak reference, version 3.0; Yellow Paper, appendix B.
 *
 * The 25 lanes live in locals for all 24 rounds: memory is read before the first and written after the last. A lane
 * array, however natural, is 8 times slower. The sponge's state is static memory, so one hash runs at a time.
 */

import { zeroBytes } from './bytes'

/** Bytes absorbed by one permutation. */
export const KECCAK_RATE: u32 = 136

/** 25 lanes of 8 bytes; lane (x, y) at 8 * (x + 5 * y). */
const STATE: usize = memory.data(200, 16)

/** Constants of the step iota, one for each round. */
export const ROUND_CONSTANTS: usize = memory.data<u64>([
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
  0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
  0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
  0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
  0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
])

/** Hashes `length` bytes at `input`; writes 32 bytes to `output`, which may overlap the input. */
export function keccak256(input: usize, length: u32, output: usize): void {
  if (length == 32) return keccak256Of32(input, output)
  const blockCount = length / KECCAK_RATE
  const absorbed = blockCount * KECCAK_RATE
  keccakReset()
  keccakAbsorb(input, blockCount)
  keccakFinish(input + absorbed, length - absorbed, output)
}

/** keccak256 of exactly 32 bytes, a word. */
function keccak256Of32(input: usize, output: usize): void {
  zeroBytes(STATE + 32, 168)
  store<v128>(STATE, load<v128>(input))
  store<v128>(STATE, load<v128>(input, 16), 16)
  store<u64>(STATE, 0x01, 32)
  store<u64>(STATE, 0x8000000000000000, 128)
  permute()
  squeeze(output)
}

/** keccak256 of exactly 64 bytes: the slot of a Solidity mapping's entry. */
export function keccak256Of64(input: usize, output: usize): void {
  zeroBytes(STATE + 72, 128)
  store<v128>(STATE, load<v128>(input))
  store<v128>(STATE, load<v128>(input, 16), 16)
  store<v128>(STATE, load<v128>(input, 32), 32)
  store<v128>(STATE, load<v128>(input, 48), 48)
  store<u64>(STATE, 0x01, 64)
  store<u64>(STATE, 0x8000000000000000, 128)
  permute()
  squeeze(output)
}

/** Starts a hash whose input comes in pieces. */
export function keccakReset(): void {
  zeroBytes(STATE, 200)
}

/** Absorbs whole blocks of {@link KECCAK_RATE} bytes. */
export function keccakAbsorb(input: usize, blockCount: u32): void {
  for (; blockCount != 0; blockCount--) {
    for (let lane: usize = 0; lane < KECCAK_RATE; lane += 8) xorLane(lane, load<u64>(input + lane))
    permute()
    input += KECCAK_RATE
  }
}

/** Absorbs the last `length` bytes, fewer than a block, with the padding; writes the hash to `output`. */
export function keccakFinish(input: usize, length: u32, output: usize): void {
  const whole = length & ~7
  for (let lane: usize = 0; lane < whole; lane += 8) xorLane(lane, load<u64>(input + lane))
  let last: u64 = 0x01
  for (let index = length; index > whole; ) last = (last << 8) | load<u8>(input + --index)
  xorLane(whole, last)
  xorLane(KECCAK_RATE - 8, 0x8000000000000000)
  permute()
  squeeze(output)
}

// @ts-ignore: decorator
@inline
function xorLane(offset: usize, value: u64): void {
  store<u64>(STATE + offset, load<u64>(STATE + offset) ^ value)
}

// @ts-ignore: decorator
@inline
function squeeze(output: usize): void {
  store<v128>(output, load<v128>(STATE))
  store<v128>(output, load<v128>(STATE, 16), 16)
}

/**
 * Keccak-f[1600] over {@link STATE}, two rounds at a time, plane by plane: theta's columns c and their differences d, then
 * for each plane rho and pi (b), and chi and iota into the other set of lanes. Lanes 1, 2, 8, 12, 17 and 20 are kept
 * inverted, so that chi needs one NOT a plane instead of five: by De Morgan's laws its ANDs become ORs in places (Keccak
 * implementation overview 3.2, section 2.2: lane complementing). Together 24 % faster than the plain form.
 */
function permute(): void {
  let a0 = load<u64>(STATE, 0)
  let a1 = ~load<u64>(STATE, 8)
  let a2 = ~load<u64>(STATE, 16)
  let a3 = load<u64>(STATE, 24)
  let a4 = load<u64>(STATE, 32)
  let a5 = load<u64>(STATE, 40)
  let a6 = load<u64>(STATE, 48)
  let a7 = load<u64>(STATE, 56)
  let a8 = ~load<u64>(STATE, 64)
  let a9 = load<u64>(STATE, 72)
  let a10 = load<u64>(STATE, 80)
  let a11 = load<u64>(STATE, 88)
  let a12 = ~load<u64>(STATE, 96)
  let a13 = load<u64>(STATE, 104)
  let a14 = load<u64>(STATE, 112)
  let a15 = load<u64>(STATE, 120)
  let a16 = load<u64>(STATE, 128)
  let a17 = ~load<u64>(STATE, 136)
  let a18 = load<u64>(STATE, 144)
  let a19 = load<u64>(STATE, 152)
  let a20 = ~load<u64>(STATE, 160)
  let a21 = load<u64>(STATE, 168)
  let a22 = load<u64>(STATE, 176)
  let a23 = load<u64>(STATE, 184)
  let a24 = load<u64>(STATE, 192)
  let c0: u64, c1: u64, c2: u64, c3: u64, c4: u64
  let d0: u64, d1: u64, d2: u64, d3: u64, d4: u64
  let e0: u64, e1: u64, e2: u64, e3: u64, e4: u64, e5: u64, e6: u64, e7: u64, e8: u64, e9: u64, e10: u64, e11: u64, e12: u64, e13: u64, e14: u64, e15: u64, e16: u64, e17: u64, e18: u64, e19: u64, e20: u64, e21: u64, e22: u64, e23: u64, e24: u64
  let b0: u64, b1: u64, b2: u64, b3: u64, b4: u64
  let n: u64
  for (let round: usize = 0; round < 192; round += 16) {
    // from the lanes a to the lanes e
    c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20
    c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21
    c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22
    c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23
    c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24
    d0 = c4 ^ rotl<u64>(c1, 1)
    d1 = c0 ^ rotl<u64>(c2, 1)
    d2 = c1 ^ rotl<u64>(c3, 1)
    d3 = c2 ^ rotl<u64>(c4, 1)
    d4 = c3 ^ rotl<u64>(c0, 1)
    b0 = a0 ^ d0
    b1 = rotl<u64>(a6 ^ d1, 44)
    b2 = rotl<u64>(a12 ^ d2, 43)
    b3 = rotl<u64>(a18 ^ d3, 21)
    b4 = rotl<u64>(a24 ^ d4, 14)
    e0 = b0 ^ (b1 | b2) ^ load<u64>(ROUND_CONSTANTS + round)
    e1 = b1 ^ (~b2 | b3)
    e2 = b2 ^ (b3 & b4)
    e3 = b3 ^ (b4 | b0)
    e4 = b4 ^ (b0 & b1)
    b0 = rotl<u64>(a3 ^ d3, 28)
    b1 = rotl<u64>(a9 ^ d4, 20)
    b2 = rotl<u64>(a10 ^ d0, 3)
    b3 = rotl<u64>(a16 ^ d1, 45)
    b4 = rotl<u64>(a22 ^ d2, 61)
    e5 = b0 ^ (b1 | b2)
    e6 = b1 ^ (b2 & b3)
    e7 = b2 ^ (b3 | ~b4)
    e8 = b3 ^ (b4 | b0)
    e9 = b4 ^ (b0 & b1)
    b0 = rotl<u64>(a1 ^ d1, 1)
    b1 = rotl<u64>(a7 ^ d2, 6)
    b2 = rotl<u64>(a13 ^ d3, 25)
    b3 = rotl<u64>(a19 ^ d4, 8)
    b4 = rotl<u64>(a20 ^ d0, 18)
    n = ~b3
    e10 = b0 ^ (b1 | b2)
    e11 = b1 ^ (b2 & b3)
    e12 = b2 ^ (n & b4)
    e13 = n ^ (b4 | b0)
    e14 = b4 ^ (b0 & b1)
    b0 = rotl<u64>(a4 ^ d4, 27)
    b1 = rotl<u64>(a5 ^ d0, 36)
    b2 = rotl<u64>(a11 ^ d1, 10)
    b3 = rotl<u64>(a17 ^ d2, 15)
    b4 = rotl<u64>(a23 ^ d3, 56)
    n = ~b3
    e15 = b0 ^ (b1 & b2)
    e16 = b1 ^ (b2 | b3)
    e17 = b2 ^ (n | b4)
    e18 = n ^ (b4 & b0)
    e19 = b4 ^ (b0 | b1)
    b0 = rotl<u64>(a2 ^ d2, 62)
    b1 = rotl<u64>(a8 ^ d3, 55)
    b2 = rotl<u64>(a14 ^ d4, 39)
    b3 = rotl<u64>(a15 ^ d0, 41)
    b4 = rotl<u64>(a21 ^ d1, 2)
    n = ~b1
    e20 = b0 ^ (n & b2)
    e21 = n ^ (b2 | b3)
    e22 = b2 ^ (b3 & b4)
    e23 = b3 ^ (b4 | b0)
    e24 = b4 ^ (b0 & b1)
    // and back
    c0 = e0 ^ e5 ^ e10 ^ e15 ^ e20
    c1 = e1 ^ e6 ^ e11 ^ e16 ^ e21
    c2 = e2 ^ e7 ^ e12 ^ e17 ^ e22
    c3 = e3 ^ e8 ^ e13 ^ e18 ^ e23
    c4 = e4 ^ e9 ^ e14 ^ e19 ^ e24
    d0 = c4 ^ rotl<u64>(c1, 1)
    d1 = c0 ^ rotl<u64>(c2, 1)
    d2 = c1 ^ rotl<u64>(c3, 1)
    d3 = c2 ^ rotl<u64>(c4, 1)
    d4 = c3 ^ rotl<u64>(c0, 1)
    b0 = e0 ^ d0
    b1 = rotl<u64>(e6 ^ d1, 44)
    b2 = rotl<u64>(e12 ^ d2, 43)
    b3 = rotl<u64>(e18 ^ d3, 21)
    b4 = rotl<u64>(e24 ^ d4, 14)
    a0 = b0 ^ (b1 | b2) ^ load<u64>(ROUND_CONSTANTS + round, 8)
    a1 = b1 ^ (~b2 | b3)
    a2 = b2 ^ (b3 & b4)
    a3 = b3 ^ (b4 | b0)
    a4 = b4 ^ (b0 & b1)
    b0 = rotl<u64>(e3 ^ d3, 28)
    b1 = rotl<u64>(e9 ^ d4, 20)
    b2 = rotl<u64>(e10 ^ d0, 3)
    b3 = rotl<u64>(e16 ^ d1, 45)
    b4 = rotl<u64>(e22 ^ d2, 61)
    a5 = b0 ^ (b1 | b2)
    a6 = b1 ^ (b2 & b3)
    a7 = b2 ^ (b3 | ~b4)
    a8 = b3 ^ (b4 | b0)
    a9 = b4 ^ (b0 & b1)
    b0 = rotl<u64>(e1 ^ d1, 1)
    b1 = rotl<u64>(e7 ^ d2, 6)
    b2 = rotl<u64>(e13 ^ d3, 25)
    b3 = rotl<u64>(e19 ^ d4, 8)
    b4 = rotl<u64>(e20 ^ d0, 18)
    n = ~b3
    a10 = b0 ^ (b1 | b2)
    a11 = b1 ^ (b2 & b3)
    a12 = b2 ^ (n & b4)
    a13 = n ^ (b4 | b0)
    a14 = b4 ^ (b0 & b1)
    b0 = rotl<u64>(e4 ^ d4, 27)
    b1 = rotl<u64>(e5 ^ d0, 36)
    b2 = rotl<u64>(e11 ^ d1, 10)
    b3 = rotl<u64>(e17 ^ d2, 15)
    b4 = rotl<u64>(e23 ^ d3, 56)
    n = ~b3
    a15 = b0 ^ (b1 & b2)
    a16 = b1 ^ (b2 | b3)
    a17 = b2 ^ (n | b4)
    a18 = n ^ (b4 & b0)
    a19 = b4 ^ (b0 | b1)
    b0 = rotl<u64>(e2 ^ d2, 62)
    b1 = rotl<u64>(e8 ^ d3, 55)
    b2 = rotl<u64>(e14 ^ d4, 39)
    b3 = rotl<u64>(e15 ^ d0, 41)
    b4 = rotl<u64>(e21 ^ d1, 2)
    n = ~b1
    a20 = b0 ^ (n & b2)
    a21 = n ^ (b2 | b3)
    a22 = b2 ^ (b3 & b4)
    a23 = b3 ^ (b4 | b0)
    a24 = b4 ^ (b0 & b1)
  }
  store<u64>(STATE, a0, 0)
  store<u64>(STATE, ~a1, 8)
  store<u64>(STATE, ~a2, 16)
  store<u64>(STATE, a3, 24)
  store<u64>(STATE, a4, 32)
  store<u64>(STATE, a5, 40)
  store<u64>(STATE, a6, 48)
  store<u64>(STATE, a7, 56)
  store<u64>(STATE, ~a8, 64)
  store<u64>(STATE, a9, 72)
  store<u64>(STATE, a10, 80)
  store<u64>(STATE, a11, 88)
  store<u64>(STATE, ~a12, 96)
  store<u64>(STATE, a13, 104)
  store<u64>(STATE, a14, 112)
  store<u64>(STATE, a15, 120)
  store<u64>(STATE, a16, 128)
  store<u64>(STATE, ~a17, 136)
  store<u64>(STATE, a18, 144)
  store<u64>(STATE, a19, 152)
  store<u64>(STATE, ~a20, 160)
  store<u64>(STATE, a21, 168)
  store<u64>(STATE, a22, 176)
  store<u64>(STATE, a23, 184)
  store<u64>(STATE, a24, 192)
}
