import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { concatBytes, EMPTY_BYTES, fromBigInt, hexToBytes } from '../../lib/index.ts'
import { compileCode } from './compileCode.ts'
import { decode } from './decode.ts'
import { findRegions, graphsOf, type Regions, sizeOfRegions } from './functions.ts'
import { staticGas } from './staticGas.ts'
import { Machine, offsetOf, program } from './testing/index.ts'

const OSAKA = staticGas('Osaka')
const NODES = 16_384
const SUCCESS = 1 // RETURN

const interpreted = new Machine()
const compiled = new Machine({})
const compiledWhole = new Machine({ coldPaths: true })

function regionsOf(code: Uint8Array): Regions {
  return findRegions(decode(code), { nodes: NODES, isDefined: (op) => OSAKA[op] !== -1 })
}

/** The functions of a program by the offset at which they start: [offset, arguments, results, recursive, may switch]. */
function functionsOf(code: Uint8Array): [number, number, number, boolean, boolean][] {
  const { pcs } = decode(code)
  return [...regionsOf(code).functions].map(([entry, region]) => [
    pcs[entry]!,
    region.argumentCount,
    region.resultCount,
    region.isRecursive,
    region.maySwitch,
  ])
}

/** Runs it interpreted and compiled; both must be the same. Returns the output as a number. */
function runBoth(code: Uint8Array, data: Uint8Array = EMPTY_BYTES, gas = 10_000_000n): bigint {
  const { compiledGas: _, ...expected } = interpreted.run(code, { data, gas })
  for (const machine of [compiled, compiledWhole]) {
    const { compiledGas: _, ...actual } = machine.run(code, { data, gas })
    assert.deepEqual(actual, expected)
  }
  return BigInt(expected.output === '0x' ? 0 : expected.output)
}

const times = (count: number, text: string): string => `${text} `.repeat(count)

/**
 * A program that calls `f` so often that it is not copied to each place: with numbers as arguments, and the sum of all
 * results at the end.
 */
function caller({ args, results, body }: { args: number; results: number; body: string }): string {
  const sites = Array.from({ length: 70 }, (_, i) => {
    const pushes = Array.from({ length: args }, (_, k) => `PUSH ${i + k + 1}`).join(' ')
    return `@back${i} ${pushes} @f JUMP back${i}: ${times(results, 'ADD')}`
  })
  // No return address lies below 0x60, as in what compilers write.
  return `${times(3, 'PUSH32 0 POP')} PUSH0 ${sites.join(' ')} PUSH0 MSTORE MSIZE PUSH0 RETURN f: ${body}`
}

/** From [address, arguments] to [address, their sum], long enough to be shared. */
const SUM = (args: number) => `${args === 0 ? 'PUSH 7' : times(args - 1, 'ADD')} ${times(40, 'PUSH 1 ADD')}`
/** From [address, word] to as many copies of the word, and back. */
const RETURN = (results: number) =>
  results === 0 ? 'POP JUMP' : `SWAP1 ${times(results - 1, 'DUP2 SWAP1')} JUMP`

