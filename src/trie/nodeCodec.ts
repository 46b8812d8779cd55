import { nibbleAt, nibbleCount } from './nibbles.ts'

/** How one node names another: 32 bytes are a keccak-256, fewer are the node's RLP itself. */
export type NodeReference = Uint8Array

/** Shared by all encoders and grown to what was asked: a node is hashed or copied before the next is written. */
let scratch = new Uint8Array(1024)
let written = 0

/** RLP of a leaf whose path is `key` from nibble `depth` to its end. The result is overwritten by the next call. */
export function encodeLeaf(key: Uint8Array, depth: number, value: Uint8Array): Uint8Array {
  return encodePair(key, depth, nibbleCount(key), true, bytesLength(value), () => writeBytes(value))
}

/** RLP of an extension whose path is the nibbles `depth`..`end` of `key`. The result is overwritten by the next call. */
export function encodeExtension(
  key: Uint8Array,
  depth: number,
  end: number,
  child: NodeReference,
): Uint8Array {
  return encodePair(key, depth, end, false, referenceLength(child), () => writeReference(child))
}

function encodePair(
  key: Uint8Array,
  depth: number,
  end: number,
  isLeaf: boolean,
  secondLength: number,
  writeSecond: () => void,
): Uint8Array {
  const pathLength = 1 + ((end - depth) >> 1)
  const payloadLength = (pathLength === 1 ? 1 : headLength(pathLength) + pathLength) + secondLength
  begin(payloadLength)
  if (pathLength > 1) writeHead(0x80, pathLength)
  writePath(key, depth, end, isLeaf)
  writeSecond()
  return scratch.subarray(0, written)
}

/**
 * RLP of a branch: sixteen children by nibble, whose references are computed, then the value. The result is overwritten
 * by the next call.
 */
export function encodeBranch(
  children: readonly ({ readonly reference: NodeReference | undefined } | undefined)[],
  value: Uint8Array | undefined,
): Uint8Array {
  let payloadLength = value === undefined ? 1 : bytesLength(value)
  for (const child of children) payloadLength += child === undefined ? 1 : referenceLength(child.reference!)
  begin(payloadLength)
  for (const child of children) {
    if (child === undefined) scratch[written++] = 0x80
    else writeReference(child.reference!)
  }
  if (value === undefined) scratch[written++] = 0x80
  else writeBytes(value)
  return scratch.subarray(0, written)
}

function begin(payloadLength: number): void {
  const needed = payloadLength + 9
  if (scratch.length < needed) scratch = new Uint8Array(needed * 2)
  written = 0
  writeHead(0xc0, payloadLength)
}

/** Hex-prefix encoding, HP in Yellow Paper appendix C: a flag nibble (2 for a leaf, 1 for odd), then the path. */
function writePath(key: Uint8Array, depth: number, end: number, isLeaf: boolean): void {
  const isOdd = ((end - depth) & 1) === 1
  let position = depth
  scratch[written++] = (isLeaf ? 0x20 : 0) | (isOdd ? 0x10 | nibbleAt(key, position++) : 0)
  while (position < end) {
    scratch[written++] = (nibbleAt(key, position) << 4) | nibbleAt(key, position + 1)
    position += 2
  }
}

function writeReference(reference: NodeReference): void {
  if (reference.length === 32) scratch[written++] = 0xa0
  scratch.set(reference, written)
  written += reference.length
}

function referenceLength(reference: NodeReference): number {
  return reference.length === 32 ? 33 : reference.length
}

function writeBytes(bytes: Uint8Array): void {
  if (bytes.length !== 1 || bytes[0]! >= 0x80) writeHead(0x80, bytes.length)
  scratch.set(bytes, written)
  written += bytes.length
}

function bytesLength(bytes: Uint8Array): number {
  return bytes.length === 1 && bytes[0]! < 0x80 ? 1 : headLength(bytes.length) + bytes.length
}

/** RLP item head: `offset` is 0x80 for bytes and 0xc0 for lists. */
function writeHead(offset: number, length: number): void {
  if (length < 56) {
    scratch[written++] = offset + length
    return
  }
  const lengthBytes = headLength(length) - 1
  scratch[written++] = offset + 55 + lengthBytes
  for (let index = lengthBytes - 1; index >= 0; index--)
    scratch[written++] = Math.floor(length / 256 ** index)
}

function headLength(length: number): number {
  if (length < 56) return 1
  if (length < 0x100) return 2
  if (length < 0x10000) return 3
  return length < 0x1000000 ? 4 : 5
}

/** An RLP item: its content, and for a list the items in it. */
export type RlpItem = { isList: boolean; payload: Uint8Array; encoded: Uint8Array }

/** Items of a canonical RLP list that fills `encoded` exactly; undefined if it is anything else. One level deep. */
export function decodeList(encoded: Uint8Array): RlpItem[] | undefined {
  const list = decodeItem(encoded, 0)
  if (list === undefined || !list.isList || list.encoded.length !== encoded.length) return undefined
  const items: RlpItem[] = []
  let offset = 0
  while (offset < list.payload.length) {
    const item = decodeItem(list.payload, offset)
    if (item === undefined) return undefined
    items.push(item)
    offset += item.encoded.length
  }
  return items
}

function decodeItem(data: Uint8Array, offset: number): RlpItem | undefined {
  const first = data[offset]
  if (first === undefined) return undefined
  if (first < 0x80) {
    const encoded = data.subarray(offset, offset + 1)
    return { isList: false, payload: encoded, encoded }
  }
  const isList = first >= 0xc0
  let length = first - (isList ? 0xc0 : 0x80)
  let start = offset + 1
  if (length > 55) {
    const lengthBytes = length - 55
    if (lengthBytes > 4 || start + lengthBytes > data.length) return undefined
    length = 0
    for (let index = 0; index < lengthBytes; index++) length = length * 256 + data[start + index]!
    if (length < 56 || data[start] === 0) return undefined
    start += lengthBytes
  }
  if (start + length > data.length) return undefined
  if (!isList && length === 1 && data[start]! < 0x80) return undefined
  return {
    isList,
    payload: data.subarray(start, start + length),
    encoded: data.subarray(offset, start + length),
  }
}

/** Reads a hex-prefix path into nibbles; undefined if it is malformed. */
export function decodePath(path: Uint8Array): { isLeaf: boolean; nibbles: Uint8Array } | undefined {
  const first = path[0]
  if (first === undefined || first >= 0x40) return undefined
  const isOdd = (first & 0x10) !== 0
  if (!isOdd && (first & 0x0f) !== 0) return undefined
  const from = isOdd ? 1 : 2
  const nibbles = new Uint8Array(nibbleCount(path) - from)
  for (let index = 0; index < nibbles.length; index++) nibbles[index] = nibbleAt(path, from + index)
  return { isLeaf: (first & 0x20) !== 0, nibbles }
}
