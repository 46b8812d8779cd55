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

let traced: Promise<WebAssembly.Module> | undefined

/** The engine kernel that tells tracers what it does; loaded when it is first asked for. Its memory is its own. */
export function tracedEngineModule(): Promise<WebAssembly.Module> {
  traced ??= import('./generated/tracedEngine.ts').then(({ wasmBase64: text }) => compileWasm(text))
  return traced
}
