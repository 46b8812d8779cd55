/**
 * Types of the part of the WebAssembly JavaScript interface that kernels use. They come with the DOM library only,
 * which no room wants for the rest of it.
 * Source: https://webassembly.github.io/spec/js-api/
 */
declare global {
  namespace WebAssembly {
    class Module {
      constructor(bytes: Uint8Array)
    }
    class Instance {
      constructor(module: Module, imports?: Imports)
      readonly exports: Exports
    }
    class Memory {
      /** Both in pages of 65,536 bytes. */
      constructor(limits: { initial: number; maximum?: number; shared?: boolean })
      /** Replaced by another buffer whenever the memory grows. */
      readonly buffer: ArrayBuffer
      /** Returns the number of pages before. Throws RangeError when there is no room. */
      grow(pages: number): number
    }
    class Global {
      constructor(type: { value: 'i32' | 'i64' | 'f32' | 'f64'; mutable?: boolean }, value: number | bigint)
      value: number | bigint
    }
    class Table {
      /** Returns the length before. */
      grow(count: number): number
      set(index: number, value: unknown): void
    }
    class RuntimeError extends Error {}
    class CompileError extends Error {}
    type Imports = Record<string, Record<string, Import>>
    type Import = Memory | Global | Table | number | bigint | ((...values: never[]) => unknown)
    // biome-ignore lint/suspicious/noExplicitAny: only the kernel that is loaded knows its exports
    type Exports = Record<string, any>
  }
}

/** Bytes of one WebAssembly page. */
export const WASM_PAGE_BYTES = 65_536

/** Most memory that 32-bit addresses reach, less a page. */
export const MAX_KERNEL_MEMORY_MIB = 4095

/**
 * A memory of so many bytes, a multiple of a page's, which the system commits as it is written. It is made small and grown at
 * once: V8 takes the size with which one is made for garbage that may come of it, and collects for each of 384 MiB, which
 * takes 40 ms with a heap of 30 MB.
 */
export function reservedMemory(bytes: number, shared = false): WebAssembly.Memory {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared })
  memory.grow(bytes / WASM_PAGE_BYTES - 1)
  return memory
}
