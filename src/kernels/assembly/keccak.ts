/*
 * Keccak-256 as Ethereum uses it: rate 136 bytes, padding 0x01 (not the 0x06 of SHA-3), 32 bytes of output.
 * Source: The Keccak reference, version 3.0; Yellow Paper, appendix B.
 *
 * The 25 lanes live in locals for all 24 rounds: memory is read before the first and written after the last. A lane
 * array, however natural, is 8 times slower. The sponge's state is static memory, so one hash runs at a time.
 */

/** Bytes absorbed by one permutation. */
export const KECCAK_RATE: u32 = 136

/** 25 lanes of 8 bytes; lane (x, y) at 8 * (x + 5 * y). */
const STATE: usize = memory.data(200, 16)

/** Constants of the step iota, one for each round. */
const ROUND_CONSTANTS: usize = memory.data<u64>([
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
  0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
  0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
  0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
  0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
])

/** Hashes `length` bytes at `input`; writes 32 bytes to `output`, which may overlap the input. */
export function keccak256(input: usize, length: u32, output: usize): void {
  const blockCount = length / KECCAK_RATE
  const absorbed = blockCount * KECCAK_RATE
  keccakReset()
  keccakAbsorb(input, blockCount)
  keccakFinish(input + absorbed, length - absorbed, output)
}

