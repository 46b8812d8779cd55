import './webAssembly.ts'
import { withSharedMemory } from './sharedMemory.ts'

/** Compiles a WebAssembly module from base64 text, synchronously. */
export function compileWasm(base64: string, sharesMemory = false): WebAssembly.Module {
  const binary = atob(base64)
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  return moduleOf(bytes, sharesMemory)
}

/**
 * A WebAssembly module from its bytes; its functions are compiled when they are first called.
 *
 * @param sharesMemory - whether the memory that it imports is one that threads share.
 */
export function moduleOf(wasm: Uint8Array, sharesMemory = false): WebAssembly.Module {
  return new WebAssembly.Module(sharesMemory ? withSharedMemory(wasm) : wasm)
}
