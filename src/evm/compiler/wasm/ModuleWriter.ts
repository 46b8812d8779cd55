import { ByteWriter } from './ByteWriter.ts'
import { I32, Op, type ValueType } from './instructions.ts'

export type Signature = { parameters: readonly ValueType[]; results: readonly ValueType[] }

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const FUNCTION_TYPE = 0x60
const EXTERNAL_FUNCTION = 0x00
const EXTERNAL_MEMORY = 0x02
const EXTERNAL_GLOBAL = 0x03
const IMMUTABLE = 0x00
const SECTION = { type: 1, import: 2, function: 3, global: 6, export: 7, code: 10 } as const

/**
 * A WebAssembly module that imports functions, one memory and constant i32 globals, has such of its own, and exports
 * functions.
 * Indices of functions: the imported ones in the order of {@link importFunction}, then the module's own.
 * Source: WebAssembly core specification 3.0, section 5.5.
 */
export class ModuleWriter {
  readonly #types: Signature[] = []
  readonly #typeIndex = new Map<string, number>()
  readonly #imports: { module: string; name: string; type: number }[] = []
  readonly #globals: { module: string; name: string }[] = []
  readonly #constants: number[] = []
  readonly #functions: { type: number; code: Uint8Array }[] = []
  readonly #exports: { name: string; index: number }[] = []

  /** All imports come before the first own function. */
  importFunction(module: string, name: string, signature: Signature): number {
    this.#imports.push({ module, name, type: this.#type(signature) })
    return this.#imports.length - 1
  }

  /** An immutable i32. */
  importGlobal(module: string, name: string): number {
    this.#globals.push({ module, name })
    return this.#globals.length - 1
  }

  /** An i32 of the module's own, whose value may be set until the module is encoded. All imports come before. */
  addConstant(): number {
    this.#constants.push(0)
    return this.#globals.length + this.#constants.length - 1
  }

  setConstant(index: number, value: number): void {
    this.#constants[index - this.#globals.length] = value
  }

  /** `code`: as FunctionBody.encode gives it. */
  addFunction(signature: Signature, code: Uint8Array): number {
    this.#functions.push({ type: this.#type(signature), code })
    return this.#imports.length + this.#functions.length - 1
  }

  /** Index that the next own function gets. */
  get nextFunction(): number {
    return this.#imports.length + this.#functions.length
  }

  get functionCount(): number {
    return this.#functions.length
  }

  exportFunction(name: string, index: number): void {
    this.#exports.push({ name, index })
  }

  /** `memoryMaximumPages`: as the imported memory is declared. */
  encode(memoryMaximumPages: number): Uint8Array {
    const out = new ByteWriter()
    out.bytes(MAGIC_AND_VERSION)
    section(out, SECTION.type, this.#types, writeSignature)
    this.#writeImports(out, memoryMaximumPages)
    section(out, SECTION.function, this.#functions, (to, { type }) => to.unsigned(type))
    section(out, SECTION.global, this.#constants, (to, value) => {
      to.bytes([I32, IMMUTABLE, Op.i32Const])
      to.signed(value)
      to.byte(Op.end)
    })
    section(out, SECTION.export, this.#exports, (to, { name, index }) => {
      to.name(name)
      to.byte(EXTERNAL_FUNCTION)
      to.unsigned(index)
    })
    section(out, SECTION.code, this.#functions, (to, { code }) => {
      to.unsigned(code.length)
      to.bytes(code)
    })
    return out.view().slice()
  }

  #writeImports(out: ByteWriter, memoryMaximumPages: number): void {
    const entries: ((to: ByteWriter) => void)[] = [
      ...this.#imports.map(({ module, name, type }) => (to: ByteWriter) => {
        to.name(module)
        to.name(name)
        to.byte(EXTERNAL_FUNCTION)
        to.unsigned(type)
      }),
      (to) => {
        to.name('engine')
        to.name('memory')
        to.byte(EXTERNAL_MEMORY)
        to.byte(1) // with a maximum
        to.unsigned(0)
        to.unsigned(memoryMaximumPages)
      },
      ...this.#globals.map(({ module, name }) => (to: ByteWriter) => {
        to.name(module)
        to.name(name)
        to.byte(EXTERNAL_GLOBAL)
        to.byte(I32)
        to.byte(IMMUTABLE)
      }),
    ]
    section(out, SECTION.import, entries, (to, write) => write(to))
  }

  #type(signature: Signature): number {
    const key = `${signature.parameters.join()}>${signature.results.join()}`
    const known = this.#typeIndex.get(key)
    if (known !== undefined) return known
    this.#typeIndex.set(key, this.#types.length)
    return this.#types.push(signature) - 1
  }
}

function writeSignature(to: ByteWriter, { parameters, results }: Signature): void {
  to.byte(FUNCTION_TYPE)
  to.unsigned(parameters.length)
  to.bytes(parameters)
  to.unsigned(results.length)
  to.bytes(results)
}

function section<Item>(
  out: ByteWriter,
  id: number,
  items: readonly Item[],
  write: (to: ByteWriter, item: Item) => void,
): void {
  if (items.length === 0) return
  const content = new ByteWriter()
  content.unsigned(items.length)
  for (const item of items) write(content, item)
  out.byte(id)
  out.unsigned(content.length)
  out.bytes(content.view())
}
