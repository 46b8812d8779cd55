import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { compileCode } from '../evm/index.ts'
import { type CompiledModule, keccak256, moduleOf } from '../kernels/index.ts'
import { concatBytes, fromBigInt, toBigInt } from '../lib/index.ts'
import { type Fork, HISTORY_CONTRACT } from '../protocol/index.ts'
import { Engine } from './Engine.ts'
import type { CompileRequest, EvmTier } from './Tiers.ts'
import { asm, callCode, type Executed, RETURN_TOP, TestChain } from './testing/index.ts'

const MEMORY = { memoryMiB: 256 }
/** What makes a code hot, and a little more. */
const HOT_ROUNDS = 100_000n

/** Adds up the numbers below the one in the call data; some 60 gas a round. */
const SUM = asm`
  PUSH0 PUSH0 CALLDATALOAD
  loop: DUP1 ISZERO @end JUMPI DUP1 SWAP2 ADD SWAP1 PUSH 1 SWAP1 SUB @loop JUMP
  end: POP ${RETURN_TOP}`

function chainOf(evm: EvmTier, options: ConstructorParameters<typeof Engine>[0] = {}): TestChain {
  return new TestChain({}, new Engine({ ...MEMORY, evm, ...options }))
}

/** Like {@link SUM}, but another code for each number. */
function sumOf(n: number): Uint8Array {
  return concatBytes(SUM, asm`PUSH4 ${n}`)
}

function compiledOf(code: Uint8Array, fork: Fork = 'Osaka'): CompiledModule {
  const outcome = compileCode(code, fork)
  assert.ok(outcome.ok)
  const { wasm, nativeStackBytes } = outcome
  return { module: moduleOf(wasm), wasmBytes: wasm.length, nativeStackBytes }
}

/** Runs SUM until it is hot; returns its output. */
function runHot(chain: TestChain, to: Uint8Array): bigint {
  const { output, status } = chain.run({ to, data: fromBigInt(HOT_ROUNDS, 32), gas: 16_000_000n })
  assert.equal(status, 1)
  return toBigInt(output)
}

const expectedSum = (HOT_ROUNDS * (HOT_ROUNDS + 1n)) / 2n

/** What changed since: gas in both tiers. */
function gasSince(chain: TestChain, run: () => void): { interpreted: bigint; compiled: bigint } {
  const before = chain.engine.tierStats
  run()
  const after = chain.engine.tierStats
  return {
    interpreted: after.interpretedGas - before.interpretedGas,
    compiled: after.compiledGas - before.compiledGas,
  }
}

