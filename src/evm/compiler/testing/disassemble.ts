import { mock } from 'node:test'
import { assert } from '../../../lib/index.ts'
import type { Fork } from '../../../protocol/index.ts'
import { type CompileOptions, compileCode } from '../compileCode.ts'
import { FrameCode } from '../FrameCode.ts'
import { FunctionBody, I32, I64, type Local, Op, V128 } from '../wasm/index.ts'

/** Names of the locals that FrameCode makes first, behind the parameters. */
const REGISTERS = ['memory', 'memorySize', 'gas', 'dispatch']
const TYPE_NAMES: Record<number, string> = { [I32]: 'i32', [I64]: 'i64', [V128]: 'v128' }
const OP_NAMES = new Map<number, string>(Object.entries(Op).map(([name, op]) => [op, name]))

/**
 * Compiles bytecode and writes the module's functions as text, a statement a line: for tests that show what the compiler
 * makes of a program.
 *
 * Locals have names: `frame`, `stack`, `memory`, `memorySize`, `gas`, `s0.1` for limb 1 of stack position 0, and `t0`, …
 * for the others. Labels are named by the order of their blocks.
 */
export function compiledText(code: Uint8Array, options: CompileOptions & { fork?: Fork } = {}): string {
  const slots = new Map<FunctionBody, Map<Local, string>>()
  const bodies: FunctionBody[] = []
  const { slot } = FrameCode.prototype
  const { encode } = FunctionBody.prototype
  // Only the compiler knows which local holds which word.
  const slotSpy = mock.method(FrameCode.prototype, 'slot', function (this: FrameCode, position, limb) {
    const local = slot.call(this, position, limb)
    const names = slots.get(this.body) ?? new Map<Local, string>()
    slots.set(this.body, names.set(local, `s${position}.${limb}`))
    return local
  } satisfies FrameCode['slot'])
  const encodeSpy = mock.method(FunctionBody.prototype, 'encode', function (this: FunctionBody) {
    bodies.push(this)
    return encode.call(this)
  } satisfies FunctionBody['encode'])
  try {
    const outcome = compileCode(code, options.fork ?? 'Osaka', options)
    assert(outcome.ok, 'the program is compiled')
    return new ModuleReader(outcome.wasm, (index) => slots.get(bodies[index]!) ?? new Map()).text()
  } finally {
    slotSpy.mock.restore()
    encodeSpy.mock.restore()
  }
}

type Signature = { parameters: number[]; results: number[] }

/** Reads LEB128 numbers and bytes. */
class ByteReader {
  readonly #bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.at = at
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length
  }

  byte(): number {
    return this.#bytes[this.at++]!
  }

  bytes(count: number): Uint8Array {
    this.at += count
    return this.#bytes.subarray(this.at - count, this.at)
  }

  unsigned(): number {
    return Number(this.#leb().value)
  }

  signed(): bigint {
    const { value, bits } = this.#leb()
    return BigInt.asIntN(bits, value)
  }

  name(): string {
    return new TextDecoder().decode(this.bytes(this.unsigned()))
  }

  list<Item>(read: () => Item): Item[] {
    return Array.from({ length: this.unsigned() }, read)
  }

  #leb(): { value: bigint; bits: number } {
    let value = 0n
    let bits = 0
    for (;;) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << BigInt(bits)
      bits += 7
      if (byte < 0x80) return { value, bits }
    }
  }
}

/** The parts of a module that its text needs. */
class ModuleReader {
  #types: Signature[] = []
  #globals: string[] = []
  #functions: { name: string; type: Signature }[] = []
  #imported = 0
  #codes: Uint8Array[] = []
  readonly #slotNames: (index: number) => ReadonlyMap<Local, string>

  constructor(wasm: Uint8Array, slotNames: (index: number) => ReadonlyMap<Local, string>) {
    this.#slotNames = slotNames
    const reader = new ByteReader(wasm, 8)
    while (!reader.isAtEnd) {
      const section = reader.byte()
      const bytes = reader.bytes(reader.unsigned())
      this.#readSection(section, new ByteReader(bytes))
    }
  }