describe('shared functions', () => {
  it('are found with the arguments that they take and the results that they leave', () => {
    for (const [args, results] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
      [2, 1],
      [1, 3],
      [4, 4],
      [16, 1],
      [3, 15],
    ] as const) {
      const text = caller({ args, results, body: `${SUM(args)} ${RETURN(results)}` })
      const code = program(text)
      assert.deepEqual(functionsOf(code), [[offsetOf(text, 'f'), args, results, false, false]])
      const { root } = regionsOf(code)
      assert.deepEqual([root.unresolvedJumps, root.cuts], [0, 0])
      let expected = 0n
      for (let i = 0; i < 70; i++) {
        let sum = args === 0 ? 7n : 0n
        for (let k = 0; k < args; k++) sum += BigInt(i + k + 1)
        expected += BigInt(results) * (sum + 40n)
      }
      assert.equal(runBoth(code), expected, `${args} to ${results}`)
      const { compiledGas, gasUsed } = compiled.run(code)
      assert.equal(compiledGas, gasUsed, 'all of it ran compiled')
    }
  })

  it('are not taken for shared where they are called once, or are small', () => {
    assert.deepEqual(functionsOf(program('@back PUSH 5 @f JUMP back: STOP f: PUSH 1 ADD SWAP1 JUMP')), [])
    const small = caller({ args: 1, results: 1, body: 'PUSH 1 ADD SWAP1 JUMP' })
    assert.deepEqual(functionsOf(program(small)), [])
    assert.equal(runBoth(program(small)), (70n * 71n) / 2n + 70n)
  })

  it('call each other: callees come first', () => {
    const text = `${caller({ args: 1, results: 1, body: `${SUM(1)} @again SWAP1 @g JUMP again: SWAP1 JUMP` })}
      g: ${times(60, 'PUSH 2 ADD')} CALLVALUE @other JUMPI SWAP1 JUMP other: INVALID`
    // From one place only, g would be a part of f.
    const twice = text.replace('f: ', 'f: @first SWAP1 @g JUMP first: ')
    const code = program(twice)
    assert.deepEqual(
      functionsOf(code).map(([pc]) => pc),
      [offsetOf(twice, 'g'), offsetOf(twice, 'f')],
    )
    assert.equal(runBoth(code), (70n * 71n) / 2n + 70n * 280n)
  })

  it('may hold loops, halts and reverts', () => {
    // Three times the argument and 40, by counting down; reverts beyond 60.
    const body = `${SUM(1)} DUP1 PUSH 100 LT @bad JUMPI PUSH0
      loop: DUP2 ISZERO @done JUMPI PUSH 3 ADD SWAP1 PUSH 1 SWAP1 SUB SWAP1 @loop JUMP
      done: SWAP1 POP SWAP1 JUMP bad: ${times(10, 'PUSH0 POP')} PUSH0 PUSH0 REVERT`
    const text = caller({ args: 1, results: 1, body })
    const code = program(text)
    assert.deepEqual(functionsOf(code), [[offsetOf(text, 'f'), 1, 1, false, false]])
    assert.equal(interpreted.run(code).ending, 2, 'the sites beyond 60 revert')
    runBoth(code)
    const good = program(text.replace('PUSH 100 LT', 'PUSH 110 LT'))
    assert.equal(runBoth(good), (3n * 70n * 71n) / 2n + 3n * 70n * 40n)
  })

  it('are part of who calls them where the ways through them do not leave as many words', () => {
    const body = `CALLVALUE @odd JUMPI ${SUM(1)} SWAP1 JUMP odd: DUP1 DUP3 JUMP`
    const code = program(caller({ args: 1, results: 1, body }))
    assert.deepEqual(functionsOf(code), [])
    runBoth(code)
  })

  it('are part of who calls them where they reach below their return address', () => {
    // Adds to the caller's sum: [sum, address, argument] to [sum, address].
    const body = `${SUM(1)} SWAP1 SWAP2 ADD SWAP1 JUMP`
    const code = program(caller({ args: 1, results: 0, body }))
    for (const [, args, results] of functionsOf(code)) assert.notDeepEqual([args, results], [1, 0])
    assert.equal(runBoth(code), (70n * 71n) / 2n + 70n * 40n)
  })

  it('may leave for the interpreter in the middle, with all words of their callers', () => {
    const body = `${SUM(1)} DUP1 PUSH 1 AND @odd JUMPI SWAP1 JUMP
      odd: PC PUSH 7 ADD JUMP INVALID INVALID JUMPDEST SWAP1 JUMP`
    const text = caller({ args: 1, results: 1, body })
    const code = program(text)
    assert.deepEqual(functionsOf(code), [[offsetOf(text, 'f'), 1, 1, false, true]])
    assert.equal(runBoth(code), (70n * 71n) / 2n + 70n * 40n)
  })

  it('overflow the stack where they do when interpreted, for the one caller that has much below them', () => {
    const body = `${SUM(2)} ${times(12, 'PUSH 1')} ${times(12, 'POP')} ${RETURN(1)}`
    const text = caller({ args: 2, results: 1, body })
    const outputs = Array.from({ length: 20 }, (_, i) => {
      const below = 1000 + i
      const call = `${times(below, 'PUSH0')} @high PUSH 1 PUSH 2 @f JUMP high: ${times(below + 1, 'POP')}`
      const deep = text.replace('PUSH0 MSTORE', `${call} PUSH0 MSTORE`)
      assert.deepEqual(functionsOf(program(deep)), [[offsetOf(deep, 'f'), 2, 1, false, false]])
      return runBoth(program(deep))
    })
    // Above what lies below: the sum, the return address, the function's own sum and the 12 words that it pushes.
    assert.equal(outputs.filter((output) => output !== 0n).length, 1024 - 15 - 1000 + 1)
  })
})