/** keccak256 of exactly 64 bytes: the slot of a Solidity mapping's entry. */
export function keccak256Of64(input: usize, output: usize): void {
  memory.fill(STATE + 72, 0, 128)
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
  memory.fill(STATE, 0, 200)
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

/** Keccak-f[1600] over {@link STATE}. */
function permute(): void {
  let a0 = load<u64>(STATE, 0)
  let a1 = load<u64>(STATE, 8)
  let a2 = load<u64>(STATE, 16)
  let a3 = load<u64>(STATE, 24)
  let a4 = load<u64>(STATE, 32)
  let a5 = load<u64>(STATE, 40)
  let a6 = load<u64>(STATE, 48)
  let a7 = load<u64>(STATE, 56)
  let a8 = load<u64>(STATE, 64)
  let a9 = load<u64>(STATE, 72)
  let a10 = load<u64>(STATE, 80)
  let a11 = load<u64>(STATE, 88)
  let a12 = load<u64>(STATE, 96)
  let a13 = load<u64>(STATE, 104)
  let a14 = load<u64>(STATE, 112)
  let a15 = load<u64>(STATE, 120)
  let a16 = load<u64>(STATE, 128)
  let a17 = load<u64>(STATE, 136)
  let a18 = load<u64>(STATE, 144)
  let a19 = load<u64>(STATE, 152)
  let a20 = load<u64>(STATE, 160)
  let a21 = load<u64>(STATE, 168)
  let a22 = load<u64>(STATE, 176)
  let a23 = load<u64>(STATE, 184)
  let a24 = load<u64>(STATE, 192)
  let c0: u64, c1: u64, c2: u64, c3: u64, c4: u64
  let d0: u64, d1: u64, d2: u64, d3: u64, d4: u64
  let b0: u64, b1: u64, b2: u64, b3: u64, b4: u64
  let b5: u64, b6: u64, b7: u64, b8: u64, b9: u64
  let b10: u64, b11: u64, b12: u64, b13: u64, b14: u64
  let b15: u64, b16: u64, b17: u64, b18: u64, b19: u64
  let b20: u64, b21: u64, b22: u64, b23: u64, b24: u64
  for (let round: usize = 0; round < 192; round += 8) {
    // theta: each lane takes the parities of two neighbour columns
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
    // theta, rho and pi: B[y, 2x + 3y] = rotl(A[x, y] ^ D[x], r[x, y])
    b0 = a0 ^ d0
    b1 = rotl<u64>(a6 ^ d1, 44)
    b2 = rotl<u64>(a12 ^ d2, 43)
    b3 = rotl<u64>(a18 ^ d3, 21)
    b4 = rotl<u64>(a24 ^ d4, 14)
    b5 = rotl<u64>(a3 ^ d3, 28)
    b6 = rotl<u64>(a9 ^ d4, 20)
    b7 = rotl<u64>(a10 ^ d0, 3)
    b8 = rotl<u64>(a16 ^ d1, 45)
    b9 = rotl<u64>(a22 ^ d2, 61)
    b10 = rotl<u64>(a1 ^ d1, 1)
    b11 = rotl<u64>(a7 ^ d2, 6)
    b12 = rotl<u64>(a13 ^ d3, 25)
    b13 = rotl<u64>(a19 ^ d4, 8)
    b14 = rotl<u64>(a20 ^ d0, 18)
    b15 = rotl<u64>(a4 ^ d4, 27)
    b16 = rotl<u64>(a5 ^ d0, 36)
    b17 = rotl<u64>(a11 ^ d1, 10)
    b18 = rotl<u64>(a17 ^ d2, 15)
    b19 = rotl<u64>(a23 ^ d3, 56)
    b20 = rotl<u64>(a2 ^ d2, 62)
    b21 = rotl<u64>(a8 ^ d3, 55)
    b22 = rotl<u64>(a14 ^ d4, 39)
    b23 = rotl<u64>(a15 ^ d0, 41)
    b24 = rotl<u64>(a21 ^ d1, 2)
    // chi, and iota in the first lane
    a0 = b0 ^ (~b1 & b2) ^ load<u64>(ROUND_CONSTANTS + round)
    a1 = b1 ^ (~b2 & b3)
    a2 = b2 ^ (~b3 & b4)
    a3 = b3 ^ (~b4 & b0)
    a4 = b4 ^ (~b0 & b1)
    a5 = b5 ^ (~b6 & b7)
    a6 = b6 ^ (~b7 & b8)
    a7 = b7 ^ (~b8 & b9)
    a8 = b8 ^ (~b9 & b5)
    a9 = b9 ^ (~b5 & b6)
    a10 = b10 ^ (~b11 & b12)
    a11 = b11 ^ (~b12 & b13)
    a12 = b12 ^ (~b13 & b14)
    a13 = b13 ^ (~b14 & b10)
    a14 = b14 ^ (~b10 & b11)
    a15 = b15 ^ (~b16 & b17)
    a16 = b16 ^ (~b17 & b18)
    a17 = b17 ^ (~b18 & b19)
    a18 = b18 ^ (~b19 & b15)
    a19 = b19 ^ (~b15 & b16)
    a20 = b20 ^ (~b21 & b22)
    a21 = b21 ^ (~b22 & b23)
    a22 = b22 ^ (~b23 & b24)
    a23 = b23 ^ (~b24 & b20)
    a24 = b24 ^ (~b20 & b21)
  }
  store<u64>(STATE, a0, 0)
  store<u64>(STATE, a1, 8)
  store<u64>(STATE, a2, 16)
  store<u64>(STATE, a3, 24)
  store<u64>(STATE, a4, 32)
  store<u64>(STATE, a5, 40)
  store<u64>(STATE, a6, 48)
  store<u64>(STATE, a7, 56)
  store<u64>(STATE, a8, 64)
  store<u64>(STATE, a9, 72)
  store<u64>(STATE, a10, 80)
  store<u64>(STATE, a11, 88)
  store<u64>(STATE, a12, 96)
  store<u64>(STATE, a13, 104)
  store<u64>(STATE, a14, 112)
  store<u64>(STATE, a15, 120)
  store<u64>(STATE, a16, 128)
  store<u64>(STATE, a17, 136)
  store<u64>(STATE, a18, 144)
  store<u64>(STATE, a19, 152)
  store<u64>(STATE, a20, 160)
  store<u64>(STATE, a21, 168)
  store<u64>(STATE, a22, 176)
  store<u64>(STATE, a23, 184)
  store<u64>(STATE, a24, 192)
}
