import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { moduleOf } from '../../../kernels/index.ts'
import { FunctionBody } from './FunctionBody.ts'
import { I32, I64, Op, V128, type ValueType } from './instructions.ts'
import { ModuleWriter } from './ModuleWriter.ts'

type Written = {
  run: (...args: (number | bigint)[]) => number | bigint
  localCount: number
  code: Uint8Array
}

const MEMORY_PAGES = 16

/** A module with one function; what `write` writes must validate. */
function functionOf(
  parameters: ValueType[],
  result: ValueType,
  write: (body: FunctionBody) => void,
): Written {
  const body = new FunctionBody(parameters)
  write(body)
  const { code } = body.encode()
  const localCount = parameters.length + declaredLocals(code)
  const module = new ModuleWriter()
  module.exportFunction('run', module.addFunction({ parameters, results: [result] }, code))
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MEMORY_PAGES })
  const instance = new WebAssembly.Instance(moduleOf(module.encode(MEMORY_PAGES)), { engine: { memory } })
  return { run: instance.exports.run, localCount, code }
}

/** Sum of the runs of locals at a function's start; each has fewer than 128 here, or fills two bytes. */
function declaredLocals(code: Uint8Array): number {
  let count = 0
  let at = 1
  for (let run = 0; run < code[0]!; run++) {
    const isLong = code[at]! >= 0x80
    count += isLong ? (code[at]! & 0x7f) | (code[at + 1]! << 7) : code[at]!
    at += isLong ? 3 : 2
  }
  return count
}