describe('functions that call themselves', () => {
  const factorial = (n: number) => `@end PUSH ${n} @f JUMP end: PUSH0 MSTORE MSIZE PUSH0 RETURN
      other: @end PUSH 3 @f JUMP
      f: DUP1 @more JUMPI POP PUSH 1 SWAP1 JUMP
      more: @back PUSH 1 DUP3 SUB @f JUMP back: MUL SWAP1 JUMP`

  it('are regions, and not without end', () => {
    const text = factorial(5)
    const regions = regionsOf(program(text))
    const [f, ...others] = [...regions.functions.values()]
    assert.ok(f !== undefined)
    assert.deepEqual(
      [f.argumentCount, f.resultCount, f.isRecursive, f.maySwitch, others],
      [1, 1, true, true, []],
    )
    assert.ok(sizeOfRegions(regions) < 100, `${sizeOfRegions(regions)} instructions`)
    assert.equal(
      graphsOf(regions).reduce((sum, { cuts }) => sum + cuts, 0),
      0,
    )
  })

  it('give the same as interpreted at every depth, until the stack is full', () => {
    // Each call leaves two words and the address: 1,024 words are reached near 340.
    for (const n of [0, 1, 5, 57, 200, 210, 212, 213, 214, 215, 300, 338, 339, 340, 341, 342, 400]) {
      runBoth(program(factorial(n)))
    }
    assert.equal(runBoth(program(factorial(10))), 3_628_800n)
  })

  it('may call themselves through each other', () => {
    const text = `@end PUSH0 CALLDATALOAD @even JUMP end: PUSH0 MSTORE MSIZE PUSH0 RETURN
      even: DUP1 @e JUMPI POP PUSH 1 SWAP1 JUMP e: @b1 PUSH 1 DUP3 SUB @odd JUMP b1: SWAP1 POP SWAP1 JUMP
      odd: DUP1 @o JUMPI POP PUSH0 SWAP1 JUMP o: @b2 PUSH 1 DUP3 SUB @even JUMP b2: SWAP1 POP SWAP1 JUMP
      never: @end PUSH 3 @odd JUMP again: @end PUSH 3 @even JUMP`
    for (const n of [0n, 1n, 2n, 7n, 100n, 211n, 338n, 500n]) runBoth(program(text), fromBigInt(n, 32))
    assert.equal(runBoth(program(text), fromBigInt(100n, 32)), 1n)
    assert.equal(runBoth(program(text), fromBigInt(101n, 32)), 0n)
  })

  it('run out of gas where they do when interpreted', () => {
    const code = program(factorial(6))
    const { gasUsed } = interpreted.run(code)
    for (let gas = 0n; gas <= gasUsed + 1n; gas++) runBoth(code, EMPTY_BYTES, gas)
  })
})

