// Precompiled contracts: the identity is done here, the others by the host's libraries.

import { cells, ENV_FORK, HOST_OUTPUT_LEN, returnBuffer, returnBufferEnd } from './layout'
import { CANCUN, OSAKA, PRAGUE } from './gas'
import { addressToWord } from './address'
import * as u256 from './u256'
import { setReturnData, setReturnDataLength } from './returnData'

/**
 * Runs a precompile. Writes its output to `out` (at most `room` bytes) and the output's length to HOST_OUTPUT_LEN.
 * Returns the gas it took, or a negative number when it failed or `gas` does not suffice. Gas is exact below 2^53.
 */
// @ts-ignore: decorator
@external("host", "precompile")
declare function hostPrecompile(address: u32, input: usize, length: u32, gas: f64, out: usize, room: u32): f64

const P256_VERIFY: u64 = 0x100

/** The last of the precompiles that stand in a row from 1 on. */
@inline
function highestPrecompile(fork: u32): u64 {
  return fork >= PRAGUE ? 0x11 : fork >= CANCUN ? 0x0a : 0x09
}

/** Places that a simulation has put precompiles to or taken them from: words, and the number that stands there or 0. */
const MOVES_LIMIT: u32 = 256
const movedAddresses: usize = memory.data(256 * 32, 16)
const movedNumbers: usize = memory.data(256 * 4, 16)
let moves: u32 = 0
const looked: usize = memory.data(32, 16)

/** From now on the precompile with this number (0: none) stands at an address of 20 bytes. False: there are too many. */
export function movePrecompile(addressAt: usize, number: u32): bool {
  if (moves == MOVES_LIMIT) return false
  addressToWord(addressAt, movedAddresses + (<usize>moves << 5))
  store<u32>(movedNumbers + (<usize>moves << 2), number)
  moves++
  return true
}

/** The number at an address of 20 bytes. */
export function precompileNumberAt(addressAt: usize): u32 {
  addressToWord(addressAt, looked)
  return precompileAt(looked)
}

export function resetPrecompiles(): void {
  moves = 0
}

/** The precompile's number, or 0. */
export function precompileAt(address: usize): u32 {
  for (let i = moves; i != 0; i--) {
    if (u256.eq(address, movedAddresses + (<usize>(i - 1) << 5))) return load<u32>(movedNumbers + (<usize>(i - 1) << 2))
  }
  return originalPrecompile(address)
}

/** Where no simulation has moved it: its address as a small number, or 0. */
function originalPrecompile(address: usize): u32 {
  if ((load<u64>(address, 8) | load<u64>(address, 16)) != 0) return 0
  const low = load<u64>(address)
  const fork = load<u32>(cells, ENV_FORK)
  if (low == 0) return 0
  if (low <= highestPrecompile(fork)) return <u32>low
  return low == P256_VERIFY && fork >= OSAKA ? <u32>low : 0
}

/** Whether an account record is a precompile's: these are always warm (EIP-2929). */
@inline
export function isPrecompileRecord(record: usize): bool {
  if ((load<u64>(record, 8) | <u64>load<u32>(record, 16)) != 0) return false
  const low = load<u64>(record)
  if (low == 0) return false
  const fork = load<u32>(cells, ENV_FORK)
  return low <= highestPrecompile(fork) || (low == P256_VERIFY && fork >= OSAKA)
}

/** Returns the gas left, negative on failure; the output is the return data. */
export function runPrecompile(address: u32, input: usize, length: u32, gas: i64): i64 {
  if (address == 4) {
    const left = gas - 15 - 3 * <i64>((<u64>length + 31) >> 5)
    if (left < 0) return -1
    setReturnData(input, length)
    return left
  }
  const limit = gas > 0x1fffffffffffff ? 0x1fffffffffffff : gas
  const cost = hostPrecompile(address, input, length, <f64>limit, returnBuffer, <u32>(returnBufferEnd - returnBuffer))
  if (cost < 0) return -1
  setReturnDataLength(load<u32>(cells, HOST_OUTPUT_LEN))
  return gas - <i64>cost
}