describe('the tier auto', () => {
  it('compiles what runs hot, at once where nobody else does, and gives the same', () => {
    const chain = chainOf('auto')
    const to = chain.deploy(SUM)
    const small = () => chain.run({ to, data: fromBigInt(5n, 32) })
    const cold = gasSince(chain, () => assert.equal(toBigInt(small().output), 15n))
    assert.deepEqual(
      [cold.compiled, cold.interpreted > 0n, chain.engine.tierStats.compiledCodes],
      [0n, true, 0],
    )
    assert.equal(runHot(chain, to), expectedSum)
    const { compiledCodes, refusedCodes, compileMs } = chain.engine.tierStats
    assert.deepEqual([compiledCodes, refusedCodes, compileMs > 0], [1, 0, true])
    const hot = gasSince(chain, () => assert.equal(toBigInt(small().output), 15n))
    assert.deepEqual(hot, { interpreted: 0n, compiled: cold.interpreted })
    assert.equal(runHot(chain, to), expectedSum)
  })

  it('counts heat over many runs, and in calls that are only simulated too', () => {
    const chain = chainOf('auto')
    const to = chain.deploy(SUM)
    for (let i = 0; i < 5; i++) {
      assert.equal(chain.engine.tierStats.compiledCodes, 0)
      chain.call({ to, data: fromBigInt(9000n, 32) }) // some 500,000 gas
    }
    assert.equal(chain.engine.tierStats.compiledCodes, 1)
  })

  it('counts what a code uses while all codes together use 2^29 gas, not longer', () => {
    const asked: Uint8Array[] = []
    const onHot = ({ code }: CompileRequest) => asked.push(code) > 0
    const chain = chainOf('auto', { onHot })
    chain.open({ fork: 'Prague', gasLimit: 1n << 40n })
    const to = chain.deploy(SUM)
    const burner = chain.deploy(asm`INVALID`)
    const warm = () => chain.run({ to, data: fromBigInt(25_000n, 32), gas: 16_000_000n })
    const isAsked = () => asked.some((code) => code.length === SUM.length)
    for (let i = 0; i < 3; i++) {
      const { interpreted } = gasSince(chain, warm)
      assert.ok(interpreted > 1_000_000n && interpreted < 2_000_000n, `${interpreted}`)
      assert.ok(!isAsked())
      chain.run({ to: burner, gas: 1n << 29n }) // all of it: it halts
    }
    warm()
    warm()
    assert.ok(isAsked())
  })

  it('compiles code that calls bring along, and knows it again', () => {
    const chain = chainOf('auto')
    const to = new Uint8Array(20).fill(0x77)
    const call = (): bigint => {
      const stateOverrides = [{ address: to, code: SUM }]
      return toBigInt(
        chain.call({ to, data: fromBigInt(HOT_ROUNDS, 32), gas: 16_000_000n, stateOverrides }).output,
      )
    }
    assert.equal(call(), expectedSum)
    assert.deepEqual([chain.engine.tierStats.compiledCodes, chain.engine.tierStats.compiledGas], [1, 0n])
    const { interpreted } = gasSince(chain, () => assert.equal(call(), expectedSum))
    assert.equal(interpreted, 0n)
    assert.deepEqual(chain.engine.getCode(to), new Uint8Array(0))
  })

  it('takes a module of code that it does not have only if it has asked for it', () => {
    const asked: CompileRequest[] = []
    const onHot = (request: CompileRequest): boolean => asked.push(request) > 0
    const chain = chainOf('auto', { onHot })
    const stranger = sumOf(5)
    chain.engine.install(keccak256(stranger), 'Osaka', compiledOf(stranger))
    assert.equal(chain.engine.tierStats.compiledCodes, 0)
    const to = new Uint8Array(20).fill(0x77)
    const request = { to, data: fromBigInt(HOT_ROUNDS, 32), gas: 16_000_000n }
    chain.call({ ...request, stateOverrides: [{ address: to, code: stranger }] })
    assert.equal(asked.length, 1)
    chain.engine.install(asked[0]!.codeHash, 'Osaka', compiledOf(stranger))
    assert.equal(chain.engine.tierStats.compiledCodes, 1)
  })

  it('does not count what a contract’s calls use as its own', () => {
    const chain = chainOf('auto')
    const inner = chain.deploy(SUM)
    const outer = chain.deploy(
      asm`PUSH0 CALLDATALOAD PUSH0 MSTORE PUSH 32 PUSH0 PUSH 32 PUSH0 PUSH0 PUSH ${inner} GAS CALL POP PUSH 32 PUSH0 RETURN`,
    )
    assert.equal(runHot(chain, outer), expectedSum)
    assert.equal(chain.engine.tierStats.compiledCodes, 1)
    const { interpreted, compiled } = gasSince(chain, () => runHot(chain, outer))
    assert.ok(interpreted > 0n && interpreted < 3000n && compiled > 2_000_000n, `${interpreted} ${compiled}`)
  })
})