describe('constants', () => {
  const edges = [7n, 31n, 32n, 48n, 53n, 63n, 64n].flatMap((bit) =>
    [-1n, 0n, 1n].map((offset) => BigInt.asUintN(64, 2n ** bit + offset)),
  )

  it('of 64 bits come out as they went in, signed or unsigned', () => {
    for (const value of edges) {
      const constant = (given: bigint) => functionOf([], I64, (body) => void body.i64(given)).run()
      assert.equal(constant(value), BigInt.asIntN(64, value))
      assert.equal(constant(BigInt.asIntN(64, value)), BigInt.asIntN(64, value))
    }
  })

  it('of 32 bits too', () => {
    for (const value of [0, 63, 64, -64, -65, 2 ** 31 - 1, -(2 ** 31)]) {
      assert.equal(functionOf([], I32, (body) => body.i32(value)).run(), value)
    }
  })

  it('can be patched, beyond 32 bits too', () => {
    for (const value of [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
      const { run } = functionOf([], I64, (body) => {
        const handle = body.i64(-1n)
        body.i64(1n)
        body.op(Op.i64Add)
        body.patch(handle, value)
      })
      assert.equal(run(), BigInt(value) + 1n)
    }
  })

  it('of 128 bits have their lanes in order, and reverse as a whole', () => {
    const [low, high] = [0x0123456789abcdefn, 0xfedcba9876543210n]
    const lane = (index: number, reversed: boolean) =>
      functionOf([], I64, (body) => {
        body.v128(low, high)
        if (reversed) {
          const vector = body.keep(V128)
          body.get(vector)
          body.get(vector)
          body.op(Op.reverseBytes)
        }
        body.lane(Op.i64x2ExtractLane, index)
      }).run()
    assert.deepEqual([lane(0, false), lane(1, false)], [low, BigInt.asIntN(64, high)])
    assert.deepEqual(
      [lane(0, true), lane(1, true)],
      [0x1032547698badcfen, BigInt.asIntN(64, 0xefcdab8967452301n)],
    )
  })
})

describe('locals', () => {
  it('are declared in runs of one type, parameters not among them', () => {
    const { code } = functionOf([I32, I64], I32, (body) => {
      for (const type of [I64, I64, I32, V128, V128, V128] as const) body.local(type)
      body.i32(7)
    })
    assert.deepEqual([...code.subarray(0, 7)], [3, 2, I64, 1, I32, 3, V128])
  })

  it('are numbered behind the parameters, temporaries behind the locals', () => {
    const { run, localCount } = functionOf([I64], I64, (body) => {
      const local = body.local(I64)
      assert.equal(local, 1)
      body.get(0)
      body.i64(1n)
      body.op(Op.i64Add)
      const temporary = body.keep(I64)
      body.get(0)
      body.set(local)
      body.get(temporary)
      body.get(local)
      body.op(Op.i64Mul)
    })
    assert.equal(run(6n), 42n)
    assert.equal(localCount, 3)
  })

  it('take 8 bytes of native stack each, vectors 16, and operands as many as are told of', () => {
    const stackBytes = (write: (body: FunctionBody) => void) => {
      const body = new FunctionBody([I32])
      write(body)
      return body.encode().stackBytes
    }
    const none = stackBytes(() => {})
    const types = [I32, I64, I64, V128] as const
    assert.equal(stackBytes((body) => types.map((type) => body.local(type))) - none, 3 * 8 + 16)
    const sharing = (body: FunctionBody) => {
      for (let i = 0; i < 5; i++) {
        body.i64(0n)
        body.keep(I64)
      }
    }
    assert.equal(stackBytes(sharing) - none, 8)
    assert.equal(
      stackBytes((body) => body.noteOperands(3)),
      none,
    )
    assert.ok(stackBytes((body) => body.noteOperands(1000)) >= 8000)
  })

  it('beyond 127 are reached', () => {
    const { run } = functionOf([], I64, (body) => {
      const locals = Array.from({ length: 300 }, () => body.local(I64))
      for (const [i, local] of locals.entries()) {
        body.i64(BigInt(i))
        body.set(local)
      }
      body.get(locals[299]!)
      body.get(locals[128]!)
      body.op(Op.i64Sub)
    })
    assert.equal(run(), 171n)
  })
})

describe('temporaries', () => {
  it('share a local when one is done before the other begins', () => {
    const { run, localCount } = functionOf([I64], I64, (body) => {
      body.get(0)
      for (let i = 1; i <= 50; i++) {
        const kept = body.keep(I64)
        body.get(kept)
        body.i64(BigInt(i))
        body.op(Op.i64Add)
      }
    })
    assert.equal(run(10n), 10n + 1275n)
    assert.equal(localCount, 2)
  })

  it('of different types share none', () => {
    const { run, localCount } = functionOf([I64], I64, (body) => {
      body.get(0)
      body.get(body.keep(I64))
      body.op(Op.i32WrapI64)
      body.get(body.keep(I32))
      body.op(Op.i64ExtendI32U)
      body.get(body.keep(I64))
    })
    assert.equal(run(2n ** 32n + 5n), 5n)
    assert.equal(localCount, 3)
  })

  it('that are written and not read again give their local back', () => {
    const { localCount } = functionOf([], I64, (body) => {
      for (let i = 0; i < 5; i++) {
        body.i64(0n)
        body.keep(I64)
      }
      body.i64(1n)
    })
    assert.equal(localCount, 1)
  })

  it('that are read before they are written are refused', () => {
    const body = new FunctionBody([])
    body.get(body.temporary(I64))
    assert.throws(() => body.encode(), /a temporary is set before it is read/)
  })

  it('keep their values whatever is alive beside them', () => {
    // Each step reads some of what is alive and defines one more; an interpreter of the same steps is the oracle.
    const step = fc.record({
      left: fc.nat(),
      right: fc.nat(),
      op: fc.constantFrom('add', 'sub', 'mul', 'xor'),
    })
    const CODES = { add: Op.i64Add, sub: Op.i64Sub, mul: Op.i64Mul, xor: Op.i64Xor }
    const MEANINGS: Record<keyof typeof CODES, (x: bigint, y: bigint) => bigint> = {
      add: (x, y) => x + y,
      sub: (x, y) => x - y,
      mul: (x, y) => x * y,
      xor: (x, y) => x ^ y,
    }
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const values = [3n, 5n]
        const { run } = functionOf([I64, I64], I64, (body) => {
          const places = [0, 1]
          for (const { left, right, op } of steps) {
            const [x, y] = [left % places.length, right % places.length]
            body.get(places[x]!)
            body.get(places[y]!)
            body.op(CODES[op])
            places.push(body.keep(I64))
            values.push(BigInt.asIntN(64, MEANINGS[op](values[x]!, values[y]!)))
          }
          body.get(places.at(-1)!)
        })
        assert.equal(run(3n, 5n), values.at(-1))
      }),
      { numRuns: 200 },
    )
  })
})

