// The interpreter: runs one frame until it ends or wants a call or creation, which calls.ts carries out.
//
// Each opcode reads like its specification: stack, gas, operation. Static gas and stack bounds are checked for all of
// them at one place, from the fork's table. `sp` points behind the top of the stack, so the top word is at sp - 32.

import { copyBytes } from './bytes'
import { maskAddress } from './address'
import * as u256 from './u256'
import { keccak256 } from './keccak'
import { keccak256OfMappingKey } from './mappingHash'
import {
  cells,
  ENV_BASE_FEE,
  ENV_BLOB_BASE_FEE,
  ENV_CHAIN_ID,
  ENV_COINBASE,
  ENV_GAS_LIMIT,
  ENV_NUMBER,
  ENV_PREV_RANDAO,
  ENV_TIMESTAMP,
  TX_GAS_PRICE,
  TX_SENDER,
} from './layout'
import {
  EXIT_CALL,
  EXIT_CREATE,
  EXIT_RETURN,
  EXIT_REVERT,
  EXIT_STOP,
  F_ACCOUNT,
  F_ADDRESS,
  F_CALLER,
  F_CODE,
  F_CODE_LENGTH,
  F_GAS,
  F_INPUT,
  F_INPUT_LENGTH,
  F_JUMPS,
  F_MEMORY,
  F_MEMORY_SIZE,
  F_OPCODE,
  F_PC,
  F_RETURN_LENGTH,
  F_RETURN_OFFSET,
  F_SP,
  F_STATIC,
  F_VALUE,
  HALT_INVALID_JUMP,
  HALT_INVALID_OPCODE,
  HALT_NEEDS_PARENT_HASH,
  HALT_OUT_OF_GAS,
  HALT_RETURN_DATA_OUT_OF_BOUNDS,
  HALT_STACK_OVERFLOW,
  HALT_STACK_UNDERFLOW,
  HALT_WRITE_PROTECTION,
  stackHeight,
} from './frame'
import { GAS_COPY_WORD, GAS_EXP_BYTE, GAS_HIGH, GAS_JUMPDEST, GAS_KECCAK_WORD, GAS_MID, GAS_LOG_BYTE, isDefined, opcodeTable } from './gas'
import { copyPadded, expandForRange, expandTo } from './evmMemory'
import {
  accountCode,
  accountCodeHash,
  accountCodeSize,
  blobHash,
  blockHash,
  BLOCK_HASH_PENDING,
  readBalance,
  refundCounter,
  sload,
  sstore,
  STORE_NEEDS_PARENT_HASH,
  tload,
  tstore,
} from './hostOperations'
import { returnData, returnDataLength } from './returnData'
import { appendLog } from './logs'
import { ACCOUNT_BALANCE, account } from './accounts'
import { selfDestruct } from './selfDestruct'
import { traceStep } from './tracing'

/** PUSH reads 32 bytes that end with its data; this clears what lies before them. */
const pushMasks: usize = memory.data(33 * 32, 16)

export function initInterpreter(): void {
  for (let n: usize = 0; n <= 32; n++) {
    for (let i: usize = 0; i < 32; i++) store<u8>(pushMasks + n * 32 + i, i < n ? 0xff : 0)
  }
}

function stackFault(op: u32, height: u32): i32 {
  if (!isDefined(op)) return HALT_INVALID_OPCODE
  return height < load<u16>(opcodeTable + (<usize>op << 3), 2) ? HALT_STACK_UNDERFLOW : HALT_STACK_OVERFLOW
}

@inline
function wordsOf(bytes: u64): u64 {
  return (bytes + 31) >> 5
}

/** Address behind the JUMPDEST at an offset of the code, or 0 where there is none. */
@inline
function jumpTarget(frame: usize, to: u64): usize {
  if (to >= load<u32>(frame, F_CODE_LENGTH)) return 0
  const marks = <u32>load<u8>(<usize>load<u32>(frame, F_JUMPS) + <usize>(to >> 3))
  return ((marks >> (<u32>to & 7)) & 1) != 0 ? <usize>load<u32>(frame, F_CODE) + <usize>to + 1 : 0
}