describe('the tier auto, with a compiler elsewhere,', () => {
  it('asks to have hot code compiled, once, and runs what is installed', () => {
    const requests: CompileRequest[] = []
    const chain = chainOf('auto', { onHot: (request) => requests.push(request) > 0 })
    const to = chain.deploy(SUM)
    for (let i = 0; i < 3; i++) assert.equal(runHot(chain, to), expectedSum)
    assert.equal(requests.length, 1)
    const [{ code, codeHash, fork }] = requests as [CompileRequest]
    assert.deepEqual([code, codeHash, fork], [SUM, keccak256(SUM), 'Osaka'])
    assert.equal(chain.engine.tierStats.compiledGas, 0n)
    chain.engine.install(codeHash, fork, compiledOf(code))
    const { interpreted, compiled } = gasSince(chain, () => assert.equal(runHot(chain, to), expectedSum))
    assert.deepEqual([interpreted, compiled > 0n, chain.engine.tierStats.compiledCodes], [0n, true, 1])
  })

  it('asks again for what was not taken, when it has run as hot once more', () => {
    let asked = 0
    const chain = chainOf('auto', { onHot: () => ++asked > 2 })
    const to = chain.deploy(SUM)
    chain.run({ to, data: fromBigInt(1n, 32) })
    for (const expected of [1, 2, 3, 3, 3]) {
      runHot(chain, to)
      assert.equal(asked, expected)
    }
  })

  it('keeps what is installed for another fork, or for no code, out of the way', () => {
    const chain = chainOf('auto', { onHot: () => true })
    const to = chain.deploy(SUM)
    chain.engine.install(keccak256(SUM), 'Prague', compiledOf(SUM, 'Prague'))
    assert.equal(gasSince(chain, () => runHot(chain, to)).compiled, 0n)
    const other = sumOf(1)
    chain.engine.install(keccak256(other), 'Osaka', compiledOf(other))
    assert.equal(chain.engine.tierStats.compiledCodes, 0)
  })
})

describe('the tier auto, from block to block,', () => {
  it('keeps a bounded number of bytes: what came first is interpreted again, until it is hot', () => {
    const chain = chainOf('auto', { onHot: () => true })
    const codes = [sumOf(1), sumOf(2)]
    const [first, second] = codes.map((code) => chain.deploy(code))
    const install = (code: Uint8Array) => {
      const module = { ...compiledOf(code), wasmBytes: 100 * 1024 * 1024 }
      chain.engine.install(keccak256(code), 'Osaka', module)
    }
    install(codes[0]!)
    assert.equal(gasSince(chain, () => runHot(chain, first!)).interpreted, 0n)
    install(codes[1]!)
    assert.equal(chain.engine.tierStats.compiledCodes, 1)
    assert.equal(gasSince(chain, () => runHot(chain, first!)).compiled, 0n)
    assert.equal(gasSince(chain, () => runHot(chain, second!)).interpreted, 0n)
    install(codes[0]!)
    assert.equal(gasSince(chain, () => runHot(chain, first!)).interpreted, 0n)
  })

  it('forgets what it compiled when the fork changes', () => {
    const chain = chainOf('auto')
    const to = chain.deploy(SUM)
    runHot(chain, to)
    assert.equal(chain.engine.tierStats.compiledCodes, 1)
    chain.open({ fork: 'Prague' })
    assert.equal(chain.engine.tierStats.compiledCodes, 0)
    assert.equal(gasSince(chain, () => runHot(chain, to)).compiled, 0n)
    assert.equal(gasSince(chain, () => runHot(chain, to)).interpreted, 0n)
    chain.open({ fork: 'Prague' })
    assert.equal(chain.engine.tierStats.compiledCodes, 1, 'the same fork again changes nothing')
  })

  it('has as many codes become hot in one transaction as it can list, and the others by their next call', () => {
    const chain = chainOf('auto')
    chain.open({ fork: 'Prague', gasLimit: 1n << 40n })
    const codes = Array.from({ length: 70 }, (_, i) => chain.deploy(sumOf(i)))
    const calls = codes.map((to) => asm`PUSH0 PUSH0 PUSH 32 PUSH0 PUSH0 PUSH ${to} GAS CALL POP`)
    const all = chain.deploy(asm`PUSH ${45_000} PUSH0 MSTORE ${concatBytes(...calls)}`)
    chain.run({ to: all, gas: 1n << 30n })
    assert.equal(chain.engine.tierStats.compiledCodes, 64)
    chain.run({ to: all, gas: 1n << 30n })
    assert.equal(chain.engine.tierStats.compiledCodes, 70)
  })
})

