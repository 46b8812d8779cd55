import { type Hex, isAddress, isHash } from './hex.ts'

/** What somebody looks for. A hash may be a transaction's or a block's: only the node can tell. */
export type SearchQuery =
  | { kind: 'block'; number: number }
  | { kind: 'hash'; hash: Hex }
  | { kind: 'address'; address: Hex }
  | { kind: 'unknown'; reason: string }

/** Reads what was typed or pasted: with or without `0x`, with thousands apart, or with a `#` before a number. */
export function parseSearch(text: string): SearchQuery {
  const query = text.trim().toLowerCase()
  if (query === '') return { kind: 'unknown', reason: 'Type a block number, a hash or an address.' }
  const number = query.replace(/^#/, '').replace(/[,_\s]/g, '')
  if (/^\d{1,15}$/.test(number)) return { kind: 'block', number: Number(number) }
  const hex = query.startsWith('0x') ? query : `0x${query}`
  if (isHash(hex)) return { kind: 'hash', hash: hex }
  if (isAddress(hex)) return { kind: 'address', address: hex }
  if (/^0x[0-9a-f]{1,12}$/.test(query)) return { kind: 'block', number: Number.parseInt(query, 16) }
  if (/^0x[0-9a-f]*$/.test(hex)) {
    const digits = hex.length - 2
    return {
      kind: 'unknown',
      reason: `That has ${digits} hex digits: an address has 40, a hash 64.`,
    }
  }
  return { kind: 'unknown', reason: 'That is no block number, hash or address.' }
}
