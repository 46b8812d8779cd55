import { compileWasm } from './compileWasm.ts'
import { wasmBase64 } from './generated/keccak.ts'

const kernel = new WebAssembly.Instance(compileWasm(wasmBase64)).exports as KeccakExports
const INPUT_BYTES = kernel.inputBytes()
const input = new Uint8Array(kernel.memory.buffer, kernel.inputOffset(), INPUT_BYTES)
const output = new Uint8Array(kernel.memory.buffer, kernel.outputOffset(), 32)

/**
 * Keccak-256 with Ethereum's original padding (not SHA3-256) of any number of bytes. Returns 32 fresh bytes.
 * Source: Yellow Paper, appendix B.
 */
export function keccak256(data: Uint8Array): Uint8Array {
  hash(data)
  return output.slice()
}

/** Like {@link keccak256}, but writes the 32 bytes to `out` at `offset`. Throws RangeError when they do not fit. */
export function keccak256Into(data: Uint8Array, out: Uint8Array, offset: number): void {
  hash(data)
  out.set(output, offset)
}

/** Leaves the hash in `output`. */
function hash(data: Uint8Array): void {
  if (data.length <= INPUT_BYTES) {
    input.set(data)
    kernel.hash(data.length)
    return
  }
  kernel.reset()
  let start = 0
  for (; data.length - start > INPUT_BYTES; start += INPUT_BYTES) {
    input.set(data.subarray(start, start + INPUT_BYTES))
    kernel.absorb()
  }
  input.set(data.subarray(start))
  kernel.finish(data.length - start)
}

/** Exports of assembly/keccakKernel.ts. */
type KeccakExports = {
  memory: WebAssembly.Memory
  inputOffset(): number
  inputBytes(): number
  outputOffset(): number
  hash(length: number): void
  reset(): void
  absorb(): void
  finish(length: number): void
}
