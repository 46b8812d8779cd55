import type { Ref, Template } from './Template.ts'

// biome-ignore format: a table
/** Opcodes by name, as far as the generator uses them. */
export const OP = {
  STOP: 0x00, ADD: 0x01, MUL: 0x02, SUB: 0x03, DIV: 0x04, SDIV: 0x05, MOD: 0x06, SMOD: 0x07, ADDMOD: 0x08,
  MULMOD: 0x09, EXP: 0x0a, SIGNEXTEND: 0x0b, LT: 0x10, GT: 0x11, SLT: 0x12, SGT: 0x13, EQ: 0x14, ISZERO: 0x15,
  AND: 0x16, OR: 0x17, XOR: 0x18, NOT: 0x19, BYTE: 0x1a, SHL: 0x1b, SHR: 0x1c, SAR: 0x1d, CLZ: 0x1e,
  KECCAK256: 0x20, ADDRESS: 0x30, BALANCE: 0x31, ORIGIN: 0x32, CALLER: 0x33, CALLVALUE: 0x34,
  CALLDATALOAD: 0x35, CALLDATASIZE: 0x36, CALLDATACOPY: 0x37, CODESIZE: 0x38, CODECOPY: 0x39, GASPRICE: 0x3a,
  EXTCODESIZE: 0x3b, EXTCODECOPY: 0x3c, RETURNDATASIZE: 0x3d, RETURNDATACOPY: 0x3e, EXTCODEHASH: 0x3f,
  COINBASE: 0x41, GASLIMIT: 0x45, CHAINID: 0x46, SELFBALANCE: 0x47, BASEFEE: 0x48, BLOBHASH: 0x49,
  BLOBBASEFEE: 0x4a, POP: 0x50, MLOAD: 0x51, MSTORE: 0x52, MSTORE8: 0x53, SLOAD: 0x54, SSTORE: 0x55,
  JUMP: 0x56, JUMPI: 0x57, PC: 0x58, MSIZE: 0x59, GAS: 0x5a, JUMPDEST: 0x5b, TLOAD: 0x5c, TSTORE: 0x5d,
  MCOPY: 0x5e, PUSH0: 0x5f, DUP1: 0x80, SWAP1: 0x90, LOG0: 0xa0, CREATE: 0xf0, CALL: 0xf1, CALLCODE: 0xf2,
  RETURN: 0xf3, DELEGATECALL: 0xf4, CREATE2: 0xf5, STATICCALL: 0xfa, REVERT: 0xfd, INVALID: 0xfe,
  SELFDESTRUCT: 0xff,
} as const

export type OpName = keyof typeof OP

const ADDRESS_BYTES = 20

/** Writes EVM code: opcodes, shortest pushes, addresses to fill in later, forward and backward jumps. */
export class Assembler {
  readonly #parts: Template = []
  #current: number[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  op(...names: OpName[]): this {
    for (const name of names) this.#byte(OP[name])
    return this
  }

  /** Any bytes, also such that are no code. */
  raw(data: Uint8Array | number[]): this {
    for (const byte of data) this.#byte(byte)
    return this
  }

  push(value: bigint | number | Ref): this {
    if (typeof value === 'object') {
      this.#byte(0x73)
      this.#parts.push(Uint8Array.from(this.#current), value)
      this.#current = []
      this.#length += ADDRESS_BYTES
      return this
    }
    if (BigInt(value) === 0n) return this.op('PUSH0')
    const digits = BigInt(value).toString(16)
    const data = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
    this.#byte(0x5f + data.length)
    return this.raw(data)
  }

  /** JUMPDEST; returns its offset. */
  label(): number {
    const here = this.#length
    this.op('JUMPDEST')
    return here
  }

  /** PUSH2 with a fixed width, so that lengths don't depend on the value. */
  push2(value: number): this {
    return this.raw([0x61, value >> 8, value & 0xff])
  }

  /** Writes what is executed only if the value on the stack is zero: `JUMPI` around `body`. */
  unless(body: Assembler): this {
    const afterBody = this.#length + 4 + body.length
    this.push2(afterBody).op('JUMPI')
    this.append(body)
    this.label()
    return this
  }

  append(other: Assembler): this {
    for (const part of other.finish()) {
      if (part instanceof Uint8Array) this.raw(part)
      else {
        this.#parts.push(Uint8Array.from(this.#current), part)
        this.#current = []
        this.#length += ADDRESS_BYTES
      }
    }
    return this
  }

  finish(): Template {
    return [...this.#parts, Uint8Array.from(this.#current)]
  }

  #byte(value: number): void {
    this.#current.push(value)
    this.#length++
  }
}
