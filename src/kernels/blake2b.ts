import { compileWasm } from './compileWasm.ts'
import { wasmBase64 } from './generated/blake2b.ts'

const STATE_BYTES = 64
const BLOCK_BYTES = 128

let kernel: Blake2bExports | undefined

/**
 * F of BLAKE2b (RFC 7693 section 3.2, EIP-152): mixes `block` (128 bytes) into `state` (64 bytes, changed in place).
 * Words are little-endian; `counter` has 16 bytes. Compiled at the first call.
 */
export function blake2bCompress(
  state: Uint8Array,
  block: Uint8Array,
  counter: Uint8Array,
  options: { isFinal: boolean; rounds: number },
): void {
  kernel ??= new WebAssembly.Instance(compileWasm(wasmBase64)).exports as Blake2bExports
  const at = kernel.regionOffset()
  const region = new Uint8Array(kernel.memory.buffer, at, STATE_BYTES + BLOCK_BYTES + counter.length)
  region.set(state)
  region.set(block, STATE_BYTES)
  region.set(counter, STATE_BYTES + BLOCK_BYTES)
  kernel.compress(options.rounds, options.isFinal ? 1 : 0)
  state.set(region.subarray(0, STATE_BYTES))
}

/** Exports of assembly/blake2bKernel.ts. */
type Blake2bExports = {
  memory: WebAssembly.Memory
  regionOffset(): number
  compress(rounds: number, isFinal: number): void
}
