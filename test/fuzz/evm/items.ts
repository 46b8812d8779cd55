/** Programs as lists of items that still make sense when some of them are left out: what the shrinker needs. */
import { OPCODES, opcodeName } from '../../../src/evm/index.ts'
import { concatBytes, fromBigInt, toBigInt } from '../../../src/lib/index.ts'

export type Item =
  /** An instruction with its immediate bytes: fewer than it wants only at the end of a code. */
  | { kind: 'op'; code: number; data: Uint8Array }
  /** A place in the code, with a JUMPDEST there or without one. */
  | { kind: 'label'; label: number; jumpdest: boolean }
  /** PUSHn of a label's offset, moved by `shift` bytes. 0 where nothing defines the label. */
  | { kind: 'pushLabel'; label: number; shift: number; width: number }
  /** PUSH2 of the size of the `code` item with this label. */
  | { kind: 'pushSize'; label: number }
  /** Bytes of another code, with labels of its own: what CODECOPY reads for creations. */
  | { kind: 'code'; label: number; items: readonly Item[] }

const NO_DATA = new Uint8Array(0)
const PUSH0 = 0x5f
const JUMPDEST = 0x5b

/** Bytes of the opcodes by name. */
export const OP: ReadonlyMap<string, number> = new Map(
  OPCODES.flatMap((opcode) => (opcode === undefined ? [] : [[opcode.name, opcode.code] as const])),
)

export function op(name: string): Item {
  const code = OP.get(name)
  if (code === undefined) throw new Error(`there is no opcode ${name}`)
  return { kind: 'op', code, data: NO_DATA }
}

/** PUSHn of a value in `width` bytes; the shortest where none is given. */
export function push(value: bigint, width: number = shortestWidth(value)): Item {
  return { kind: 'op', code: PUSH0 + width, data: fromBigInt(value, width) }
}

function shortestWidth(value: bigint): number {
  return value === 0n ? 0 : Math.ceil(value.toString(16).length / 2)
}

/** The value of an instruction's immediate bytes; undefined for what is no push. */
export function pushedValue(item: Item): bigint | undefined {
  if (item.kind !== 'op' || item.code < PUSH0 || item.code > PUSH0 + 32) return undefined
  return item.data.length === 0 ? 0n : toBigInt(item.data)
}

/** Writes the items as code. */
export function assemble(items: readonly Item[]): Uint8Array {
  const nested = new Map<Item, Uint8Array>()
  const offsets = new Map<number, number>()
  const sizes = new Map<number, number>()
  let at = 0
  for (const item of items) {
    if (item.kind === 'code') {
      const bytes = assemble(item.items)
      nested.set(item, bytes)
      sizes.set(item.label, bytes.length)
    }
    if (item.kind === 'code' || item.kind === 'label') offsets.set(item.label, at)
    at += sizeOf(item, nested)
  }
  return concatBytes(...items.map((item) => nested.get(item) ?? encode(item, offsets, sizes)))
}

function sizeOf(item: Item, nested: ReadonlyMap<Item, Uint8Array>): number {
  switch (item.kind) {
    case 'op':
      return 1 + item.data.length
    case 'label':
      return item.jumpdest ? 1 : 0
    case 'pushLabel':
      return 1 + item.width
    case 'pushSize':
      return 3
    case 'code':
      return nested.get(item)!.length
  }
}

function encode(
  item: Item,
  offsets: ReadonlyMap<number, number>,
  sizes: ReadonlyMap<number, number>,
): Uint8Array {
  switch (item.kind) {
    case 'op':
      return concatBytes(Uint8Array.of(item.code), item.data)
    case 'label':
      return item.jumpdest ? Uint8Array.of(JUMPDEST) : NO_DATA
    case 'pushLabel':
      return pushOfOffset((offsets.get(item.label) ?? 0) + item.shift, item.width)
    case 'pushSize':
      return pushOfOffset(sizes.get(item.label) ?? 0, 2)
    case 'code':
      return NO_DATA
  }
}

function pushOfOffset(offset: number, width: number): Uint8Array {
  const value = BigInt.asUintN(8 * width, BigInt(offset))
  return concatBytes(Uint8Array.of(PUSH0 + width), fromBigInt(value, width))
}

/** Instructions of any bytes, without labels. */
export function itemsOf(code: Uint8Array): Item[] {
  const items: Item[] = []
  for (let pc = 0; pc < code.length; ) {
    const end = pc + 1 + (OPCODES[code[pc]!]?.immediateBytes ?? 0)
    items.push({ kind: 'op', code: code[pc]!, data: code.slice(pc + 1, end) })
    pc = end
  }
  return items
}

/** One line an instruction: offset, name, immediate. */
export function disassemble(code: Uint8Array): string {
  const lines: string[] = []
  let pc = 0
  for (const item of itemsOf(code)) {
    if (item.kind !== 'op') continue
    const data = item.data.length === 0 ? '' : ` 0x${Buffer.from(item.data).toString('hex')}`
    lines.push(`${pc.toString(16).padStart(4, '0')}  ${opcodeName(item.code)}${data}`)
    pc += 1 + item.data.length
  }
  return lines.join('\n')
}
