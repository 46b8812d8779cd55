import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { localGenesisJson } from '../genesisJson.ts'
import type { Node, NodeOptions } from '../nodeOptions.ts'
import { callNode, sendSync, signedTransaction, testNodes } from '../testing/index.ts'

/** How often a test calls the contract at most before it must have been compiled. */
const CALL_LIMIT = 400
const ROUNDS = 4000n
const CONTRACT = `0x${'c0de'.repeat(10)}`
/**
 * x = slot 0; n from ROUNDS down to 1: x = x * x + n; slot 0 = x; return x.
 *
 * PUSH0 SLOAD PUSH2 ROUNDS JUMPDEST SWAP1 DUP1 MUL DUP2 ADD SWAP1 PUSH1 1 SWAP1 SUB DUP1 PUSH1 5 JUMPI
 * POP DUP1 PUSH0 SSTORE PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
 */
const CODE = `0x5f5461${ROUNDS.toString(16).padStart(4, '0')}5b908002810190600190038060055750805f555f5260205ff3`

const { folder, start: startEmpty } = testNodes()

describe('a node that compiles hot code', () => {
  it('runs a contract compiled after some calls, with the same results', async () => {
    const node = await start()
    const { calls } = await callUntil(node, ({ sequencer }) => Number(sequencer.compiledGas) > 0)
    await callUntil(node, ({ view }) => Number(view.compiledGas) > 0, calls)
    const { tier, sequencer, compiler, contracts } = await status(node)
    assert.equal(tier, 'auto')
    assert.ok(sequencer.compiledGasRatio > 0 && sequencer.compiledGasRatio < 1)
    assert.equal(sequencer.compiledCodes, '0x1')
    assert.equal(sequencer.pendingCodes, '0x0')
    assert.deepEqual(
      [compiler.compiledCodes, compiler.diskHits, compiler.refusedCodes],
      ['0x1', '0x0', '0x0'],
    )
    assert.equal(contracts.length, 1)
    assert.equal(contracts[0].codeBytes, `0x${(CODE.length / 2 - 1).toString(16)}`)
    assert.equal(contracts[0].wasmBytes, compiler.wasmBytes)
  })

  it('does so in memory that threads share, where some execute ahead', async () => {
    const node = await start({ threads: 3 })
    const { calls } = await callUntil(node, ({ sequencer }) => Number(sequencer.compiledGas) > 0)
    await callUntil(node, ({ view }) => Number(view.compiledGas) > 0, calls)
    const { parallel } = await status(node)
    assert.deepEqual([parallel.threads, parallel.mode], ['0x3', 'always'])
  })

  it('takes the module from disk after a restart', async () => {
    const first = await start()
    const { calls } = await callUntil(first, ({ compiler }) => compiler.compiledCodes === '0x1')
    await first.close()
    assert.equal(compiledFiles().length, 1)
    const second = await start()
    await callUntil(second, ({ sequencer }) => Number(sequencer.compiledGas) > 0, calls)
    const { compiler } = await status(second)
    assert.deepEqual([compiler.diskHits, compiler.compiledCodes], ['0x1', '0x0'])
  })

  it('replaces a damaged file', async () => {
    const first = await start()
    const { calls } = await callUntil(first, ({ compiler }) => compiler.compiledCodes === '0x1')
    await first.close()
    const [file] = compiledFiles()
    const whole = readFileSync(file!)
    const damaged = Uint8Array.from(whole)
    damaged[damaged.length - 1]! ^= 1
    writeFileSync(file!, damaged)
    const second = await start()
    await callUntil(second, ({ sequencer }) => Number(sequencer.compiledGas) > 0, calls)
    const { compiler } = await status(second)
    const { diskHits, compiledCodes, damagedFiles } = compiler
    assert.deepEqual([diskHits, compiledCodes, damagedFiles], ['0x0', '0x1', '0x1'])
    assert.deepEqual(readFileSync(file!), whole)
  })

  it('stops while something may be compiled, and goes on', async () => {
    const first = await start()
    const { calls } = await callUntil(first, ({ sequencer }, calls) => calls > 0 && isAsked(sequencer))
    await first.close()
    const second = await start()
    await callUntil(second, ({ sequencer }) => Number(sequencer.compiledGas) > 0, calls)
  })

  it('never compiles with the tier interpreter', async () => {
    const node = await start({ evm: 'interpreter' })
    await callUntil(node, (_, calls) => calls === 100)
    const { tier, sequencer, view, compiler, contracts } = await status(node)
    assert.equal(tier, 'interpreter')
    for (const { compiledGas, compiledCodes, interpretedGas } of [sequencer, view]) {
      assert.deepEqual([compiledGas, compiledCodes], ['0x0', '0x0'])
      assert.ok(Number(interpretedGas) > 0)
    }
    assert.deepEqual([compiler, contracts], [null, []])
    assert.equal(existsSync(join(folder(), 'compiled')), false)
  })

  it('compiles everything at its first call with the tier compiled', async () => {
    const node = await start({ evm: 'compiled' })
    await callUntil(node, (_, calls) => calls === 2)
    const { tier, sequencer, view, compiler } = await status(node)
    assert.equal(tier, 'compiled')
    for (const { compiledGas } of [sequencer, view]) assert.ok(Number(compiledGas) > 0)
    assert.equal(compiler, null)
  })
})