describe('codes that are refused', () => {
  /** Longer than any code of a transaction: only a genesis can have it. */
  const long = concatBytes(SUM, new Uint8Array(49_152))

  for (const evm of ['compiled', 'auto'] as const) {
    it(`stay interpreted, and are tried once (${evm})`, () => {
      const chain = chainOf(evm)
      const to = chain.deploy(long)
      for (let i = 0; i < 3; i++) {
        const { compiled } = gasSince(chain, () => assert.equal(runHot(chain, to), expectedSum))
        assert.equal(compiled, 0n)
        const { refusedCodes, compiledCodes } = chain.engine.tierStats
        assert.deepEqual([refusedCodes, compiledCodes], [1, 0])
      }
      chain.open({ fork: 'Prague' })
      assert.equal(chain.engine.tierStats.refusedCodes, 0)
    })
  }
})

describe('the tiers interpreter and compiled', () => {
  it('do not and do compile, whatever is installed', () => {
    const interpreter = chainOf('interpreter')
    const to = interpreter.deploy(SUM)
    interpreter.engine.install(keccak256(SUM), 'Osaka', compiledOf(SUM))
    for (let i = 0; i < 2; i++) assert.equal(runHot(interpreter, to), expectedSum)
    assert.equal(interpreter.engine.tierStats.compiledGas, 0n)
    const compiled = chainOf('compiled')
    assert.equal(runHot(compiled, compiled.deploy(SUM)), expectedSum)
    assert.equal(compiled.engine.tierStats.interpretedGas, 0n)
  })

  it('give frames of 2^55 gas and more to the interpreter: a compiled counter might not fit any more', () => {
    const chain = chainOf('compiled')
    chain.open({ fork: 'Prague', gasLimit: 1n << 60n })
    const to = chain.deploy(SUM)
    const intrinsic = 21_000n + 16n + 31n * 4n
    const run = (gas: bigint) =>
      gasSince(chain, () => assert.equal(chain.run({ to, data: fromBigInt(3n, 32), gas }).status, 1))
    assert.equal(run(intrinsic + 2n ** 55n - 1n).interpreted, 0n)
    assert.equal(run(intrinsic + 2n ** 55n).compiled, 0n)
  })

  it('go by the rules of the fork', () => {
    const chain = chainOf('compiled')
    const to = chain.deploy(asm`PUSH 1 CLZ ${RETURN_TOP}`)
    assert.equal(toBigInt(chain.run({ to }).output), 255n)
    chain.open({ fork: 'Prague' })
    assert.equal(chain.run({ to, gas: 100_000n }).halt, 'invalid opcode')
    chain.open({ fork: 'Osaka' })
    assert.equal(toBigInt(chain.run({ to }).output), 255n)
  })

  it('keep a bounded number of modules, and compile again what was dropped', () => {
    const chain = chainOf('compiled')
    const first = chain.deploy(asm`PUSH0 ${RETURN_TOP}`)
    assert.equal(toBigInt(chain.run({ to: first }).output), 0n)
    // Each creates the next: init code that leaves the number of its round as code.
    const to = chain.deploy(asm`
      PUSH0 CALLDATALOAD
      loop: DUP1 ISZERO @end JUMPI
      DUP1 PUSH4 0x63000000 OR PUSH0 MSTORE8
      PUSH 0x60 PUSH0 MSTORE8 DUP1 PUSH 8 SHR PUSH 1 MSTORE8 PUSH 0x60 PUSH 2 MSTORE8 DUP1 PUSH 3 MSTORE8
      PUSH 4 PUSH0 PUSH0 CREATE POP
      PUSH 1 SWAP1 SUB @loop JUMP
      end: STOP`)
    const rounds = 2100n
    chain.open({ fork: 'Prague', gasLimit: 1n << 40n })
    assert.equal(toBigInt(chain.run({ to: first }).output), 0n)
    chain.run({ to, data: fromBigInt(rounds, 32), gas: 1n << 32n })
    assert.equal(chain.engine.tierStats.compiledCodes, 2048)
    const before = chain.engine.tierStats.interpretedGas
    assert.equal(toBigInt(chain.run({ to: first }).output), 0n)
    chain.run({ to, data: fromBigInt(3n, 32), gas: 1n << 32n })
    assert.deepEqual(
      [chain.engine.tierStats.compiledCodes, chain.engine.tierStats.interpretedGas],
      [2048, before],
    )
  })
})