@inline
function memoryOf(frame: usize): usize {
  return <usize>load<u32>(frame, F_MEMORY)
}

@inline
function saveFrame(frame: usize, pc: usize, sp: usize, gas: i64, op: u32): void {
  store<u32>(frame, <u32>(pc - load<u32>(frame, F_CODE)), F_PC)
  store<u32>(frame, <u32>sp, F_SP)
  store<i64>(frame, gas, F_GAS)
  store<u32>(frame, op, F_OPCODE)
}

/** Runs the frame from its saved state. Returns an EXIT_ or HALT_ code; but for halts the frame's state is saved. */
export function interpret(frame: usize): i32 {
  let pc = <usize>load<u32>(frame, F_CODE) + <usize>load<u32>(frame, F_PC)
  let sp = <usize>load<u32>(frame, F_SP)
  let gas = load<i64>(frame, F_GAS)

  while (true) {
    const op = <u32>load<u8>(pc)
    traceStep(frame, op, pc, gas, sp, refundCounter)
    const facts = opcodeTable + (<usize>op << 3)
    gas -= <i64>load<u16>(facts)
    if (stackHeight(sp) - <u32>load<u16>(facts, 2) > load<u32>(facts, 4)) return stackFault(op, stackHeight(sp))
    if (gas < 0) return HALT_OUT_OF_GAS
    pc++
    switch (op) {
      case 0x00: {
        // STOP
        saveFrame(frame, pc, sp, gas, op)
        return EXIT_STOP
      }
      case 0x01: // ADD
        sp -= 32
        u256.add(sp, sp - 32, sp - 32)
        break
      case 0x02: // MUL
        sp -= 32
        u256.mul(sp, sp - 32, sp - 32)
        break
      case 0x03: // SUB
        sp -= 32
        u256.sub(sp, sp - 32, sp - 32)
        break
      case 0x04: // DIV
        sp -= 32
        u256.div(sp, sp - 32, sp - 32)
        break
      case 0x05: // SDIV
        sp -= 32
        u256.sdiv(sp, sp - 32, sp - 32)
        break
      case 0x06: // MOD
        sp -= 32
        u256.mod(sp, sp - 32, sp - 32)
        break
      case 0x07: // SMOD
        sp -= 32
        u256.smod(sp, sp - 32, sp - 32)
        break
      case 0x08: // ADDMOD
        sp -= 64
        u256.addmod(sp + 32, sp, sp - 32, sp - 32)
        break
      case 0x09: // MULMOD
        sp -= 64
        u256.mulmod(sp + 32, sp, sp - 32, sp - 32)
        break
      case 0x0a: {
        // EXP
        gas -= <i64>(<u64>((u256.bitLength(sp - 64) + 7) >> 3) * GAS_EXP_BYTE)
        if (gas < 0) return HALT_OUT_OF_GAS
        sp -= 32
        u256.exp(sp, sp - 32, sp - 32)
        break
      }
      case 0x0b: // SIGNEXTEND
        sp -= 32
        u256.signextend(sp, sp - 32, sp - 32)
        break

      case 0x10: // LT
        sp -= 32
        u256.setU64(u64(u256.lt(sp, sp - 32)), sp - 32)
        break
      case 0x11: // GT
        sp -= 32
        u256.setU64(u64(u256.lt(sp - 32, sp)), sp - 32)
        break
      case 0x12: // SLT
        sp -= 32
        u256.setU64(u64(u256.slt(sp, sp - 32)), sp - 32)
        break
      case 0x13: // SGT
        sp -= 32
        u256.setU64(u64(u256.slt(sp - 32, sp)), sp - 32)
        break
      case 0x14: // EQ
        sp -= 32
        u256.setU64(u64(u256.eq(sp, sp - 32)), sp - 32)
        break
      case 0x15: // ISZERO
        u256.setU64(u64(u256.isZero(sp - 32)), sp - 32)
        break
      case 0x16: {
        // AND
        sp -= 32
        const low = v128.and(v128.load(sp), v128.load(sp - 32))
        const high = v128.and(v128.load(sp + 16), v128.load(sp - 16))
        v128.store(sp - 32, low)
        v128.store(sp - 16, high)
        break
      }
      case 0x17: {
        // OR
        sp -= 32
        const low = v128.or(v128.load(sp), v128.load(sp - 32))
        const high = v128.or(v128.load(sp + 16), v128.load(sp - 16))
        v128.store(sp - 32, low)
        v128.store(sp - 16, high)
        break
      }
      case 0x18: {
        // XOR
        sp -= 32
        const low = v128.xor(v128.load(sp), v128.load(sp - 32))
        const high = v128.xor(v128.load(sp + 16), v128.load(sp - 16))
        v128.store(sp - 32, low)
        v128.store(sp - 16, high)
        break
      }
      case 0x19: {
        // NOT
        const low = v128.not(v128.load(sp - 32))
        const high = v128.not(v128.load(sp - 16))
        v128.store(sp - 32, low)
        v128.store(sp - 16, high)
        break
      }
      case 0x1a: // BYTE
        sp -= 32
        u256.byteAt(sp, sp - 32, sp - 32)
        break
      case 0x1b: // SHL
        sp -= 32
        u256.shl(sp, sp - 32, sp - 32)
        break
      case 0x1c: // SHR
        sp -= 32
        u256.shr(sp, sp - 32, sp - 32)
        break
      case 0x1d: // SAR
        sp -= 32
        u256.sar(sp, sp - 32, sp - 32)
        break
      case 0x1e: // CLZ, EIP-7939
        u256.clz(sp - 32, sp - 32)
        break

      case 0x20: {
        // KECCAK256
        gas = expandForRange(frame, sp - 32, sp - 64, gas)
        if (gas < 0) return HALT_OUT_OF_GAS
        const length = load<u64>(sp - 64)
        gas -= <i64>(wordsOf(length) * GAS_KECCAK_WORD)
        if (gas < 0) return HALT_OUT_OF_GAS
        if (length == 64) keccak256OfMappingKey(memoryOf(frame) + load<u32>(sp - 32), sp - 64)
        else keccak256(memoryOf(frame) + load<u32>(sp - 32), <u32>length, sp - 64)
        sp -= 32
        u256.fromBytes32(sp - 32, sp - 32)
        break
      }

      case 0x30: // ADDRESS
        u256.copy(frame + F_ADDRESS, sp)
        sp += 32
        break
      case 0x31: // BALANCE
        gas = readBalance(sp - 32, gas)
        if (gas < 0) return HALT_OUT_OF_GAS
        break
      case 0x32: // ORIGIN
        u256.copy(cells + TX_SENDER, sp)
        sp += 32
        break
      case 0x33: // CALLER
        u256.copy(frame + F_CALLER, sp)
        sp += 32
        break
      case 0x34: // CALLVALUE
        u256.copy(frame + F_VALUE, sp)
        sp += 32
        break
      case 0x35: {
        // CALLDATALOAD
        const length = load<u32>(frame, F_INPUT_LENGTH)
        if (u256.fitsU64(sp - 32) && load<u64>(sp - 32) + 32 <= <u64>length && load<u64>(sp - 32) < length) {
          u256.fromBytes32(<usize>load<u32>(frame, F_INPUT) + load<u32>(sp - 32), sp - 32)
        } else {
          copyPadded(sp, load<u32>(frame, F_INPUT), length, sp - 32, 32)
          u256.fromBytes32(sp, sp - 32)
        }
        break
      }
      case 0x36: // CALLDATASIZE
        u256.setU64(load<u32>(frame, F_INPUT_LENGTH), sp)
        sp += 32
        break
      case 0x37: // CALLDATACOPY
      case 0x39: {
        // CODECOPY: stack memory offset, offset, length
        gas = expandForRange(frame, sp - 32, sp - 96, gas)
        if (gas < 0) return HALT_OUT_OF_GAS
        const length = load<u64>(sp - 96)
        gas -= <i64>(wordsOf(length) * GAS_COPY_WORD)
        if (gas < 0) return HALT_OUT_OF_GAS
        if (length != 0) {
          const source = op == 0x37 ? load<u32>(frame, F_INPUT) : load<u32>(frame, F_CODE)
          const sourceLength = op == 0x37 ? load<u32>(frame, F_INPUT_LENGTH) : load<u32>(frame, F_CODE_LENGTH)
          copyPadded(memoryOf(frame) + load<u32>(sp - 32), source, sourceLength, sp - 64, <u32>length)
        }
        sp -= 96
        break
      }
      case 0x38: // CODESIZE
        u256.setU64(load<u32>(frame, F_CODE_LENGTH), sp)
        sp += 32
        break
      case 0x3a: // GASPRICE
        u256.copy(cells + TX_GAS_PRICE, sp)
        sp += 32
        break
      case 0x3b: // EXTCODESIZE
        gas = accountCodeSize(sp - 32, gas)
        if (gas < 0) return HALT_OUT_OF_GAS
        break
      case 0x3c: {
        // EXTCODECOPY: stack address, memory offset, offset, length
        gas = expandForRange(frame, sp - 64, sp - 128, gas)
        if (gas < 0) return HALT_OUT_OF_GAS
        const length = load<u64>(sp - 128)
        gas -= <i64>(wordsOf(length) * GAS_COPY_WORD)
        if (gas < 0) return HALT_OUT_OF_GAS
        gas = accountCode(sp - 32, memoryOf(frame) + load<u32>(sp - 64), sp - 96, <u32>length, gas)
        if (gas < 0) return HALT_OUT_OF_GAS
        sp -= 128
        break
      }
      case 0x3d: // RETURNDATASIZE
        u256.setU64(returnDataLength, sp)
        sp += 32
        break
      case 0x3e: {
        // RETURNDATACOPY: stack memory offset, offset, length
        gas = expandForRange(frame, sp - 32, sp - 96, gas)
        if (gas < 0) return HALT_OUT_OF_GAS
        const length = load<u64>(sp - 96)
        gas -= <i64>(wordsOf(length) * GAS_COPY_WORD)
        if (gas < 0) return HALT_OUT_OF_GAS
        if (!u256.fitsU64(sp - 64) || load<u64>(sp - 64) > <u64>returnDataLength) return HALT_RETURN_DATA_OUT_OF_BOUNDS
        if (load<u64>(sp - 64) + length > <u64>returnDataLength) return HALT_RETURN_DATA_OUT_OF_BOUNDS
        if (length != 0) copyBytes(memoryOf(frame) + load<u32>(sp - 32), returnData() + load<u32>(sp - 64), <u32>length)
        sp -= 96
        break
      }
      case 0x3f: // EXTCODEHASH
        gas = accountCodeHash(sp - 32, gas)
        if (gas < 0) return HALT_OUT_OF_GAS
        break
      case 0x40: // BLOCKHASH
        if (blockHash(sp - 32) == BLOCK_HASH_PENDING) return HALT_NEEDS_PARENT_HASH
        break
      case 0x41: // COINBASE
        u256.copy(cells + ENV_COINBASE, sp)
        sp += 32
        break
      case 0x42: // TIMESTAMP
        u256.setU64(load<u64>(cells, ENV_TIMESTAMP), sp)
        sp += 32
        break
      case 0x43: // NUMBER
        u256.setU64(load<u64>(cells, ENV_NUMBER), sp)
        sp += 32
        break
      case 0x44: // PREVRANDAO, EIP-4399
        u256.copy(cells + ENV_PREV_RANDAO, sp)
        sp += 32
        break
      case 0x45: // GASLIMIT
        u256.setU64(load<u64>(cells, ENV_GAS_LIMIT), sp)
        sp += 32
        break
      case 0x46: // CHAINID
        u256.copy(cells + ENV_CHAIN_ID, sp)
        sp += 32
        break
      case 0x47: // SELFBALANCE
        u256.copy(account(load<u32>(frame, F_ACCOUNT)) + ACCOUNT_BALANCE, sp)
        sp += 32
        break
      case 0x48: // BASEFEE
        u256.copy(cells + ENV_BASE_FEE, sp)
        sp += 32
        break
      case 0x49: // BLOBHASH
        blobHash(sp - 32)
        break
      case 0x4a: // BLOBBASEFEE, EIP-7516
        u256.copy(cells + ENV_BLOB_BASE_FEE, sp)
        sp += 32
        break

      case 0x50: // POP
        sp -= 32
        break
      case 0x51: {
        // MLOAD
        if (!u256.fitsU64(sp - 32)) return HALT_OUT_OF_GAS
        const offset = load<u64>(sp - 32)
        if (offset + 32 > <u64>load<u32>(frame, F_MEMORY_SIZE) || offset > 0xffffffff) {
          if (offset > 0xffffffff) return HALT_OUT_OF_GAS
          gas = expandTo(frame, offset + 32, gas)
          if (gas < 0) return HALT_OUT_OF_GAS
          }
        u256.fromBytes32(memoryOf(frame) + <usize>offset, sp - 32)
        break
      }
      case 0x52: {
        // MSTORE
        if (!u256.fitsU64(sp - 32)) return HALT_OUT_OF_GAS
        const offset = load<u64>(sp - 32)
        if (offset + 32 > <u64>load<u32>(frame, F_MEMORY_SIZE) || offset > 0xffffffff) {
          if (offset > 0xffffffff) return HALT_OUT_OF_GAS
          gas = expandTo(frame, offset + 32, gas)
          if (gas < 0) return HALT_OUT_OF_GAS
          }
        u256.fromBytes32(sp - 64, memoryOf(frame) + <usize>offset)
        sp -= 64
        break
      }
      case 0x53: {
        // MSTORE8
        if (!u256.fitsU64(sp - 32)) return HALT_OUT_OF_GAS
        const offset = load<u64>(sp - 32)
        if (offset > 0xffffffff) return HALT_OUT_OF_GAS
        if (offset >= <u64>load<u32>(frame, F_MEMORY_SIZE)) {
          gas = expandTo(frame, offset + 1, gas)
          if (gas < 0) return HALT_OUT_OF_GAS
          }
        store<u8>(memoryOf(frame) + <usize>offset, load<u8>(sp - 64))
        sp -= 64
        break
      }
      case 0x54: // SLOAD
        gas = sload(load<u32>(frame, F_ACCOUNT), sp - 32, gas)
        if (gas < 0) return gas == STORE_NEEDS_PARENT_HASH ? HALT_NEEDS_PARENT_HASH : HALT_OUT_OF_GAS
        break
      case 0x55: // SSTORE
        if (load<u32>(frame, F_STATIC) != 0) return HALT_WRITE_PROTECTION
        gas = sstore(load<u32>(frame, F_ACCOUNT), sp - 32, sp - 64, gas)
        if (gas < 0) return gas == STORE_NEEDS_PARENT_HASH ? HALT_NEEDS_PARENT_HASH : HALT_OUT_OF_GAS
        sp -= 64
        break
      case 0x56: {
        // JUMP; the JUMPDEST is taken with it
        sp -= 32
        pc = u256.fitsU64(sp) ? jumpTarget(frame, load<u64>(sp)) : 0
        if (pc == 0) return HALT_INVALID_JUMP
        // @ts-ignore: the compiler is given TRACE: then each instruction is a step of its own
        if (TRACE != 0) {
          pc--
          break
        }
        gas -= GAS_JUMPDEST
        if (gas < 0) return HALT_OUT_OF_GAS
        break
      }
      case 0x57: {
        // JUMPI
        sp -= 64
        if (u256.isZero(sp)) break
        pc = u256.fitsU64(sp + 32) ? jumpTarget(frame, load<u64>(sp + 32)) : 0
        if (pc == 0) return HALT_INVALID_JUMP
        // @ts-ignore: as above
        if (TRACE != 0) {
          pc--
          break
        }
        gas -= GAS_JUMPDEST
        if (gas < 0) return HALT_OUT_OF_GAS
        break
      }
      case 0x58: // PC
        u256.setU64(<u64>(pc - 1 - <usize>load<u32>(frame, F_CODE)), sp)
        sp += 32
        break
      case 0x59: // MSIZE
        u256.setU64(load<u32>(frame, F_MEMORY_SIZE), sp)
        sp += 32
        break
      case 0x5a: // GAS
        u256.setU64(gas, sp)
        sp += 32
        break
      case 0x5b: // JUMPDEST
        break
      case 0x5c: // TLOAD
        tload(load<u32>(frame, F_ACCOUNT), sp - 32)
        break
      case 0x5d: // TSTORE
        if (load<u32>(frame, F_STATIC) != 0) return HALT_WRITE_PROTECTION
        tstore(load<u32>(frame, F_ACCOUNT), sp - 32, sp - 64)
        sp -= 64
        break
      case 0x5e: {
        // MCOPY: stack destination, source, length
        const higher = u256.lt(sp - 32, sp - 64) ? sp - 64 : sp - 32
        gas = expandForRange(frame, higher, sp - 96, gas)
        if (gas < 0) return HALT_OUT_OF_GAS
        const length = load<u64>(sp - 96)
        gas -= <i64>(wordsOf(length) * GAS_COPY_WORD)
        if (gas < 0) return HALT_OUT_OF_GAS
        if (length != 0) {
          memory.copy(memoryOf(frame) + load<u32>(sp - 32), memoryOf(frame) + load<u32>(sp - 64), <u32>length)
        }
        sp -= 96
        break
      }
      case 0x5f: // PUSH0
        u256.setZero(sp)
        sp += 32
        break
      case 0x60: // PUSH1
        u256.setU64(load<u8>(pc), sp)
        pc += 1
        sp += 32
        break
      case 0x61: {
        // PUSH2, mostly with a JUMP or JUMPI behind it: then both and the JUMPDEST are one step
        const value = (<u64>load<u8>(pc) << 8) | load<u8>(pc, 1)
        pc += 2
        // @ts-ignore: as above
        const next: u32 = TRACE != 0 ? 0 : load<u8>(pc)
        if (next == 0x57) {
          if (stackHeight(sp) == 0) return HALT_STACK_UNDERFLOW
          gas -= GAS_HIGH
          if (gas < 0) return HALT_OUT_OF_GAS
          sp -= 32
          if (u256.isZero(sp)) {
            pc++
            break
          }
        } else if (next == 0x56) {
          gas -= GAS_MID
          if (gas < 0) return HALT_OUT_OF_GAS
        } else {
          u256.setU64(value, sp)
          sp += 32
          break
        }
        pc = jumpTarget(frame, value)
        if (pc == 0) return HALT_INVALID_JUMP
        gas -= GAS_JUMPDEST
        if (gas < 0) return HALT_OUT_OF_GAS
        break
      }
      case 0x62:
      case 0x63:
      case 0x64:
      case 0x65:
      case 0x66:
      case 0x67:
      case 0x68:
      case 0x69:
      case 0x6a:
      case 0x6b:
      case 0x6c:
      case 0x6d:
      case 0x6e:
      case 0x6f:
      case 0x70:
      case 0x71:
      case 0x72:
      case 0x73:
      case 0x74:
      case 0x75:
      case 0x76:
      case 0x77:
      case 0x78:
      case 0x79:
      case 0x7a:
      case 0x7b:
      case 0x7c:
      case 0x7d:
      case 0x7e:
      case 0x7f: {
        // PUSH3..PUSH32
        const length = <usize>(op - 0x5f)
        pc += length
        u256.fromBytes32(pc - 32, sp)
        const low = v128.and(v128.load(sp), v128.load(pushMasks + (length << 5)))
        const high = v128.and(v128.load(sp + 16), v128.load(pushMasks + (length << 5), 16))
        v128.store(sp, low)
        v128.store(sp, high, 16)
        sp += 32
        break
      }
      case 0x80:
      case 0x81:
      case 0x82:
      case 0x83:
      case 0x84:
      case 0x85:
      case 0x86:
      case 0x87:
      case 0x88:
      case 0x89:
      case 0x8a:
      case 0x8b:
      case 0x8c:
      case 0x8d:
      case 0x8e:
      case 0x8f: // DUP1..DUP16
        u256.copy(sp - (<usize>(op - 0x7f) << 5), sp)
        sp += 32
        break
      case 0x90:
      case 0x91:
      case 0x92:
      case 0x93:
      case 0x94:
      case 0x95:
      case 0x96:
      case 0x97:
      case 0x98:
      case 0x99:
      case 0x9a:
      case 0x9b:
      case 0x9c:
      case 0x9d:
      case 0x9e:
      case 0x9f: {
        // SWAP1..SWAP16
        const other = sp - (<usize>(op - 0x8e) << 5)
        const low = v128.load(other)
        const high = v128.load(other, 16)
        v128.store(other, v128.load(sp - 32))
        v128.store(other, v128.load(sp - 16), 16)
        v128.store(sp - 32, low)
        v128.store(sp - 16, high)
        break
      }
      case 0xa0:
      case 0xa1:
      case 0xa2:
      case 0xa3:
      case 0xa4: {
        // LOG0..LOG4: stack memory offset, length, topics
        if (load<u32>(frame, F_STATIC) != 0) return HALT_WRITE_PROTECTION
        gas = expandForRange(frame, sp - 32, sp - 64, gas)
        if (gas < 0) return HALT_OUT_OF_GAS
        const length = load<u64>(sp - 64)
        gas -= <i64>(length * GAS_LOG_BYTE)
        if (gas < 0) return HALT_OUT_OF_GAS
        const topicCount = op - 0xa0
        appendLog(frame + F_ADDRESS, sp - 96, topicCount, memoryOf(frame) + load<u32>(sp - 32), <u32>length)
        sp -= 64 + (<usize>topicCount << 5)
        break
      }

      case 0xf0: // CREATE
      case 0xf5: // CREATE2
        if (load<u32>(frame, F_STATIC) != 0) return HALT_WRITE_PROTECTION
        saveFrame(frame, pc, sp, gas, op)
        return EXIT_CREATE
      case 0xf1: // CALL
      case 0xf2: // CALLCODE
      case 0xf4: // DELEGATECALL
      case 0xfa: // STATICCALL
        saveFrame(frame, pc, sp, gas, op)
        return EXIT_CALL
      case 0xf3: // RETURN
      case 0xfd: {
        // REVERT: stack memory offset, length
        gas = expandForRange(frame, sp - 32, sp - 64, gas)
        if (gas < 0) return HALT_OUT_OF_GAS
        store<u32>(frame, load<u32>(sp - 32), F_RETURN_OFFSET)
        store<u32>(frame, load<u32>(sp - 64), F_RETURN_LENGTH)
        saveFrame(frame, pc, sp, gas, op)
        return op == 0xf3 ? EXIT_RETURN : EXIT_REVERT
      }
      case 0xff: {
        // SELFDESTRUCT
        if (load<u32>(frame, F_STATIC) != 0) return HALT_WRITE_PROTECTION
        maskAddress(sp - 32)
        gas = selfDestruct(load<u32>(frame, F_ACCOUNT), sp - 32, gas)
        if (gas < 0) return HALT_OUT_OF_GAS
        saveFrame(frame, pc, sp, gas, op)
        return EXIT_STOP
      }
      default:
        return HALT_INVALID_OPCODE
    }
  }
}
