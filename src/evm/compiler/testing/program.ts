import { concatBytes, fromBigIntMinimal, hexToBytes, padLeft } from '../../../lib/index.ts'
import { OPCODES } from '../../opcodes.ts'

const BYTE_OF_NAME = new Map(OPCODES.flatMap((op) => (op === undefined ? [] : [[op.name, op.code] as const])))

/**
 * EVM code from its mnemonics, separated by white space: program('PUSH 5 loop: PUSH1 1 ADD @loop JUMP').
 *
 * `PUSH` takes the shortest push of a decimal or 0x number, `PUSHn` exactly n bytes; `name:` is a JUMPDEST, `@name` pushes
 * its offset (PUSH2); `0x…` alone stands for raw bytes.
 */
export function program(text: string): Uint8Array {
  const words = text.trim().split(/\s+/)
  const labels = new Map<string, number>()
  assemble(words, labels)
  return assemble(words, labels)
}

/** Offset of a label in the program. */
export function offsetOf(text: string, label: string): number {
  const labels = new Map<string, number>()
  assemble(text.trim().split(/\s+/), labels)
  return labels.get(label)!
}

/** One pass; the first only finds the labels. */
function assemble(words: readonly string[], labels: Map<string, number>): Uint8Array {
  const parts: Uint8Array[] = []
  let length = 0
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    let part: Uint8Array
    if (word.endsWith(':')) {
      labels.set(word.slice(0, -1), length)
      part = Uint8Array.of(0x5b)
    } else if (/^PUSH([1-9]\d?)?$/.test(word)) part = push(word, words[++i]!)
    else if (word.startsWith('@')) part = push('PUSH2', String(labels.get(word.slice(1)) ?? 0))
    else if (word.startsWith('0x')) part = hexToBytes(word)
    else {
      const code = BYTE_OF_NAME.get(word)
      if (code === undefined) throw new Error(`unknown mnemonic ${word}`)
      part = Uint8Array.of(code)
    }
    parts.push(part)
    length += part.length
  }
  return concatBytes(...parts)
}

function push(name: string, operand: string): Uint8Array {
  const bytes = fromBigIntMinimal(BigInt(operand))
  const size = name === 'PUSH' ? bytes.length : Number(name.slice(4))
  return concatBytes(Uint8Array.of(0x5f + size), padLeft(bytes, size))
}
