import type { CompiledModule } from '../../execution/index.ts'
import { LruMap } from '../../lib/index.ts'

/** Modules that are kept. */
const MODULE_LIMIT = 1024
/** WebAssembly bytes of all of them. */
const MODULES_BYTES_LIMIT: number = 64 * 1024 * 1024

/** Modules by key, bounded in number and bytes; the one used longest ago goes first. */
export class ModuleCache {
  readonly #modules = new LruMap<string, CompiledModule>(MODULE_LIMIT)
  readonly #bytesLimit: number
  #bytes = 0

  constructor(bytesLimit: number = MODULES_BYTES_LIMIT) {
    this.#bytesLimit = bytesLimit
  }

  get(key: string): CompiledModule | undefined {
    return this.#modules.get(key)
  }

  set(key: string, module: CompiledModule): void {
    this.#bytes -= this.#modules.get(key)?.wasmBytes ?? 0
    this.#bytes += module.wasmBytes
    this.#bytes -= this.#modules.set(key, module)?.[1].wasmBytes ?? 0
    while (this.#bytes > this.#bytesLimit) this.#bytes -= this.#modules.takeOldest()![1].wasmBytes
  }
}