// ---------------------------------------------------------------------------------------------- both tiers at once

/** The same engine thrice: interpreted, compiled, and compiled with all paths. */
class Trio {
  readonly chains: TestChain[] = [
    chainOf('interpreter'),
    chainOf('compiled'),
    chainOf('compiled', { compileOptions: { coldPaths: true } }),
  ]

  deploy(...args: Parameters<TestChain['deploy']>): Uint8Array {
    return this.chains.map((chain) => chain.deploy(...args))[0]!
  }

  /** Runs in all; receipts, outputs and changes must be the same. */
  run(sending: Parameters<TestChain['run']>[0]): Executed {
    const [expected, ...others] = this.chains.map(
      (chain) => [chain.run(sending), chain.engine.takeDiff()] as const,
    )
    for (const other of others) assert.deepEqual(other, expected)
    return expected![0]
  }
}

describe('both tiers', () => {
  const trio = new Trio()

  it('stop at every gas limit where the other does', () => {
    const callee = trio.deploy(
      asm`CALLVALUE PUSH 3 SSTORE PUSH 5 PUSH0 MSTORE PUSH 32 PUSH0 LOG0 PUSH 32 PUSH0 RETURN`,
    )
    const programs: [string, Uint8Array][] = [
      [
        'arithmetic and memory',
        asm`PUSH 7 PUSH 3 EXP PUSH 100 MSTORE PUSH 40 PUSH 90 KECCAK256 PUSH 500 MSTORE8 MSIZE PUSH0 RETURN`,
      ],
      ['storage', asm`PUSH 1 PUSH 1 SSTORE PUSH0 PUSH 1 SSTORE PUSH 1 SLOAD PUSH 2 TSTORE PUSH 2 TLOAD POP`],
      [
        'a loop that ends in a revert',
        asm`PUSH 5 loop: PUSH 1 SWAP1 SUB DUP1 @loop JUMPI PUSH0 MSTORE PUSH 32 PUSH0 REVERT`,
      ],
      [
        'a call, and its result',
        asm`PUSH 32 PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${callee} PUSH 60000 CALL PUSH0 MLOAD ADD PUSH0 SSTORE`,
      ],
      ['gas that it sees', asm`GAS PUSH0 MSTORE GAS PUSH 32 MSTORE PUSH 64 PUSH0 LOG0`],
      [
        'copies',
        asm`PUSH 40 PUSH0 PUSH 3 CODECOPY PUSH 9 PUSH 2 PUSH 70 CALLDATACOPY PUSH 50 PUSH0 PUSH 120 MCOPY PUSH 200 PUSH0 RETURN`,
      ],
      ['a creation', asm`PUSH 0x5f5f526020 PUSH0 MSTORE PUSH 3 PUSH 27 PUSH0 CREATE PUSH0 SSTORE`],
    ]
    for (const [name, code] of programs) {
      const to = trio.deploy(code)
      const { gasUsed, refunded } = trio.chains[0]!.run({ to })
      trio.chains[0]!.engine.rollBack()
      const [from, end] = [21_000n, gasUsed + refunded + 3n]
      // Every limit where there are few; else those near the start and the end, and some between.
      const step = end - from > 1500n ? (end - from) / 300n : 1n
      for (let gas = from; gas <= end; gas += gas + 40n > end || gas < from + 60n ? 1n : step) {
        const { status } = trio.run({ to, gas })
        if (gas === end && !name.includes('revert')) assert.equal(status, 1, name)
      }
    }
  })

  it('give an empty log for nothing at a far offset', () => {
    // 0x80000000, and where the range would wrap around.
    for (const offset of [0x80000000n, 0xffffffffn, 0xfffffff0n, 2n ** 32n, 2n ** 64n, 2n ** 256n - 1n]) {
      const code = asm`PUSH0 PUSH32 ${offset} LOG0 PUSH 5 PUSH0 PUSH32 ${offset} LOG1`
      const { status, logs } = trio.run({ to: trio.deploy(code) })
      assert.equal(status, 1)
      assert.deepEqual(
        logs.map(({ data, topics }) => [data.length, topics.length]),
        [
          [0, 0],
          [0, 1],
        ],
      )
    }
    const { logs } = trio.run({ to: trio.deploy(asm`0x5f6380000000a000`) })
    assert.equal(logs.length, 1)
  })

  it('touch nothing far away where lengths are zero', () => {
    for (const far of [0x80000000n, 0xfffffff8n, 2n ** 256n - 1n]) {
      const push = asm`PUSH32 ${far}`
      const code = asm`
        PUSH0 ${push} KECCAK256 PUSH0 SSTORE
        PUSH0 PUSH0 ${push} CALLDATACOPY PUSH0 ${push} ${push} CODECOPY PUSH0 ${push} ${push} MCOPY
        PUSH0 PUSH0 ${push} RETURNDATACOPY PUSH0 ${push} ${push} ADDRESS EXTCODECOPY
        PUSH0 ${push} PUSH0 ${push} PUSH0 ADDRESS PUSH0 CALL POP
        PUSH0 ${push} PUSH0 CREATE POP
        MSIZE PUSH 1 SSTORE PUSH0 ${push} RETURN`
      const to = trio.deploy(code)
      assert.equal(trio.run({ to }).status, 1)
      assert.equal(trio.chains[0]!.storage(to, 1n), 0n)
    }
  })
})

