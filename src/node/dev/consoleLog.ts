import { format } from 'node:util'
import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex, toBigInt } from '../../lib/index.ts'

/** To which contracts write that use Hardhat's console.sol: the ASCII of console.log. */
export const CONSOLE_ADDRESS = '0x000000000000000000636f6e736f6c652e6c6f67'

/** How many arguments a log has at most; with two and more they are of these types. */
const MOST_ARGUMENTS = 4
const MANY = ['uint256', 'string', 'bool', 'address']
/** Old versions of console.sol hash the short names of integers. */
const OLD_NAMES: readonly [string, string][] = [
  ['uint256', 'uint'],
  ['int256', 'int'],
]

let known: Map<number, readonly string[]> | undefined

/** What a call of console.log writes; undefined if it is none that is known, or its data are cut off. */
export function consoleLogText(input: Uint8Array): string | undefined {
  if (input.length < 4) return undefined
  known ??= selectors()
  const types = known.get(Number(toBigInt(input.subarray(0, 4))))
  if (types === undefined) return undefined
  const args = input.subarray(4)
  const values: string[] = []
  for (const [i, type] of types.entries()) {
    const value = textOf(type, args, i)
    if (value === undefined) return undefined
    values.push(value)
  }
  // Numbers are texts by now, so that none loses digits.
  const [first = '', ...rest] = values
  return types[0] === 'string' ? format(first.replaceAll(/%[di]/g, '%s'), ...rest) : values.join(' ')
}

function selectors(): Map<number, readonly string[]> {
  const found = new Map<number, readonly string[]>()
  const add = (types: readonly string[]): void => {
    found.set(selectorOf(types), types)
    const old = types.map((type) => OLD_NAMES.find(([now]) => now === type)?.[1] ?? type)
    found.set(selectorOf(old), types)
  }
  add([])
  for (const type of ['int256', 'bytes']) add([type])
  for (let size = 1; size <= 32; size++) add([`bytes${size}`])
  for (let lists: string[][] = [[]], count = 1; count <= MOST_ARGUMENTS; count++) {
    lists = lists.flatMap((list) => MANY.map((type) => [...list, type]))
    for (const list of lists) add(list)
  }
  return found
}

function selectorOf(types: readonly string[]): number {
  const hash = keccak256(new TextEncoder().encode(`log(${types.join(',')})`))
  return Number(toBigInt(hash.subarray(0, 4)))
}

function textOf(type: string, args: Uint8Array, index: number): string | undefined {
  const word = args.subarray(index * 32, index * 32 + 32)
  if (word.length < 32) return undefined
  if (type === 'string' || type === 'bytes') {
    const bytes = bytesAt(args, toBigInt(word))
    if (bytes === undefined) return undefined
    return type === 'string' ? new TextDecoder().decode(bytes) : bytesToHex(bytes)
  }
  if (type === 'uint256') return String(toBigInt(word))
  if (type === 'int256') return String(BigInt.asIntN(256, toBigInt(word)))
  if (type === 'bool') return String(toBigInt(word) !== 0n)
  if (type === 'address') return bytesToHex(word.subarray(12))
  return bytesToHex(word.subarray(0, Number(type.slice('bytes'.length))))
}

function bytesAt(args: Uint8Array, offset: bigint): Uint8Array | undefined {
  if (offset + 32n > BigInt(args.length)) return undefined
  const start = Number(offset) + 32
  const length = toBigInt(args.subarray(start - 32, start))
  return BigInt(start) + length > BigInt(args.length)
    ? undefined
    : args.subarray(start, start + Number(length))
}
