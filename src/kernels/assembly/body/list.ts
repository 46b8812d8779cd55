// Words of a transaction that later ones may equal: sender, recipient, value, words of the call data, then words of its logs
// that weren't there. Of each it is known which address or word of the dictionary it is.

import { KINDS, take, TOLD_WORDS, u8At } from './columns'
import { address, dictionaryWord, readAddress, readWord } from './dictionary'
import { BAD_WORD, fail } from './failure'
import { copyAddressAsWord, copyPadded, copyWord } from './words'

const MAX_LISTED_WORDS: u32 = 64
const TOLD_ADDRESS: u32 = 33
const TOLD_WORD: u32 = 34

const words: usize = memory.data(64 * 32, 16)
const addressIds: usize = memory.data(64 * 4, 16)
const wordIds: usize = memory.data(64 * 4, 16)
/** The last word for which the list had no room. */
const unlisted: usize = memory.data(32, 16)

export let listCount: u32 = 0

export function clearList(): void {
  listCount = 0
}

/** Where the word at an index stands; -1: the one that has no room. */
// @ts-ignore: decorator
@inline
export function listedWord(index: i32): usize {
  return index < 0 ? unlisted : words + (<usize>index << 5)
}

/** Number of the address at an index, -1: none. */
// @ts-ignore: decorator
@inline
export function addressIdAt(index: i32): i32 {
  return index < 0 ? -1 : load<i32>(addressIds + (<usize>index << 2))
}

/** Number of the word at an index, -1: none. */
// @ts-ignore: decorator
@inline
export function wordIdAt(index: i32): i32 {
  return index < 0 ? -1 : load<i32>(wordIds + (<usize>index << 2))
}

/** Index of the next word, which the caller writes; -1: there is no room. */
// @ts-ignore: decorator
@inline
function next(addressId: i32, wordId: i32): i32 {
  const index = listCount
  if (index == MAX_LISTED_WORDS) return -1
  store<i32>(addressIds + (<usize>index << 2), addressId)
  store<i32>(wordIds + (<usize>index << 2), wordId)
  listCount = index + 1
  return <i32>index
}

/** Lists an address; its index. */
export function listAddress(id: u32): i32 {
  const index = next(<i32>id, -1)
  copyAddressAsWord(listedWord(index), address(id))
  return index
}

/** In the place of a recipient. */
export function listNothing(): void {
  memory.fill(listedWord(next(-1, -1)), 0, 32)
}

/** Lists a word of the dictionary; its index. */
export function listWord(id: u32): i32 {
  const index = next(-1, <i32>id)
  copyWord(listedWord(index), dictionaryWord(id))
  return index
}

/** Reads a told word and lists it; its index. */
export function listTold(): i32 {
  const kind = u8At(KINDS)
  if (kind <= 32) return listNumber(kind)
  if (kind == TOLD_ADDRESS) return listAddress(readAddress())
  if (kind != TOLD_WORD) fail(BAD_WORD)
  return listWord(readWord())
}

/** Likewise a word that is a number. */
export function listToldNumber(): i32 {
  const kind = u8At(KINDS)
  if (kind > 32) fail(BAD_WORD)
  return listNumber(kind)
}

function listNumber(length: u32): i32 {
  const from = take(TOLD_WORDS, length)
  const index = next(-1, -1)
  copyPadded(listedWord(index), from, length)
  return index
}
