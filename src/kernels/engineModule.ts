import { compileWasm } from './compileWasm.ts'
import { wasmBase64 } from './generated/engine.ts'

let compiled: WebAssembly.Module | undefined

/**
 * The engine kernel, compiled at the first call of this thread. Send it to a worker with `postMessage` to share the
 * optimised machine code too.
 */
export function engineModule(): WebAssembly.Module {
  compiled ??= compileWasm(wasmBase64)
  return compiled
}