const parent = 999n

describe('what waits for the parent’s hash', () => {
  for (const evm of ['interpreter', 'compiled'] as const) {
    it(`stops all frames above it, and changes nothing (${evm})`, () => {
      const chain = chainOf(evm)
      let known = false
      chain.open({ number: parent + 1n }, (number) =>
        number === parent && !known ? undefined : fromBigInt(number, 32),
      )
      const asks = chain.deploy(asm`PUSH 1 PUSH0 SSTORE PUSH ${parent} BLOCKHASH ${RETURN_TOP}`)
      const middle = chain.deploy(
        asm`PUSH 2 PUSH0 SSTORE PUSH 32 PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${asks} GAS CALL PUSH 32 PUSH0 RETURN`,
      )
      const outer = chain.deploy(
        asm`PUSH 3 PUSH0 SSTORE PUSH 32 PUSH0 PUSH0 PUSH0 PUSH ${middle} GAS DELEGATECALL PUSH0 MLOAD PUSH0 SSTORE`,
      )
      chain.engine.takeDiff()
      for (let i = 0; i < 3; i++) {
        assert.equal(chain.send({ to: outer }).kind, 'needsParentHash')
        assert.deepEqual(chain.engine.peekDiff(), new Uint8Array(12))
        assert.equal(chain.storage(middle, 0n), 0n)
      }
      // What does not ask runs meanwhile.
      assert.equal(toBigInt(chain.runCode(asm`PUSH 998 BLOCKHASH ${RETURN_TOP}`).output), 998n)
      known = true
      chain.engine.parentHashKnown()
      assert.equal(chain.run({ to: outer }).status, 1)
      assert.equal(chain.storage(outer, 0n), parent)
    })
  }
})

