import { compileWasm } from './compileWasm.ts'
import { wasmBase64 } from './generated/engine.ts'

const compiled = new Map<boolean, WebAssembly.Module>()

/**
 * The engine kernel, compiled at the first call of this thread. Send it to a worker with `postMessage` to share the
 * optimised machine code too.
 *
 * @param sharesMemory - whether its memory is one that threads share.
 */
export function engineModule(sharesMemory: boolean): WebAssembly.Module {
  const known = compiled.get(sharesMemory)
  if (known !== undefined) return known
  const module = compileWasm(wasmBase64, sharesMemory)
  compiled.set(sharesMemory, module)
  return module
}