  #readSection(section: number, from: ByteReader): void {
    const valueTypes = () => from.list(() => from.byte())
    if (section === 1) {
      this.#types = from.list(() => {
        from.byte()
        return { parameters: valueTypes(), results: valueTypes() }
      })
    } else if (section === 2) from.list(() => this.#readImport(from))
    else if (section === 3) {
      this.#imported = this.#functions.length
      for (const [i, type] of from.list(() => this.#types[from.unsigned()]!).entries()) {
        this.#functions.push({ name: `part${i}`, type })
      }
    } else if (section === 7) {
      from.list(() => {
        const name = from.name()
        from.byte()
        this.#functions[from.unsigned()]!.name = name
      })
    } else if (section === 10) this.#codes = from.list(() => from.bytes(from.unsigned()))
  }

  #readImport(from: ByteReader): void {
    from.name()
    const name = from.name()
    const kind = from.byte()
    if (kind === 0) this.#functions.push({ name, type: this.#types[from.unsigned()]! })
    else if (kind === 3) {
      this.#globals.push(name)
      from.bytes(2)
    } else {
      const hasMaximum = from.byte() === 1
      from.unsigned()
      if (hasMaximum) from.unsigned()
    }
  }

  text(): string {
    return this.#codes
      .map((code, i) => {
        const { name, type } = this.#functions[this.#imported + i]!
        const reader = new ByteReader(code)
        const locals = reader.list(() => ({ count: reader.unsigned(), type: reader.byte() }))
        const names = this.#localNames(type, this.#slotNames(i))
        const body = new BodyText(reader, {
          names,
          functions: this.#functions,
          globals: this.#globals,
        }).write()
        const declared = locals.map(({ count, type }) => `${count} ${TYPE_NAMES[type]}`).join(', ')
        const parameters = type.parameters.map((_, local) => names(local)).join(', ')
        return `${name}(${parameters})  locals: ${declared}\n${body}`
      })
      .join('\n')
  }

  #localNames(type: Signature, slots: ReadonlyMap<Local, string>): (local: number) => string {
    const fixed = ['frame', 'stack', ...(type.parameters.length > 1 ? ['entry'] : []), ...REGISTERS]
    const temporaries: number[] = []
    return (local) => {
      const known = fixed[local] ?? slots.get(local)
      if (known !== undefined) return known
      if (!temporaries.includes(local)) temporaries.push(local)
      return `t${temporaries.indexOf(local)}`
    }
  }
}

type Names = {
  names: (local: number) => string
  functions: readonly { name: string; type: Signature }[]
  globals: readonly string[]
}

/** How operators are written; others by their names. */
const SYMBOLS: Record<number, string> = {
  [Op.i32Eq]: '==',
  [Op.i32Ne]: '!=',
  [Op.i32GtU]: '>',
  [Op.i64Eq]: '==',
  [Op.i64Ne]: '!=',
  [Op.i64LtS]: '<s',
  [Op.i64LtU]: '<',
  [Op.i64GtU]: '>',
  [Op.i64GeU]: '>=',
  [Op.i32Add]: '+',
  [Op.i32And]: '&',
  [Op.i32Or]: '|',
  [Op.i32Xor]: '^',
  [Op.i64Add]: '+',
  [Op.i64Sub]: '-',
  [Op.i64Mul]: '*',
  [Op.i64And]: '&',
  [Op.i64Or]: '|',
  [Op.i64Xor]: '^',
  [Op.i64Shl]: '<<',
  [Op.i64ShrS]: '>>s',
  [Op.i64ShrU]: '>>',
}
const V128_LOAD: number = Op.v128Load
const V128_STORE: number = Op.v128Store
const isWithin = (op: number, from: number, to: number): boolean => op >= from && op <= to
// Ranges of the binary format, section 5.4 of the specification.
const isLoad = (op: number): boolean => isWithin(op, 0x28, 0x35) || op === V128_LOAD
const isStore = (op: number): boolean => isWithin(op, 0x36, 0x3e) || op === V128_STORE
const isBinary = (op: number): boolean =>
  isWithin(op, 0x46, 0x4f) || isWithin(op, 0x51, 0x5a) || isWithin(op, 0x6a, 0x78) || isWithin(op, 0x7c, 0x8a)
