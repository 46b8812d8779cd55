import { encodeAbiParameters, keccak256 } from 'viem'
import { type Hex, isAddress, toQuantity } from './hex.ts'

/** A slot can't be read from what was typed. */
export class SlotError extends Error {
  override readonly name = 'SlotError'
}

/** A slot's key in 32 bytes, of a number in decimal or hexadecimal. @throws SlotError */
export function parseSlot(text: string): Hex {
  const trimmed = text.trim()
  if (!/^(\d+|0x[0-9a-f]{1,64})$/i.test(trimmed)) throw new SlotError('expected a number, like 0 or 0x2a')
  return toWord(BigInt(trimmed))
}

/**
 * The slot in which Solidity keeps the value of a key of a mapping: keccak-256 of key and slot, 32 bytes each.
 *
 * @param key - an address, or a number.
 * @throws SlotError
 */
export function mappingSlot(key: string, slot: Hex): Hex {
  const trimmed = key.trim()
  if (!isAddress(trimmed) && !/^(\d+|0x[0-9a-f]{1,64})$/i.test(trimmed))
    throw new SlotError('expected an address or a number as the key')
  const types = [{ type: 'uint256' }, { type: 'uint256' }]
  return keccak256(encodeAbiParameters(types, [BigInt(trimmed), BigInt(slot)]))
}

function toWord(value: bigint): Hex {
  if (value >= 2n ** 256n) throw new SlotError('larger than 32 bytes')
  return `0x${toQuantity(value).slice(2).padStart(64, '0')}`
}

/** What a word of storage may mean. */
export function readWord(word: Hex): { decimal: string; address: Hex | undefined; text: string | undefined } {
  return { decimal: BigInt(word).toString(), address: addressOf(word), text: textOf(word) }
}

/** 12 zero bytes, and then more than a small number. */
function addressOf(word: Hex): Hex | undefined {
  return /^0x0{24}(?!0{8})/.test(word) ? `0x${word.slice(26)}` : undefined
}

/** A string of less than 32 bytes, as Solidity keeps it: its bytes, and twice its length in the last one. */
function textOf(word: Hex): string | undefined {
  const twice = Number.parseInt(word.slice(-2), 16)
  if (twice === 0 || twice % 2 === 1 || twice > 62) return undefined
  const bytes = Uint8Array.from({ length: 31 }, (_, i) =>
    Number.parseInt(word.slice(2 + 2 * i, 4 + 2 * i), 16),
  )
  if (bytes.subarray(twice / 2).some((byte) => byte !== 0)) return undefined
  const text = bytes.subarray(0, twice / 2)
  return text.every((byte) => byte >= 0x20 && byte < 0x7f) ? String.fromCharCode(...text) : undefined
}