describe('the storage of the history contract (EIP-2935)', () => {
  for (const evm of ['interpreter', 'compiled'] as const) {
    it(`waits for the parent’s hash although a slot is warm and was found lately (${evm})`, () => {
      const chain = chainOf(evm)
      const { address } = HISTORY_CONTRACT
      const storageKey = fromBigInt(5n, 32)
      const accessList = [{ address, storageKeys: [storageKey] }]
      for (const [code, value] of [
        [asm`PUSH 5 SLOAD ${RETURN_TOP}`, 7n],
        [asm`PUSH 5 SLOAD PUSH 5 SSTORE PUSH 5 SLOAD ${RETURN_TOP}`, 7n],
        [asm`PUSH 9 PUSH 5 SSTORE PUSH 5 SLOAD ${RETURN_TOP}`, 9n],
      ] as const) {
        let known = true
        const hashes = (number: bigint) => (number === parent && !known ? undefined : fromBigInt(number, 32))
        chain.engine.setAccount(address, { nonce: 1n, balance: 0n, code })
        chain.engine.setStorage(address, storageKey, fromBigInt(7n, 32))
        chain.open({ number: parent + 1n }, hashes)
        const caller = chain.deploy(
          asm`PUSH 32 PUSH0 PUSH0 PUSH0 PUSH0 PUSH ${address} GAS CALL PUSH 32 PUSH0 RETURN`,
        )
        assert.equal(toBigInt(chain.run({ to: caller, accessList }).output), value)
        known = false
        chain.open({}, hashes)
        chain.engine.takeDiff()
        for (let i = 0; i < 2; i++) {
          assert.equal(chain.send({ to: caller, accessList }).kind, 'needsParentHash')
          assert.deepEqual(chain.engine.peekDiff(), new Uint8Array(12))
        }
        known = true
        chain.engine.parentHashKnown()
        assert.equal(toBigInt(chain.run({ to: caller, accessList }).output), value)
      }
    })
  }
})

describe('an engine that reached a limit', () => {
  it('runs on when that was in a simulated call, deep within compiled code', () => {
    const engine = new Engine({ memoryMiB: 192, evmMemoryMiB: 114, evm: 'compiled' })
    const chain = new TestChain({}, engine)
    const greedy = chain.deploy(asm`loop: GAS GAS TSTORE @loop JUMP`)
    let to = greedy
    for (let i = 0; i < 50; i++) to = chain.deploy(concatBytes(callCode(to), asm`POP PUSH4 ${i}`))
    const sum = chain.deploy(SUM)
    engine.takeDiff()
    for (let i = 0; i < 3; i++) {
      assert.throws(() => chain.call({ to, gas: 50_000_000n }), { name: 'EngineLimitError' })
      assert.deepEqual(engine.peekDiff(), new Uint8Array(12))
      // All native stack is there again: nothing is interpreted.
      const { interpreted } = gasSince(chain, () => assert.equal(runHot(chain, sum), expectedSum))
      assert.equal(interpreted, 0n)
      engine.takeDiff()
    }
  })
})

describe('looking a code up by its hash', () => {
  it('leaves the call data of a running transaction alone', () => {
    const { kernel } = new Engine(MEMORY)
    const data = new Uint8Array(100_000).fill(7)
    const at = kernel.put(data, 0)
    assert.equal(kernel.codeWithHash(keccak256(data)), 0)
    assert.deepEqual(kernel.bytes.slice(at, at + data.length), data)
    const room = kernel.inputLimit - 1024
    kernel.put(data, room - data.length)
    kernel.codeWithHash(keccak256(data))
    assert.deepEqual(kernel.bytes.slice(at + room - data.length, at + room), data)
  })
})
