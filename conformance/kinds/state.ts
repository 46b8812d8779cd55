import { keccak256 } from '../../src/kernels/index.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/index.ts'
import {
  type BlockEnv,
  blobBaseFee,
  decodeReceipt,
  decodeTransaction,
  GAS_PER_BLOB,
  recoverAuthorities,
  recoverSender,
  rlpEncode,
} from '../../src/protocol/index.ts'
import {
  chainIdOf,
  type NamedFork,
  namedFork,
  type TestConfig,
  unsupportedFork,
  wordOf,
} from '../environment.ts'
import { failed, PASSED, skipped, type TestCase, type TestContext, type Verdict } from '../testCase.ts'
import { type Allocation, firstDifference, load, type World, worldOf } from '../world.ts'

type StateTest = {
  env: {
    currentCoinbase: string
    currentGasLimit: string
    currentNumber: string
    currentTimestamp: string
    currentBaseFee?: string
    currentRandom?: string
    currentExcessBlobGas?: string
  }
  pre: Allocation
  post: Record<string, Outcome[]>
  config?: TestConfig
}

type Outcome = {
  indexes: { data: number; gas: number; value: number }
  txbytes: string
  hash: string
  logs: string
  expectException?: string
  state?: Allocation
}

/** keccak256(rlp([])). */
const NO_LOGS = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'

/** State tests: one transaction on one state, with no block around it. Every expected outcome is a test. */
export function* stateCases(json: Record<string, StateTest>): Generator<TestCase> {
  for (const [name, test] of Object.entries(json)) {
    let world: World | undefined // the same for every outcome
    for (const [forkName, outcomes] of Object.entries(test.post)) {
      for (const outcome of outcomes) {
        const { data, gas, value } = outcome.indexes
        yield {
          name: outcomes.length === 1 ? name : `${name} data ${data} gas ${gas} value ${value}`,
          kind: 'state',
          fork: forkName,
          run(context) {
            const fork = namedFork(forkName, test.config)
            if (fork === undefined) return skipped(unsupportedFork(forkName))
            world ??= worldOf(test.pre)
            return runOutcome(test, outcome, { fork, world, context })
          },
        }
      }
    }
  }
}

type Setting = { fork: NamedFork; world: World; context: TestContext }

function runOutcome(test: StateTest, outcome: Outcome, { fork, world, context }: Setting): Verdict {
  const { engine } = context
  load(world, engine)
  engine.beginBlock(environmentOf(test, fork), (number) =>
    keccak256(new TextEncoder().encode(String(number))),
  )
  const received = execute(outcome, context)
  const trie = world.trie.apply(engine.takeDiff())
  const root = bytesToHex(trie.root())
  if (outcome.expectException !== undefined) {
    if (received.kind === 'executed')
      return failed('an invalid transaction was executed', outcome.expectException, 'executed')
    return root === outcome.hash
      ? PASSED
      : failed('a refused transaction changed the state', outcome.hash, root)
  }
  if (received.kind === 'refused') return failed(`refused: ${received.code}`, 'executed', received.message)
  if (root !== outcome.hash) {
    const where =
      outcome.state === undefined ? root : firstDifference(trie, outcome.state, Object.keys(test.pre))
    return failed('state root differs', outcome.hash, where ?? `${root}, all listed accounts agree`)
  }
  return received.logs === outcome.logs ? PASSED : failed('logs differ', outcome.logs, received.logs)
}

type Received = { kind: 'executed'; logs: string } | { kind: 'refused'; code: string; message: string }

function execute(outcome: Outcome, { engine }: TestContext): Received {
  const raw = hexToBytes(outcome.txbytes)
  const decoded = decodeTransaction(raw)
  if (!decoded.ok) return { kind: 'refused', code: decoded.code, message: decoded.message }
  const sender = recoverSender(decoded.transaction)
  if (sender === undefined)
    return { kind: 'refused', code: 'TransactionException.EC_RECOVERY_FAIL', message: '' }
  const result = engine.executeTransaction(raw, sender, recoverAuthorities(decoded.transaction))
  if (result.kind === 'invalid') return { kind: 'refused', code: result.code, message: result.message }
  if (result.kind === 'needsParentHash')
    return { kind: 'refused', code: result.kind, message: 'every block hash is known here' }
  const receipt = decodeReceipt(result.receipt)
  if (!receipt.ok) return { kind: 'refused', code: 'receipt', message: receipt.message }
  const logs = receipt.receipt.logs.map(({ address, topics, data }) => [address, topics, data])
  return { kind: 'executed', logs: logs.length === 0 ? NO_LOGS : bytesToHex(keccak256(rlpEncode(logs))) }
}

function environmentOf({ env, config }: StateTest, { fork, blobSchedule }: NamedFork): BlockEnv {
  return {
    fork,
    chainId: chainIdOf(config),
    number: BigInt(env.currentNumber),
    timestamp: BigInt(env.currentTimestamp),
    coinbase: wordOf(env.currentCoinbase, 20),
    gasLimit: BigInt(env.currentGasLimit),
    baseFeePerGas: BigInt(env.currentBaseFee ?? 0),
    prevRandao: wordOf(env.currentRandom ?? '0x0', 32),
    blobBaseFee: blobBaseFee(BigInt(env.currentExcessBlobGas ?? 0), blobSchedule),
    maxBlobGasPerBlock: BigInt(blobSchedule.max) * GAS_PER_BLOB,
    parentBeaconBlockRoot: new Uint8Array(32),
  }
}
