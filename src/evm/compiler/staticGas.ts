import { FORKS, type Fork } from '../../protocol/index.ts'
import { OPCODES } from '../opcodes.ts'

const ZERO = 0
const BASE = 2
const VERY_LOW = 3
const LOW = 5
const MID = 8
const HIGH = 10
const WARM_ACCESS = 100

/** What an instruction costs at least, by its byte (Yellow Paper appendix G); what depends on its operands comes on top. */
const STATIC_GAS: Uint16Array = buildTable()

const tables = new Map<Fork, Int32Array>()

/** Static gas by opcode byte under a fork; -1 where the fork has no such instruction. The same numbers as kernels/assembly/gas.ts. */
export function staticGas(fork: Fork): Int32Array {
  let table = tables.get(fork)
  if (table === undefined) {
    const has = FORKS.indexOf(fork)
    table = Int32Array.from(STATIC_GAS, (gas, code) => {
      const opcode = OPCODES[code]
      return opcode === undefined || code === 0xfe || FORKS.indexOf(opcode.since) > has ? -1 : gas
    })
    tables.set(fork, table)
  }
  return table
}

function buildTable(): Uint16Array {
  const gas = new Uint16Array(256)
  gas.fill(VERY_LOW, 0x01, 0x20) // arithmetic, but for those below
  for (const code of [0x02, 0x04, 0x05, 0x06, 0x07, 0x0b, 0x1e]) gas[code] = LOW
  gas.fill(MID, 0x08, 0x0a)
  gas[0x0a] = 10 // EXP
  gas[0x20] = 30 // KECCAK256
  gas.fill(BASE, 0x30, 0x4b) // environment
  for (const code of [0x31, 0x3b, 0x3c, 0x3f]) gas[code] = ZERO // accounts: EIP-2929 says
  for (const code of [0x35, 0x37, 0x39, 0x3e, 0x49]) gas[code] = VERY_LOW
  gas[0x40] = 20 // BLOCKHASH
  gas[0x47] = LOW // SELFBALANCE
  gas[0x50] = BASE
  gas.fill(VERY_LOW, 0x51, 0x54)
  gas[0x56] = MID
  gas[0x57] = HIGH
  gas.fill(BASE, 0x58, 0x5b)
  gas[0x5b] = 1 // JUMPDEST
  gas.fill(WARM_ACCESS, 0x5c, 0x5e)
  gas[0x5e] = VERY_LOW
  gas[0x5f] = BASE
  gas.fill(VERY_LOW, 0x60, 0xa0) // PUSH, DUP, SWAP
  for (let topics = 0; topics <= 4; topics++) gas[0xa0 + topics] = 375 + 375 * topics
  gas[0xf0] = 32000
  gas[0xf5] = 32000
  gas[0xff] = 5000
  return gas
}
