import { compileWasm } from './compileWasm.ts'
import { wasmBase64 } from './generated/baseReader.ts'

/** An engine's memory as other threads get it, and where in it the speculation region and the cells are. Can be sent. */
export type SharedBase = { memory: WebAssembly.Memory; region: number; cells: number }

/**
 * Opens a speculator's way into an engine's memory (assembly/baseReader.ts): what its own engine imports as `base`, and
 * what its loop claims transactions with.
 *
 * @param speculator - its number, from 0 on.
 */
export function openBaseReader({ memory, region }: SharedBase, speculator: number): WebAssembly.Exports {
  const { exports } = new WebAssembly.Instance(compileWasm(wasmBase64, true), { env: { memory } })
  exports.init(region, speculator)
  return exports
}

/** Where there is no base: an engine that is no speculator asks for none. */
export const NO_BASE: Record<string, WebAssembly.Import> = {
  findAccount: isNever,
  findSlot: isNever,
  recordField: isNever,
  codeHash: isNever,
  codeLength: isNever,
  codeField: isNever,
}

function isNever(): never {
  throw new Error('A record was asked for where there is no base.')
}
