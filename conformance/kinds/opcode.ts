import { basename } from 'node:path'
import { bytesToHex, concatBytes, fromBigInt, hexToBytes } from '../../src/lib/index.ts'
import { blockEnv } from '../environment.ts'
import { failed, PASSED, skipped, type TestCase, type TestContext, type Verdict } from '../testCase.ts'

type OpcodeTest = { X: string; Y: string; Expected: string }

const OPCODES: Record<string, number> = {
  add: 0x01,
  mul: 0x02,
  sub: 0x03,
  div: 0x04,
  sdiv: 0x05,
  mod: 0x06,
  smod: 0x07,
  exp: 0x0a,
  signext: 0x0b,
  lt: 0x10,
  gt: 0x11,
  slt: 0x12,
  sgt: 0x13,
  eq: 0x14,
  and: 0x16,
  or: 0x17,
  xor: 0x18,
  byte: 0x1a,
  shl: 0x1b,
  shr: 0x1c,
  sar: 0x1d,
}

const PUSH32 = 0x7f
/** PUSH0 MSTORE PUSH1 32 PUSH0 RETURN: gives back the top of the stack. */
const RETURN_TOP = Uint8Array.of(0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3)
const CONTRACT = fromBigInt(0xc0de_0000n, 20)
const CALLER = fromBigInt(0xca11_e400n, 20)

/** Opcodes of two arguments, by running PUSH32 X, PUSH32 Y, the opcode (Y is on top). The file's name says which. */
export function* opcodeCases(json: OpcodeTest[], path: string): Generator<TestCase> {
  const operation = basename(path, '.json')
  const opcode = OPCODES[operation]
  for (const [index, test] of json.entries()) {
    yield {
      name: `${operation} ${index}`,
      kind: 'opcode',
      fork: 'Osaka',
      run: (context) =>
        opcode === undefined ? skipped(`no opcode is called ${operation}`) : runOpcode(opcode, test, context),
    }
  }
}

function runOpcode(opcode: number, test: OpcodeTest, { engine }: TestContext): Verdict {
  const [x, y] = [hexToBytes(`0x${test.X}`), hexToBytes(`0x${test.Y}`)]
  const push = Uint8Array.of(PUSH32)
  const code = concatBytes(push, x, push, y, Uint8Array.of(opcode), RETURN_TOP)
  engine.setAccount(CONTRACT, { nonce: 1n, balance: 0n, code })
  engine.beginBlock(blockEnv({ fork: 'Osaka' }), () => undefined)
  const outcome = engine.call({
    from: CALLER,
    to: CONTRACT,
    gas: 1_000_000n,
    value: 0n,
    data: new Uint8Array(0),
    gasPrice: 0n,
    accessList: [],
    authorizations: [],
  })
  const received = outcome.status === 'success' ? bytesToHex(outcome.output) : outcome.status
  return received === `0x${test.Expected}` ? PASSED : failed('result differs', `0x${test.Expected}`, received)
}
