import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex, fromBigInt } from '../../lib/index.ts'
import { decodeStateDiff, EMPTY_CODE_HASH, encodeStateDiff, type StateDiff } from '../../protocol/index.ts'
import type { Engine } from '../Engine.ts'
import {
  MACHINE_FACTORY,
  type MachineRun,
  machineAddress,
  runMachines,
  STORAGE_MACHINE,
} from './StorageMachine.ts'
import { COINBASE, ETHER, SENDER, TestChain } from './TestChain.ts'

const FACTORY = new Uint8Array(20).fill(0xfa)
/** The first ones are there from the start, the others are created by the factory, again and again. */
const GIVEN_MACHINES = 3
const CREATED_MACHINES = 2
const MACHINES = [
  ...Array.from({ length: GIVEN_MACHINES }, (_, i) => new Uint8Array(20).fill(0xa0 + i)),
  ...Array.from({ length: CREATED_MACHINES }, (_, salt) => machineAddress(FACTORY, salt)),
]
const KEYS = 60
const NO_CODE_HASH = new Uint8Array(32)

type Runs = { runs: (Omit<MachineRun, 'machine'> & { at: number })[]; created: number[]; reverts: boolean }
type SlotWrite = { at: number; key: number; value: number }
export type Action =
  | ({ do: 'send' } & Runs)
  | ({ do: 'call'; overrides: SlotWrite[]; replaces: boolean } & Runs)
  | { do: 'diff'; slots: SlotWrite[]; deleted: number[]; undoes: boolean }
  | { do: 'ship' | 'rollBack' | 'read' }

const small = (max: number) => fc.integer({ min: 0, max })
const at = small(MACHINES.length - 1)
const write: fc.Arbitrary<SlotWrite> = fc.record({ at, key: small(KEYS - 1), value: small(3) })
const run = fc.record({
  at,
  steps: fc.array(
    fc.record({
      key: small(KEYS - 1),
      value: fc.oneof({ weight: 2, arbitrary: fc.constant('read' as const) }, small(3)),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  ending: fc.constantFrom(
    'stop' as const,
    'stop' as const,
    'stop' as const,
    'revert' as const,
    'destroy' as const,
  ),
})
const runs = {
  runs: fc.array(run, { minLength: 1, maxLength: 4 }),
  created: fc.array(small(CREATED_MACHINES - 1), { maxLength: 1 }),
  reverts: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
}
export const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('send' as const), ...runs }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      ...runs,
      overrides: fc.array(write, { maxLength: 3 }),
      replaces: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('diff' as const),
      // Once each, as an engine writes them: an undo lists slots in the order in which their records are found.
      slots: fc.uniqueArray(write, { maxLength: 60, selector: ({ at, key }) => at * KEYS + key }),
      deleted: fc.array(at, { maxLength: 1 }),
      undoes: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('ship' as const, 'ship' as const, 'rollBack' as const, 'read' as const),
    }),
  },
)

/** Two engines of different kinds that must not differ in anything. */
export class Twins {
  readonly plain: Engine
  readonly other: Engine
  /** Whether they hold the same records too. */
  readonly #countsAlike: boolean

  constructor(plain: Engine, other: Engine, { countsAlike }: { countsAlike: boolean }) {
    this.plain = plain
    this.other = other
    this.#countsAlike = countsAlike
  }

  /** What both give, once they agree. */
  both<T>(use: (engine: Engine) => T, view: (result: T) => unknown = (result) => result): T {
    const [plain, other] = [use(this.plain), use(this.other)]
    assert.deepEqual(view(other), view(plain))
    return plain
  }

  check(): void {
    if (this.#countsAlike) this.both((engine) => [engine.accountCount, engine.slotCount, engine.codeCount])
    for (const address of MACHINES) {
      this.both((engine) => engine.getAccount(address))
      for (let key = 0; key < KEYS; key++) this.both((engine) => engine.getStorage(address, word(key)))
    }
  }
}

/** Twins that execute, and twins that follow by their diffs. */
export class Scene {
  readonly leaders: Twins
  readonly followers: Twins
  readonly #chains: Map<Engine, TestChain>
  /** Clearing a storage lists its slots in the order of their records. */
  readonly #clears: boolean
  /** What follows from transactions is pending: a diff can't be applied. */
  #isPending = false

  /** Empties all engines, and gives them the {@link GENESIS}. */
  constructor(leaders: Twins, followers: Twins, clears: boolean) {
    this.leaders = leaders
    this.followers = followers
    this.#clears = clears
    const fork = clears ? 'Shanghai' : 'Osaka'
    const engines = [leaders.plain, leaders.other, followers.plain, followers.other]
    this.#chains = new Map(engines.map((engine) => [engine, new TestChain({ fork }, engine)]))
    for (const engine of engines) engine.applyDiff(GENESIS)
  }

