/*
 * Keccak-256 of two inputs at once: lane i of both states shares one 128-bit register, so each instruction of the
 * permutation serves two hashes: 0.21 µs each, where one alone takes 0.31 to 0.35.
 *
 * WebAssembly has no rotation of 64-bit lanes: each is two shifts and an or. Otherwise as in keccak.ts, which is also
 * the oracle; chi needs no inverted lanes here, since there is an and-not. A third state in 64-bit registers, interleaved
 * with these two, was 10 % faster still, for twice the code and a queue for three.
 */

import { zeroBytes } from './bytes'
import { KECCAK_RATE, ROUND_CONSTANTS } from './keccak'

/** 25 pairs of lanes; pair i at 16 * i. */
const STATE: usize = memory.data(400, 16)

// @ts-ignore: decorator
@inline
function rotate(lanes: v128, bits: i32): v128 {
  return v128.or(i64x2.shl(lanes, bits), i64x2.shr_u(lanes, 64 - bits))
}

/**
 * Hashes two inputs of the same number of blocks, padded already, and writes 32 bytes for each. Outputs don't
 * overlap inputs.
 */
export function keccakPair(inputA: usize, inputB: usize, blockCount: u32, outputA: usize, outputB: usize): void {
  zeroState()
  for (; blockCount != 0; blockCount--) {
    absorb(inputA, inputB)
    permute()
    inputA += KECCAK_RATE
    inputB += KECCAK_RATE
  }
  for (let pair: usize = 0; pair < 64; pair += 32) {
    const low = load<v128>(STATE + pair)
    const high = load<v128>(STATE + pair, 16)
    store<v128>(outputA + (pair >> 1), i64x2.shuffle(low, high, 0, 2))
    store<v128>(outputB + (pair >> 1), i64x2.shuffle(low, high, 1, 3))
  }
}

/** Sets the padding of a message of `length` bytes and returns its number of blocks. */
export function padBlocks(message: usize, length: u32): u32 {
  const blockCount = length / KECCAK_RATE + 1
  const end = message + <usize>blockCount * KECCAK_RATE
  zeroBytes(message + length, <u32>(end - message) - length)
  store<u8>(message + length, 0x01)
  store<u8>(end - 1, load<u8>(end - 1) | 0x80)
  return blockCount
}

/** 25 stores: the call that memory.fill makes takes 15 ns. */
function zeroState(): void {
  for (let pair = STATE; pair < STATE + 400; pair += 80) {
    store<v128>(pair, i64x2(0, 0))
    store<v128>(pair, i64x2(0, 0), 16)
    store<v128>(pair, i64x2(0, 0), 32)
    store<v128>(pair, i64x2(0, 0), 48)
    store<v128>(pair, i64x2(0, 0), 64)
  }
}

function absorb(inputA: usize, inputB: usize): void {
  let pair = STATE
  for (let lane: usize = 0; lane < 128; lane += 16) {
    const a = load<v128>(inputA + lane)
    const b = load<v128>(inputB + lane)
    store<v128>(pair, v128.xor(load<v128>(pair), i64x2.shuffle(a, b, 0, 2)))
    store<v128>(pair, v128.xor(load<v128>(pair, 16), i64x2.shuffle(a, b, 1, 3)), 16)
    pair += 32
  }
  const last = v128.load_lane<u64>(inputB + 128, v128.load64_zero(inputA + 128), 1)
  store<v128>(pair, v128.xor(load<v128>(pair), last))
}