function start(options: NodeOptions = {}): Promise<Node> {
  const genesis = JSON.parse(localGenesisJson())
  genesis.alloc[CONTRACT] = { balance: '0x0', code: CODE }
  return startEmpty({ genesis: JSON.stringify(genesis), ...options })
}

function compiledFiles(): string[] {
  return readdirSync(join(folder(), 'compiled')).map((name) => join(folder(), 'compiled', name))
}

// biome-ignore lint/suspicious/noExplicitAny: the JSON of leveret_evmStatus
type Status = any

/** Whether the engine has asked for a module; it may have it already. */
function isAsked({ pendingCodes, compiledCodes }: Status): boolean {
  return pendingCodes !== '0x0' || compiledCodes !== '0x0'
}

/** Calls the contract, by a transaction and by eth_call, until `isDone`; every result must be right. */
async function callUntil(
  node: Node,
  isDone: (status: Status, calls: number) => boolean,
  callsBefore = 0,
): Promise<{ calls: number }> {
  let gasUsed: string | undefined
  for (let calls = callsBefore; calls < callsBefore + CALL_LIMIT; calls++) {
    if (isDone(await status(node), calls)) return { calls }
    const simulated = await callNode(node, 'eth_call', [{ to: CONTRACT, gas: '0x200000' }, 'latest'])
    const receipt = await sendSync(node, transaction(BigInt(calls)))
    assert.equal(receipt.status, '0x1')
    // The first call makes the slot from zero.
    if (calls > 0) gasUsed ??= receipt.gasUsed
    assert.equal(receipt.gasUsed, gasUsed ?? receipt.gasUsed)
    const stored = await callNode(node, 'eth_getStorageAt', [CONTRACT, '0x0', 'latest'])
    assert.equal(stored, expectedAfter(calls + 1))
    assert.equal(simulated, stored)
  }
  assert.fail(`not done after ${CALL_LIMIT} calls: ${JSON.stringify(await status(node), undefined, 2)}`)
}

const results: bigint[] = [0n]

/** Slot 0 after so many calls. */
function expectedAfter(calls: number): string {
  while (results.length <= calls) {
    let x = results.at(-1)!
    for (let n = ROUNDS; n > 0n; n--) x = BigInt.asUintN(256, x * x + n)
    results.push(x)
  }
  return `0x${results[calls]!.toString(16).padStart(64, '0')}`
}

const status = (node: Node): Promise<Status> => callNode(node, 'leveret_evmStatus', [])

const transaction = (nonce: bigint): string =>
  signedTransaction({ nonce, gasLimit: 2_000_000n, to: CONTRACT, value: 0n })
