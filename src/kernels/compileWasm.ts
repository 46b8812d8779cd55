import './webAssembly.ts'

/** Compiles a WebAssembly module from base64 text, synchronously. */
export function compileWasm(base64: string): WebAssembly.Module {
  const binary = atob(base64)
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  return new WebAssembly.Module(bytes)
}

/** A WebAssembly module from its bytes; its functions are compiled when they are first called. */
export function moduleOf(wasm: Uint8Array): WebAssembly.Module {
  return new WebAssembly.Module(wasm)
}