/**
 * Written by solc 0.8.37, optimised but without its inliner and deduplicator, of:
 *   function gcd(uint256 a, uint256 b) internal pure returns (uint256) { while (b != 0) (a, b) = (b, a % b); return a; }
 *   function fib(uint256 n) internal pure returns (uint256) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
 *   function pair(uint256 a, uint256 b) internal pure returns (uint256 x, uint256 y) {
 *     x = gcd(a, b); y = a * b / (x == 0 ? 1 : x);
 *   }
 *   function one(uint256 a, uint256 b) external … { (uint256 x, uint256 y) = pair(a, b); return x ^ y; }
 *   function two(uint256 a, uint256 b) external … { (uint256 x, uint256 y) = pair(b, a + 1); return x + y; }
 *   function three(uint256 a, uint256 b) external … { return gcd(a, b) + gcd(a + 1, b); }
 *   function four(uint256 n, uint256) external … { return fib(n % 12); }
 */
const SOLIDITY = hexToBytes(
  [
    '0x608060405234801561000f575f5ffd5b506004361061004a575f3560e01c80632ba7cad51461004e578063320fdc7514',
    '6100775780635f096b7f146100a0578063744f15d9146100c9575b5f5ffd5b61006161005c366004610227565b6100f2',
    '565b60405161006e9190610247565b60405180910390f35b61008a610085366004610227565b610122565b6040516100',
    '979190610247565b60405180910390f35b6100b36100ae366004610227565b610139565b6040516100c0919061024756',
    '5b60405180910390f35b6100dc6100d7366004610227565b610154565b6040516100e99190610247565b604051809103',
    '90f35b5f610107610101846001610264565b83610183565b6101118484610183565b61011b9190610264565b93925050',
    '50565b5f5f5f61012f85856101a7565b1895945050505050565b5f61014d610148600c85610292565b6101e1565b9392',
    '505050565b5f808061016b84610166876001610264565b6101a7565b909250905061017a8183610264565b9594505050',
    '5050565b5f5b81156101a057816101968185610292565b9093509150610185565b5090919050565b5f5f6101b3848461',
    '0183565b915081156101c157816101c4565b60015b6101ce84866102a6565b6101d891906102c4565b90509250929050',
    '565b5f6002821061021f576101fd6101f86002846102d8565b6101e1565b61021061020b6001856102d8565b6101e156',
    '5b61021a9190610264565b610221565b815b92915050565b5f5f60408385031215610238575f5ffd5b50508035926020',
    '909101359150565b90815260200190565b634e487b7160e01b5f52601160045260245ffd5b8082018082111561027857',
    '610277610250565b5b92915050565b634e487b7160e01b5f52601260045260245ffd5b5f826102a1576102a061027e56',
    '5b5b500690565b80820281158282048414176102be576102bd610250565b5b92915050565b5f826102d3576102d26102',
    '7e565b5b500490565b818103818111156102ec576102eb610250565b5b9291505056',
  ].join(''),
)

describe('functions of Solidity', () => {
  const call = (selector: string, a: bigint, b: bigint) =>
    runBoth(SOLIDITY, concatBytes(hexToBytes(selector), fromBigInt(a, 32), fromBigInt(b, 32)))
  const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b))

  it('are found where they call themselves, with one argument and one result', () => {
    const fib = 0x1e1
    const regions = functionsOf(SOLIDITY).filter(([, , , isRecursive]) => isRecursive)
    assert.deepEqual(regions, [[fib, 1, 1, true, true]])
  })

  it('give what they should, and the same as interpreted', () => {
    for (const [a, b] of [
      [48n, 36n],
      [0n, 0n],
      [2n ** 128n, 2n ** 127n],
      [2n ** 256n - 1n, 3n],
      [17n, 0n],
    ] as const) {
      const sum = gcd(a, b) + gcd(a + 1n, b)
      const isFine = a + 1n < 2n ** 256n && sum < 2n ** 256n
      if (isFine) assert.equal(call('0x2ba7cad5', a, b), sum)
      else call('0x2ba7cad5', a, b)
      call('0x320fdc75', a, b)
      call('0x744f15d9', a, b)
    }
    assert.equal(call('0x320fdc75', 48n, 36n), 12n ^ 144n)
    assert.deepEqual(
      [0n, 1n, 2n, 10n, 11n, 12n].map((n) => call('0x5f096b7f', n, 0n)),
      [0n, 1n, 1n, 55n, 89n, 0n],
    )
    call('0x12345678', 1n, 2n)
  })

  it('run out of gas where they do when interpreted', () => {
    const data = concatBytes(hexToBytes('0x320fdc75'), fromBigInt(48n, 32), fromBigInt(36n, 32))
    const { gasUsed, ending } = interpreted.run(SOLIDITY, { data })
    assert.equal(ending, SUCCESS)
    for (let gas = 0n; gas <= gasUsed + 1n; gas += 1n) runBoth(SOLIDITY, data, gas)
  })
})