describe('blocks', () => {
  /** Leaves the n-th of five nested blocks; the result tells how many ends were passed behind it. */
  const leave = (body: FunctionBody, jump: (labels: number[]) => void): void => {
    const count = body.local(I32)
    const labels = Array.from({ length: 5 }, () => body.block())
    jump(labels)
    body.op(Op.unreachable)
    for (const _ of labels) {
      body.end()
      body.get(count)
      body.i32(1)
      body.op(Op.i32Add)
      body.set(count)
    }
    body.get(count)
  }

  it('are left by the label that their opening gave, from whatever depth', () => {
    for (let target = 0; target < 5; target++) {
      const { run } = functionOf([], I32, (body) =>
        leave(body, (labels) => {
          body.block()
          body.loop()
          body.i32(1)
          body.branchIf(labels[target]!)
          body.end()
          body.end()
        }),
      )
      assert.equal(run(), target + 1)
    }
  })

  it('are chosen by a table, whose last label takes all higher numbers', () => {
    const { run } = functionOf([I32], I32, (body) =>
      leave(body, (labels) => {
        body.get(0)
        body.branchTable([labels[4]!, labels[1]!, labels[0]!])
      }),
    )
    assert.deepEqual(
      [0, 1, 2, 3, -1].map((n) => run(n)),
      [5, 2, 1, 1, 1],
    )
  })

  it('repeat by the label of a loop, and choose by if and else', () => {
    const { run } = functionOf([I32], I32, (body) => {
      const sum = body.local(I32)
      const done = body.block()
      const again = body.loop()
      body.get(0)
      body.op(Op.i32Eqz)
      body.branchIf(done)
      body.get(0)
      body.i32(1)
      body.op(Op.i32And)
      body.if()
      body.get(sum)
      body.get(0)
      body.op(Op.i32Add)
      body.set(sum)
      body.else()
      body.get(sum)
      body.i32(1000)
      body.op(Op.i32Add)
      body.set(sum)
      body.end()
      body.get(0)
      body.i32(-1)
      body.op(Op.i32Add)
      body.set(0)
      body.branch(again)
      body.end()
      body.end()
      body.get(sum)
    })
    assert.equal(run(5), 5 + 3 + 1 + 2000)
  })

  it('that stay open are refused', () => {
    const body = new FunctionBody([])
    body.block()
    assert.throws(() => body.encode(), /every block is closed/)
  })
})

describe('ModuleWriter', () => {
  it('numbers imported functions first, and calls across them', () => {
    const module = new ModuleWriter()
    const double = module.importFunction('host', 'double', { parameters: [I32], results: [I32] })
    const negate = module.importFunction('host', 'negate', { parameters: [I32], results: [I32] })
    const base = module.importGlobal('engine', 'base')
    assert.equal(module.nextFunction, 2)
    const inner = new FunctionBody([I32])
    inner.get(0)
    inner.call(negate)
    inner.global(base)
    inner.op(Op.i32Add)
    const innerIndex = module.addFunction({ parameters: [I32], results: [I32] }, inner.encode().code)
    const outer = new FunctionBody([I32])
    outer.get(0)
    outer.call(double)
    outer.returnCall(innerIndex)
    const outerIndex = module.addFunction({ parameters: [I32], results: [I32] }, outer.encode().code)
    module.exportFunction('run', outerIndex)
    assert.deepEqual([innerIndex, outerIndex, module.functionCount], [2, 3, 2])
    const { exports } = new WebAssembly.Instance(moduleOf(module.encode(MEMORY_PAGES)), {
      engine: {
        memory: new WebAssembly.Memory({ initial: 1, maximum: MEMORY_PAGES }),
        base: new WebAssembly.Global({ value: 'i32' }, 100),
      },
      host: { double: (n: number) => n * 2, negate: (n: number) => -n },
    })
    assert.equal(exports.run(7), 86)
  })

  it('refuses to be tied to a memory that is larger than it was declared', () => {
    const module = moduleOf(new ModuleWriter().encode(2))
    const instantiate = (maximum: number) =>
      new WebAssembly.Instance(module, {
        engine: { memory: new WebAssembly.Memory({ initial: 1, maximum }) },
      })
    instantiate(2)
    assert.throws(() => instantiate(3), { name: 'LinkError' })
  })
})