/** Keccak-f[1600] over both states, two rounds at a time. */
function permute(): void {
  let a0 = load<v128>(STATE, 0)
  let a1 = load<v128>(STATE, 16)
  let a2 = load<v128>(STATE, 32)
  let a3 = load<v128>(STATE, 48)
  let a4 = load<v128>(STATE, 64)
  let a5 = load<v128>(STATE, 80)
  let a6 = load<v128>(STATE, 96)
  let a7 = load<v128>(STATE, 112)
  let a8 = load<v128>(STATE, 128)
  let a9 = load<v128>(STATE, 144)
  let a10 = load<v128>(STATE, 160)
  let a11 = load<v128>(STATE, 176)
  let a12 = load<v128>(STATE, 192)
  let a13 = load<v128>(STATE, 208)
  let a14 = load<v128>(STATE, 224)
  let a15 = load<v128>(STATE, 240)
  let a16 = load<v128>(STATE, 256)
  let a17 = load<v128>(STATE, 272)
  let a18 = load<v128>(STATE, 288)
  let a19 = load<v128>(STATE, 304)
  let a20 = load<v128>(STATE, 320)
  let a21 = load<v128>(STATE, 336)
  let a22 = load<v128>(STATE, 352)
  let a23 = load<v128>(STATE, 368)
  let a24 = load<v128>(STATE, 384)
  let c0: v128, c1: v128, c2: v128, c3: v128, c4: v128
  let d0: v128, d1: v128, d2: v128, d3: v128, d4: v128
  let e0: v128, e1: v128, e2: v128, e3: v128, e4: v128, e5: v128, e6: v128, e7: v128, e8: v128, e9: v128, e10: v128, e11: v128, e12: v128, e13: v128, e14: v128, e15: v128, e16: v128, e17: v128, e18: v128, e19: v128, e20: v128, e21: v128, e22: v128, e23: v128, e24: v128
  let b0: v128, b1: v128, b2: v128, b3: v128, b4: v128
  for (let round: usize = 0; round < 192; round += 16) {
    // from the lanes a to the lanes e
    c0 = v128.xor(v128.xor(v128.xor(v128.xor(a0, a5), a10), a15), a20)
    c1 = v128.xor(v128.xor(v128.xor(v128.xor(a1, a6), a11), a16), a21)
    c2 = v128.xor(v128.xor(v128.xor(v128.xor(a2, a7), a12), a17), a22)
    c3 = v128.xor(v128.xor(v128.xor(v128.xor(a3, a8), a13), a18), a23)
    c4 = v128.xor(v128.xor(v128.xor(v128.xor(a4, a9), a14), a19), a24)
    d0 = v128.xor(c4, rotate(c1, 1))
    d1 = v128.xor(c0, rotate(c2, 1))
    d2 = v128.xor(c1, rotate(c3, 1))
    d3 = v128.xor(c2, rotate(c4, 1))
    d4 = v128.xor(c3, rotate(c0, 1))
    b0 = v128.xor(a0, d0)
    b1 = rotate(v128.xor(a6, d1), 44)
    b2 = rotate(v128.xor(a12, d2), 43)
    b3 = rotate(v128.xor(a18, d3), 21)
    b4 = rotate(v128.xor(a24, d4), 14)
    e0 = v128.xor(v128.xor(b0, v128.andnot(b2, b1)), v128.load64_splat(ROUND_CONSTANTS + round))
    e1 = v128.xor(b1, v128.andnot(b3, b2))
    e2 = v128.xor(b2, v128.andnot(b4, b3))
    e3 = v128.xor(b3, v128.andnot(b0, b4))
    e4 = v128.xor(b4, v128.andnot(b1, b0))
    b0 = rotate(v128.xor(a3, d3), 28)
    b1 = rotate(v128.xor(a9, d4), 20)
    b2 = rotate(v128.xor(a10, d0), 3)
    b3 = rotate(v128.xor(a16, d1), 45)
    b4 = rotate(v128.xor(a22, d2), 61)
    e5 = v128.xor(b0, v128.andnot(b2, b1))
    e6 = v128.xor(b1, v128.andnot(b3, b2))
    e7 = v128.xor(b2, v128.andnot(b4, b3))
    e8 = v128.xor(b3, v128.andnot(b0, b4))
    e9 = v128.xor(b4, v128.andnot(b1, b0))
    b0 = rotate(v128.xor(a1, d1), 1)
    b1 = rotate(v128.xor(a7, d2), 6)
    b2 = rotate(v128.xor(a13, d3), 25)
    b3 = rotate(v128.xor(a19, d4), 8)
    b4 = rotate(v128.xor(a20, d0), 18)
    e10 = v128.xor(b0, v128.andnot(b2, b1))
    e11 = v128.xor(b1, v128.andnot(b3, b2))
    e12 = v128.xor(b2, v128.andnot(b4, b3))
    e13 = v128.xor(b3, v128.andnot(b0, b4))
    e14 = v128.xor(b4, v128.andnot(b1, b0))
    b0 = rotate(v128.xor(a4, d4), 27)
    b1 = rotate(v128.xor(a5, d0), 36)
    b2 = rotate(v128.xor(a11, d1), 10)
    b3 = rotate(v128.xor(a17, d2), 15)
    b4 = rotate(v128.xor(a23, d3), 56)
    e15 = v128.xor(b0, v128.andnot(b2, b1))
    e16 = v128.xor(b1, v128.andnot(b3, b2))
    e17 = v128.xor(b2, v128.andnot(b4, b3))
    e18 = v128.xor(b3, v128.andnot(b0, b4))
    e19 = v128.xor(b4, v128.andnot(b1, b0))
    b0 = rotate(v128.xor(a2, d2), 62)
    b1 = rotate(v128.xor(a8, d3), 55)
    b2 = rotate(v128.xor(a14, d4), 39)
    b3 = rotate(v128.xor(a15, d0), 41)
    b4 = rotate(v128.xor(a21, d1), 2)
    e20 = v128.xor(b0, v128.andnot(b2, b1))
    e21 = v128.xor(b1, v128.andnot(b3, b2))
    e22 = v128.xor(b2, v128.andnot(b4, b3))
    e23 = v128.xor(b3, v128.andnot(b0, b4))
    e24 = v128.xor(b4, v128.andnot(b1, b0))
    // and back
    c0 = v128.xor(v128.xor(v128.xor(v128.xor(e0, e5), e10), e15), e20)
    c1 = v128.xor(v128.xor(v128.xor(v128.xor(e1, e6), e11), e16), e21)
    c2 = v128.xor(v128.xor(v128.xor(v128.xor(e2, e7), e12), e17), e22)
    c3 = v128.xor(v128.xor(v128.xor(v128.xor(e3, e8), e13), e18), e23)
    c4 = v128.xor(v128.xor(v128.xor(v128.xor(e4, e9), e14), e19), e24)
    d0 = v128.xor(c4, rotate(c1, 1))
    d1 = v128.xor(c0, rotate(c2, 1))
    d2 = v128.xor(c1, rotate(c3, 1))
    d3 = v128.xor(c2, rotate(c4, 1))
    d4 = v128.xor(c3, rotate(c0, 1))
    b0 = v128.xor(e0, d0)
    b1 = rotate(v128.xor(e6, d1), 44)
    b2 = rotate(v128.xor(e12, d2), 43)
    b3 = rotate(v128.xor(e18, d3), 21)
    b4 = rotate(v128.xor(e24, d4), 14)
    a0 = v128.xor(v128.xor(b0, v128.andnot(b2, b1)), v128.load64_splat(ROUND_CONSTANTS + round, 8))
    a1 = v128.xor(b1, v128.andnot(b3, b2))
    a2 = v128.xor(b2, v128.andnot(b4, b3))
    a3 = v128.xor(b3, v128.andnot(b0, b4))
    a4 = v128.xor(b4, v128.andnot(b1, b0))
    b0 = rotate(v128.xor(e3, d3), 28)
    b1 = rotate(v128.xor(e9, d4), 20)
    b2 = rotate(v128.xor(e10, d0), 3)
    b3 = rotate(v128.xor(e16, d1), 45)
    b4 = rotate(v128.xor(e22, d2), 61)
    a5 = v128.xor(b0, v128.andnot(b2, b1))
    a6 = v128.xor(b1, v128.andnot(b3, b2))
    a7 = v128.xor(b2, v128.andnot(b4, b3))
    a8 = v128.xor(b3, v128.andnot(b0, b4))
    a9 = v128.xor(b4, v128.andnot(b1, b0))
    b0 = rotate(v128.xor(e1, d1), 1)
    b1 = rotate(v128.xor(e7, d2), 6)
    b2 = rotate(v128.xor(e13, d3), 25)
    b3 = rotate(v128.xor(e19, d4), 8)
    b4 = rotate(v128.xor(e20, d0), 18)
    a10 = v128.xor(b0, v128.andnot(b2, b1))
    a11 = v128.xor(b1, v128.andnot(b3, b2))
    a12 = v128.xor(b2, v128.andnot(b4, b3))
    a13 = v128.xor(b3, v128.andnot(b0, b4))
    a14 = v128.xor(b4, v128.andnot(b1, b0))
    b0 = rotate(v128.xor(e4, d4), 27)
    b1 = rotate(v128.xor(e5, d0), 36)
    b2 = rotate(v128.xor(e11, d1), 10)
    b3 = rotate(v128.xor(e17, d2), 15)
    b4 = rotate(v128.xor(e23, d3), 56)
    a15 = v128.xor(b0, v128.andnot(b2, b1))
    a16 = v128.xor(b1, v128.andnot(b3, b2))
    a17 = v128.xor(b2, v128.andnot(b4, b3))
    a18 = v128.xor(b3, v128.andnot(b0, b4))
    a19 = v128.xor(b4, v128.andnot(b1, b0))
    b0 = rotate(v128.xor(e2, d2), 62)
    b1 = rotate(v128.xor(e8, d3), 55)
    b2 = rotate(v128.xor(e14, d4), 39)
    b3 = rotate(v128.xor(e15, d0), 41)
    b4 = rotate(v128.xor(e21, d1), 2)
    a20 = v128.xor(b0, v128.andnot(b2, b1))
    a21 = v128.xor(b1, v128.andnot(b3, b2))
    a22 = v128.xor(b2, v128.andnot(b4, b3))
    a23 = v128.xor(b3, v128.andnot(b0, b4))
    a24 = v128.xor(b4, v128.andnot(b1, b0))
  }
  store<v128>(STATE, a0, 0)
  store<v128>(STATE, a1, 16)
  store<v128>(STATE, a2, 32)
  store<v128>(STATE, a3, 48)
  store<v128>(STATE, a4, 64)
  store<v128>(STATE, a5, 80)
  store<v128>(STATE, a6, 96)
  store<v128>(STATE, a7, 112)
  store<v128>(STATE, a8, 128)
  store<v128>(STATE, a9, 144)
  store<v128>(STATE, a10, 160)
  store<v128>(STATE, a11, 176)
  store<v128>(STATE, a12, 192)
  store<v128>(STATE, a13, 208)
  store<v128>(STATE, a14, 224)
  store<v128>(STATE, a15, 240)
  store<v128>(STATE, a16, 256)
  store<v128>(STATE, a17, 272)
  store<v128>(STATE, a18, 288)
  store<v128>(STATE, a19, 304)
  store<v128>(STATE, a20, 320)
  store<v128>(STATE, a21, 336)
  store<v128>(STATE, a22, 352)
  store<v128>(STATE, a23, 368)
  store<v128>(STATE, a24, 384)
}
