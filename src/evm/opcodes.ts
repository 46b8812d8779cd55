import type { Fork } from '../protocol/index.ts'

/** What is fixed about an instruction (Yellow Paper appendix H.2): for tracers, documentation and tests. */
export type Opcode = {
  code: number
  name: string
  /** Words taken from the stack. */
  stackIn: number
  /** Words put on the stack. */
  stackOut: number
  /** Bytes of code after the instruction that belong to it. */
  immediateBytes: number
  /** The first of our forks that has it. */
  since: Fork
}

/** The instructions by their byte; undefined where there is none. */
export const OPCODES: readonly (Opcode | undefined)[] = buildTable()

/** Name of a byte under the newest fork, as in `PUSH1`; `opcode 0x0c not defined` where there is none. */
export function opcodeName(code: number): string {
  return OPCODES[code]?.name ?? `opcode 0x${code.toString(16)} not defined`
}

function buildTable(): (Opcode | undefined)[] {
  const table: (Opcode | undefined)[] = Array.from({ length: 256 }, () => undefined)
  for (const opcode of [...fixedOpcodes(), ...families()]) table[opcode.code] = opcode
  return table
}

/** PUSH0 to PUSH32, DUP, SWAP and LOG. */
function families(): Opcode[] {
  const opcodes: Opcode[] = []
  for (let n = 0; n <= 32; n++) opcodes.push({ ...op(0x5f + n, `PUSH${n}`, 0, 1), immediateBytes: n })
  for (let n = 1; n <= 16; n++) opcodes.push(op(0x7f + n, `DUP${n}`, n, n + 1))
  for (let n = 1; n <= 16; n++) opcodes.push(op(0x8f + n, `SWAP${n}`, n + 1, n + 1))
  for (let n = 0; n <= 4; n++) opcodes.push(op(0xa0 + n, `LOG${n}`, n + 2, 0))
  return opcodes
}

function op(code: number, name: string, stackIn: number, stackOut: number, since: Fork = 'Shanghai'): Opcode {
  return { code, name, stackIn, stackOut, immediateBytes: 0, since }
}

function fixedOpcodes(): Opcode[] {
  return [
    op(0x00, 'STOP', 0, 0),
    op(0x01, 'ADD', 2, 1),
    op(0x02, 'MUL', 2, 1),
    op(0x03, 'SUB', 2, 1),
    op(0x04, 'DIV', 2, 1),
    op(0x05, 'SDIV', 2, 1),
    op(0x06, 'MOD', 2, 1),
    op(0x07, 'SMOD', 2, 1),
    op(0x08, 'ADDMOD', 3, 1),
    op(0x09, 'MULMOD', 3, 1),
    op(0x0a, 'EXP', 2, 1),
    op(0x0b, 'SIGNEXTEND', 2, 1),
    op(0x10, 'LT', 2, 1),
    op(0x11, 'GT', 2, 1),
    op(0x12, 'SLT', 2, 1),
    op(0x13, 'SGT', 2, 1),
    op(0x14, 'EQ', 2, 1),
    op(0x15, 'ISZERO', 1, 1),
    op(0x16, 'AND', 2, 1),
    op(0x17, 'OR', 2, 1),
    op(0x18, 'XOR', 2, 1),
    op(0x19, 'NOT', 1, 1),
    op(0x1a, 'BYTE', 2, 1),
    op(0x1b, 'SHL', 2, 1),
    op(0x1c, 'SHR', 2, 1),
    op(0x1d, 'SAR', 2, 1),
    op(0x1e, 'CLZ', 1, 1, 'Osaka'),
    op(0x20, 'KECCAK256', 2, 1),
    op(0x30, 'ADDRESS', 0, 1),
    op(0x31, 'BALANCE', 1, 1),
    op(0x32, 'ORIGIN', 0, 1),
    op(0x33, 'CALLER', 0, 1),
    op(0x34, 'CALLVALUE', 0, 1),
    op(0x35, 'CALLDATALOAD', 1, 1),
    op(0x36, 'CALLDATASIZE', 0, 1),
    op(0x37, 'CALLDATACOPY', 3, 0),
    op(0x38, 'CODESIZE', 0, 1),
    op(0x39, 'CODECOPY', 3, 0),
    op(0x3a, 'GASPRICE', 0, 1),
    op(0x3b, 'EXTCODESIZE', 1, 1),
    op(0x3c, 'EXTCODECOPY', 4, 0),
    op(0x3d, 'RETURNDATASIZE', 0, 1),
    op(0x3e, 'RETURNDATACOPY', 3, 0),
    op(0x3f, 'EXTCODEHASH', 1, 1),
    op(0x40, 'BLOCKHASH', 1, 1),
    op(0x41, 'COINBASE', 0, 1),
    op(0x42, 'TIMESTAMP', 0, 1),
    op(0x43, 'NUMBER', 0, 1),
    op(0x44, 'PREVRANDAO', 0, 1),
    op(0x45, 'GASLIMIT', 0, 1),
    op(0x46, 'CHAINID', 0, 1),
    op(0x47, 'SELFBALANCE', 0, 1),
    op(0x48, 'BASEFEE', 0, 1),
    op(0x49, 'BLOBHASH', 1, 1, 'Cancun'),
    op(0x4a, 'BLOBBASEFEE', 0, 1, 'Cancun'),
    op(0x50, 'POP', 1, 0),
    op(0x51, 'MLOAD', 1, 1),
    op(0x52, 'MSTORE', 2, 0),
    op(0x53, 'MSTORE8', 2, 0),
    op(0x54, 'SLOAD', 1, 1),
    op(0x55, 'SSTORE', 2, 0),
    op(0x56, 'JUMP', 1, 0),
    op(0x57, 'JUMPI', 2, 0),
    op(0x58, 'PC', 0, 1),
    op(0x59, 'MSIZE', 0, 1),
    op(0x5a, 'GAS', 0, 1),
    op(0x5b, 'JUMPDEST', 0, 0),
    op(0x5c, 'TLOAD', 1, 1, 'Cancun'),
    op(0x5d, 'TSTORE', 2, 0, 'Cancun'),
    op(0x5e, 'MCOPY', 3, 0, 'Cancun'),
    op(0xf0, 'CREATE', 3, 1),
    op(0xf1, 'CALL', 7, 1),
    op(0xf2, 'CALLCODE', 7, 1),
    op(0xf3, 'RETURN', 2, 0),
    op(0xf4, 'DELEGATECALL', 6, 1),
    op(0xf5, 'CREATE2', 4, 1),
    op(0xfa, 'STATICCALL', 6, 1),
    op(0xfd, 'REVERT', 2, 0),
    op(0xfe, 'INVALID', 0, 0),
    op(0xff, 'SELFDESTRUCT', 1, 0),
  ]
}
