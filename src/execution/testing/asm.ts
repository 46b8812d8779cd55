import { OPCODES } from '../../evm/index.ts'
import { assert, concatBytes, fromBigInt, fromBigIntMinimal, hexToBytes, padLeft } from '../../lib/index.ts'

/** What may stand in a program besides words: addresses, keys, code, numbers. */
export type AsmValue = Uint8Array | bigint | number

const BYTE_OF_NAME: ReadonlyMap<string, number> = new Map(
  OPCODES.flatMap((opcode) => (opcode === undefined ? [] : [[opcode.name, opcode.code] as const])),
)

/**
 * EVM code from its mnemonics, separated by white space: asm`PUSH 5 PUSH1 0x03 ADD`.
 *
 * `PUSH` takes the shortest push, `PUSHn` exactly n bytes; both take a decimal or 0x number, or a byte string put in by
 * `${}` as it is. `name:` is a JUMPDEST, `@name` pushes its offset (PUSH2). `0x…` alone stands for raw bytes.
 */
export function asm(strings: TemplateStringsArray, ...values: readonly AsmValue[]): Uint8Array {
  const tokens = strings.flatMap((text, i) => {
    const words: (string | Uint8Array)[] = text.split(/\s+/).filter((word) => word !== '')
    const value = values[i]
    return value === undefined
      ? words
      : [...words, value instanceof Uint8Array ? value : `0x${value.toString(16)}`]
  })
  const labels = new Map<string, number>()
  emit(tokens, labels)
  return emit(tokens, labels)
}

/** One pass; the first only finds the labels. */
function emit(tokens: readonly (string | Uint8Array)[], labels: Map<string, number>): Uint8Array {
  const parts: Uint8Array[] = []
  let length = 0
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    let part: Uint8Array
    if (typeof token === 'string' && /^PUSH([1-9]\d?)?$/.test(token)) {
      part = push(token, tokens[++i])
    } else if (typeof token === 'string' && token.endsWith(':')) {
      labels.set(token.slice(0, -1), length)
      part = Uint8Array.of(0x5b)
    } else part = single(token, labels)
    parts.push(part)
    length += part.length
  }
  return concatBytes(...parts)
}

function push(name: string, operand: string | Uint8Array | undefined): Uint8Array {
  assert(operand !== undefined, `${name} wants a value behind it`)
  const bytes = operand instanceof Uint8Array ? operand : fromBigIntMinimal(BigInt(operand))
  const size = name === 'PUSH' ? bytes.length : Number(name.slice(4))
  return concatBytes(Uint8Array.of(0x5f + size), padLeft(bytes, size))
}

function single(token: string | Uint8Array, labels: ReadonlyMap<string, number>): Uint8Array {
  if (token instanceof Uint8Array) return token
  if (token.startsWith('@')) {
    return concatBytes(Uint8Array.of(0x61), fromBigInt(BigInt(labels.get(token.slice(1)) ?? 0), 2))
  }
  if (token.startsWith('0x')) return hexToBytes(token)
  const code = BYTE_OF_NAME.get(token)
  assert(code !== undefined, `unknown mnemonic ${token}`)
  return Uint8Array.of(code)
}

/** Stores the word on top of the stack at memory 0 and returns it. */
export const RETURN_TOP: Uint8Array = asm`PUSH0 MSTORE PUSH1 32 PUSH0 RETURN`

/** Init code that deploys `runtime` (at most 65,535 bytes). */
export function initCode(runtime: Uint8Array): Uint8Array {
  const preamble = (offset: number) =>
    asm`PUSH2 ${runtime.length} PUSH2 ${offset} PUSH0 CODECOPY PUSH2 ${runtime.length} PUSH0 RETURN`
  return concatBytes(preamble(preamble(0).length), runtime)
}

/** Pushes what CALL takes and calls, without output: `gas` all there is unless given. */
export function callCode(
  to: Uint8Array | number,
  options: { value?: bigint | number; gas?: bigint | number; inputLength?: number } = {},
): Uint8Array {
  const { value = 0, gas, inputLength = 0 } = options
  const gasPart = gas === undefined ? asm`GAS` : asm`PUSH ${gas}`
  return asm`PUSH0 PUSH0 PUSH ${inputLength} PUSH0 PUSH ${value} PUSH ${to} ${gasPart} CALL`
}