  take(each: Action): void {
    switch (each.do) {
      case 'send':
        this.#isPending = true
        this.leaders.both((engine) => this.#chains.get(engine)!.send({ to: undefined, data: initOf(each) }))
        break
      case 'call':
        this.leaders.both((engine) => this.#call(engine, each))
        break
      case 'diff':
        this.#diff(each)
        break
      case 'ship':
        this.#ship()
        break
      case 'rollBack':
        this.leaders.both((engine) => engine.rollBack())
        this.#isPending = false
        break
      case 'read':
        this.leaders.check()
    }
  }

  #call(engine: Engine, call: Extract<Action, { do: 'call' }>): unknown {
    const overrides = call.overrides.map(({ at, key, value }) => ({
      address: MACHINES[at]!,
      [call.replaces ? 'state' : 'stateDiff']: [{ key: word(key), value: word(value) }],
    }))
    return this.#chains.get(engine)!.call({ data: initOf(call), stateOverrides: overrides })
  }

  /** To leaders and followers alike, so that they stay the same. Deletions clear storage that the diff does not list. */
  #diff({ slots, deleted, undoes }: Extract<Action, { do: 'diff' }>): void {
    if (this.#isPending) return
    const gone = this.#clears ? deleted : []
    const accounts = MACHINES.slice(0, GIVEN_MACHINES).map((address, i) => machine(address, gone.includes(i)))
    const diff = encodeStateDiff({ accounts, slots: slots.map(slotOf), codes: [] })
    for (const twins of [this.leaders, this.followers]) {
      if (undoes) twins.both((engine) => engine.applyDiffWithUndo(diff), this.#view)
      else twins.both((engine) => engine.applyDiff(diff))
    }
  }

  #ship(): void {
    this.leaders.both((engine) => engine.peekDiff(), this.#view)
    const diff = this.leaders.both((engine) => engine.takeDiff(), this.#view)
    this.#isPending = false
    const undo = this.followers.both((engine) => engine.applyDiffWithUndo(diff))
    this.followers.both((engine) => engine.applyDiffWithUndo(undo))
    this.followers.both((engine) => engine.applyDiff(diff))
  }

  check(): void {
    this.#ship()
    this.leaders.check()
    this.followers.check()
  }

  readonly #view = (diff: Uint8Array): unknown => (this.#clears ? sorted(diff) : diff)
}

function sorted(encoded: Uint8Array): StateDiff {
  const decoded = decodeStateDiff(encoded)
  assert.ok(decoded.ok)
  const { diff } = decoded
  const name = ({ address, key }: StateDiff['slots'][0]) => bytesToHex(address) + bytesToHex(key)
  return { ...diff, slots: [...diff.slots].sort((a, b) => (name(a) < name(b) ? -1 : 1)) }
}

function word(n: number): Uint8Array {
  return fromBigInt(BigInt(n), 32)
}

function slotOf({ at, key, value }: SlotWrite): StateDiff['slots'][0] {
  return { address: MACHINES[at]!, key: word(key), value: word(value) }
}

function initOf({ runs, created, reverts }: Runs): Uint8Array {
  const machineRuns = runs.map(({ at, ...run }) => ({ machine: MACHINES[at]!, ...run }))
  return runMachines(machineRuns, { factory: FACTORY, created, reverts })
}

function machine(address: Uint8Array, deleted: boolean): StateDiff['accounts'][0] {
  if (deleted) return { address, deleted, nonce: 0n, balance: 0n, codeHash: NO_CODE_HASH }
  return { address, deleted, nonce: 1n, balance: 0n, codeHash: keccak256(STORAGE_MACHINE) }
}

/** What a {@link Scene} begins with. */
export const GENESIS: Uint8Array = encodeStateDiff({
  accounts: [
    { ...machine(FACTORY, false), codeHash: keccak256(MACHINE_FACTORY) },
    { ...machine(COINBASE, false), codeHash: EMPTY_CODE_HASH },
    { ...machine(SENDER, false), nonce: 0n, balance: 1000n * ETHER, codeHash: EMPTY_CODE_HASH },
    ...MACHINES.slice(0, GIVEN_MACHINES).map((address) => machine(address, false)),
  ],
  slots: MACHINES.slice(0, GIVEN_MACHINES).flatMap((_, at) =>
    Array.from({ length: KEYS }, (_, key) => slotOf({ at, key, value: 1 + ((key + at) % 3) })),
  ),
  codes: [STORAGE_MACHINE, MACHINE_FACTORY].map((code) => ({ hash: keccak256(code), code })),
})
