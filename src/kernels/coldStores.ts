import { compileWasm } from './compileWasm.ts'
import { wasmBase64 } from './generated/coldStore.ts'
import { MAX_KERNEL_MEMORY_MIB, reservedMemory } from './webAssembly.ts'

/** Most memory of an engine's cold stores: four of them, about 218 million slots. */
export const MAX_COLD_MEMORY_MIB: number = 4 * MAX_KERNEL_MEMORY_MIB

let compiled: WebAssembly.Module | undefined

/**
 * What an engine kernel imports as `cold` (assembly/cold.ts): as many stores (assembly/coldStore.ts) as it takes for this
 * memory, each calling the next. It is reserved at once and committed by the system as it is written.
 */
export function openColdStores(memoryMiB: number): Record<string, WebAssembly.Import> {
  const count = Math.ceil(memoryMiB / MAX_KERNEL_MEMORY_MIB)
  let first = NO_STORE
  for (let part = count - 1; part >= 0; part--)
    first = openStore(Math.floor(memoryMiB / count), part, count, first)
  return first
}

function openStore(
  memoryMiB: number,
  part: number,
  parts: number,
  next: Record<string, WebAssembly.Import>,
): Record<string, WebAssembly.Import> {
  compiled ??= compileWasm(wasmBase64)
  const totalBytes = memoryMiB * 2 ** 20
  const memory = reservedMemory(totalBytes)
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory }, next })
  exports.init(totalBytes, part, parts)
  return exports
}

/** Where the chain ends: it holds nothing, and nobody asks it for a slot. */
const NO_STORE: Record<string, WebAssembly.Import> = {
  limit: () => 0,
  reset: () => {},
  beginScan: () => {},
  scanTo: () => 0,
  scannedKey: isNever,
  find: isNever,
  foundValue: isNever,
  removeFound: isNever,
  put: isNever,
}

function isNever(): never {
  throw new Error('A slot was asked for where there is no store.')
}
