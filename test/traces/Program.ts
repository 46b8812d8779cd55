/** EVM code by the names of its instructions. */
import { OP, type OpName } from '../fuzz/Assembler.ts'
import { bytes } from '../lib/index.ts'

type Hex = `0x${string}`
/** An instruction, or a value to be pushed: a number, or data of its own length (addresses). */
export type Item = OpName | number | bigint | Hex

/** Code of instructions; values are pushed as short as they are, data as it is. */
export function program(...items: Item[]): Uint8Array {
  return Uint8Array.from(items.flatMap(encode))
}

function encode(item: Item): number[] {
  if (typeof item === 'string' && !item.startsWith('0x')) return [OP[item as OpName]]
  if (typeof item === 'string') return push([...bytes(item)])
  const digits = item === 0 || item === 0n ? '' : item.toString(16)
  return push([...Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')])
}

function push(data: number[]): number[] {
  return data.length === 0 ? [OP.PUSH0] : [0x5f + data.length, ...data]
}

export function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

/** Init code that leaves `code` as the contract's. */
export function deploying(code: Uint8Array): Uint8Array {
  const head = program(code.length, 'DUP1', 10, 0, 'CODECOPY', 0, 'RETURN')
  return join(program(code.length, 'DUP1', head.length, 0, 'CODECOPY', 0, 'RETURN'), code)
}

type CallOptions = {
  kind?: 'CALL' | 'CALLCODE' | 'DELEGATECALL' | 'STATICCALL'
  value?: number
  gas?: Item
  input?: number
}

/** A call with so many bytes of memory as input; its success is left on the stack. */
export function calling(
  to: Hex,
  { kind = 'CALL', value = 0, gas = 'GAS', input = 0 }: CallOptions = {},
): Uint8Array {
  const hasValue = kind === 'CALL' || kind === 'CALLCODE'
  return program(0, 0, input, 0, ...(hasValue ? [value] : []), to, gas, kind)
}

/** Stores data at the start of memory. */
export function storing(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = []
  for (let at = 0; at < data.length; at += 32) {
    const word = new Uint8Array(32)
    word.set(data.subarray(at, at + 32))
    parts.push(program(`0x${Buffer.from(word).toString('hex')}`, at, 'MSTORE'))
  }
  return join(...parts)
}