const isUnary = (op: number): boolean =>
  op === 0x45 ||
  op === 0x50 ||
  isWithin(op, 0x67, 0x69) ||
  isWithin(op, 0x79, 0x7b) ||
  isWithin(op, 0xa7, 0xc4) ||
  op === Op.i64x2Splat
const PREFIXED = 0xfc

/** Folds the instructions of one function into statements. */
class BodyText {
  readonly #from: ByteReader
  readonly #names: Names
  readonly #lines: string[] = []
  /** Expressions on WebAssembly's stack. */
  #stack: string[] = []
  /** Moves that happen at once: targets of sets while there is still something on the stack. */
  #moves: [to: string, value: string][] = []
  readonly #blocks: string[] = []
  #blockCount = 0

  constructor(from: ByteReader, names: Names) {
    this.#from = from
    this.#names = names
  }

  write(): string {
    while (!this.#from.isAtEnd) this.#instruction()
    return `${this.#lines.join('\n')}\n`
  }

  #line(text: string): void {
    this.#lines.push(`${'  '.repeat(this.#blocks.length + 1)}${text}`)
  }

  #pop(): string {
    return this.#stack.pop()!
  }

  #label(): string {
    return this.#blocks[this.#blocks.length - 1 - this.#from.unsigned()] ?? 'the end'
  }

  #instruction(): void {
    const first = this.#from.byte()
    const op = first >= PREFIXED ? (first << 8) | this.#from.unsigned() : first
    if (!this.#control(op) && !this.#access(op)) this.#value(op)
  }

  #control(op: number): boolean {
    switch (op) {
      case Op.block:
      case Op.loop:
      case Op.if:
        this.#open(op)
        return true
      case Op.else:
        this.#lines.push(`${'  '.repeat(this.#blocks.length)}else`)
        return true
      case Op.end:
        this.#close()
        return true
      case Op.br:
        this.#line(`goto ${this.#label()}`)
        return true
      case Op.brIf:
        this.#line(`if ${this.#pop()} goto ${this.#label()}`)
        return true
      case Op.brTable: {
        const labels = [...this.#from.list(() => this.#label()), this.#label()]
        this.#line(`goto [${labels.join(', ')}][${this.#pop()}]`)
        return true
      }
      case Op.return:
        this.#line(`return ${this.#stack.splice(0).join(', ')}`)
        return true
      case Op.unreachable:
        this.#line('unreachable')
        return true
      default:
        return false
    }
  }

  #open(op: number): void {
    this.#from.byte() // block type
    const isIf = op === Op.if
    const name = `${op === Op.loop ? 'loop' : isIf ? 'if' : 'block'}${this.#blockCount++}`
    this.#line(isIf ? `if ${this.#pop()} {  // ${name}` : `${name} {`)
    this.#blocks.push(name)
  }

  #close(): void {
    if (this.#blocks.pop() !== undefined) this.#line('}')
    else if (this.#stack.length > 0) this.#line(`return ${this.#stack.splice(0).join(', ')}`)
  }

  #access(op: number): boolean {
    if (op === Op.call || op === Op.returnCall) this.#call(op)
    else if (op === Op.localGet) this.#stack.push(this.#names.names(this.#from.unsigned()))
    else if (op === Op.localSet) this.#set(this.#names.names(this.#from.unsigned()))
    else if (op === Op.localTee) {
      this.#stack.push(`(${this.#names.names(this.#from.unsigned())} = ${bare(this.#pop())})`)
    } else if (op === Op.globalGet) this.#stack.push(this.#names.globals[this.#from.unsigned()]!)
    else if (isLoad(op)) this.#stack.push(`${OP_NAMES.get(op)}[${this.#address(this.#pop())}]`)
    else if (isStore(op)) {
      const value = bare(this.#pop())
      this.#line(`${OP_NAMES.get(op)}[${this.#address(this.#pop())}] = ${value}`)
    } else return false
    return true
  }

  #address(base: string): string {
    this.#from.byte() // alignment
    const offset = this.#from.unsigned()
    return offset === 0 ? bare(base) : `${bare(base)} + ${offset}`
  }

  #call(op: number): void {
    const { name, type } = this.#names.functions[this.#from.unsigned()]!
    const values = this.#stack.splice(this.#stack.length - type.parameters.length).map(bare)
    const call = `${name}(${values.join(', ')})`
    if (op === Op.returnCall) this.#line(`return ${call}`)
    else if (type.results.length === 0) this.#line(call)
    else this.#stack.push(call)
  }

  /** Sets in a row whose values were all pushed before the first of them are one move. */
  #set(to: string): void {
    this.#moves.push([to, bare(this.#pop())])
    if (this.#stack.length > 0) return
    const moves = this.#moves.reverse()
    this.#moves = []
    const list = (index: 0 | 1) => moves.map((move) => move[index]).join(', ')
    this.#line(`${list(0)} = ${list(1)}`)
  }

  #value(op: number): void {
    const name = OP_NAMES.get(op)
    assert(name !== undefined, `0x${op.toString(16)} is an instruction that the compiler knows`)
    if (op === Op.i32Const || op === Op.i64Const) this.#stack.push(number(this.#from.signed()))
    else if (op === Op.v128Const) this.#stack.push(`0x${Buffer.from(this.#from.bytes(16)).toString('hex')}`)
    else if (isBinary(op)) {
      const right = this.#pop()
      this.#stack.push(`(${this.#pop()} ${SYMBOLS[op] ?? name} ${right})`)
    } else if (isUnary(op)) this.#stack.push(`${name}(${bare(this.#pop())})`)
    else if (op === Op.select) {
      const [whenSet, otherwise, condition] = this.#stack.splice(-3).map(bare)
      this.#stack.push(`(${condition} ? ${whenSet} : ${otherwise})`)
    } else if (op === Op.reverseBytes) {
      this.#from.bytes(16)
      this.#pop()
      this.#stack.push(`${name}(${bare(this.#pop())})`)
    } else if (op === Op.i64x2ExtractLane) this.#stack.push(`${this.#pop()}.lane${this.#from.byte()}`)
    else if (op === Op.i64x2ReplaceLane) {
      const value = bare(this.#pop())
      this.#stack.push(`${name}${this.#from.byte()}(${bare(this.#pop())}, ${value})`)
    } else {
      assert(op === Op.memoryCopy, `${name} is known here`)
      this.#from.bytes(2)
      const values = this.#stack.splice(-3).map(bare)
      this.#line(`${name}(${values.join(', ')})`)
    }
  }
}

/** Without the parentheses around the whole. */
function bare(expression: string): string {
  if (!expression.startsWith('(')) return expression
  let depth = 0
  for (let i = 0; i < expression.length - 1; i++) {
    if (expression[i] === '(') depth++
    else if (expression[i] === ')') depth--
    if (depth === 0) return expression
  }
  return expression.slice(1, -1)
}

/** Short numbers in decimal, masks and addresses in hex. */
function number(value: bigint): string {
  if (value >= -0xffffn && value <= 0xffffn) return value.toString()
  return value < 0n && value > -0x80000000n
    ? `-0x${(-value).toString(16)}`
    : `0x${BigInt.asUintN(64, value).toString(16)}`
}