describe('calls that a compiler has joined into one', () => {
  const FIB = `${times(3, 'PUSH32 0 POP')} @end PUSH 11 @call JUMP end: PUSH0 MSTORE MSIZE PUSH0 RETURN
    call: @fib JUMP
    fib: DUP1 PUSH 2 GT @small JUMPI
    DUP1 PUSH 1 SWAP1 SUB @first SWAP1 @call JUMP first: SWAP1 PUSH 2 SWAP1 SUB @second SWAP1 @call JUMP
    second: ADD SWAP1 JUMP
    small: SWAP1 JUMP`

  it('are a function that calls itself, which runs compiled', () => {
    const code = program(FIB)
    assert.equal(runBoth(code), 89n)
    assert.deepEqual(
      functionsOf(code).map(([, ...facts]) => facts),
      [[1, 1, true, true]],
    )
    const { compiledGas, gasUsed } = compiled.run(code)
    assert.equal(compiledGas, gasUsed)
  })
})

describe('a function that calls itself', () => {
  it('takes no more native stack the more it needs for itself, and goes on in the interpreter where that ends', () => {
    // [address, n] to [address, n + (n - 1) + …], with 300 words of its own in each call.
    const words = Array.from({ length: 300 }, (_, i) => `DUP1 PUSH ${i} ADD`).join(' ')
    const drop = times(300, 'POP')
    const text = `${times(3, 'PUSH32 0 POP')} @end PUSH0 CALLDATALOAD @sum JUMP end: PUSH0 MSTORE MSIZE PUSH0 RETURN
      other: @end PUSH 1 @sum JUMP again: STOP
      sum: ${words} ${drop} DUP1 @more JUMPI SWAP1 JUMP
      more: DUP1 PUSH 1 SWAP1 SUB @back SWAP1 @sum JUMP back: ADD SWAP1 JUMP`
    const code = program(text)
    const outcome = compileCode(code, 'Osaka')
    assert.ok(outcome.ok && outcome.nativeStackBytes <= 300_000, JSON.stringify(outcome).slice(0, 200))
    for (const depth of [0n, 1n, 50n, 150n]) {
      assert.equal(runBoth(code, fromBigInt(depth, 32)), (depth * (depth + 1n)) / 2n)
    }
  })
})

describe('a small program with return addresses below 0x60', () => {
  it('runs compiled although one of its jumps is computed', () => {
    const calls = Array.from({ length: 70 }, (_, i) => `@back${i} PUSH ${i + 1} @f JUMP back${i}: ADD`)
    const code = program(`PUSH0 ${calls.join(' ')} PUSH0 MSTORE MSIZE PUSH0 RETURN
      f: PUSH 1 ADD DUP1 PUSH 1 AND @odd JUMPI SWAP1 JUMP odd: DUP1 PUSH 1000 LT @far JUMPI SWAP1 JUMP
      far: PC PUSH 7 ADD JUMP INVALID INVALID JUMPDEST SWAP1 JUMP`)
    assert.equal(runBoth(code), (70n * 71n) / 2n + 70n)
    const { compiledGas, gasUsed } = compiled.run(code)
    assert.equal(compiledGas, gasUsed)
  })
})
