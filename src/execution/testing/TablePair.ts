import { strict as assert } from 'node:assert'
import { bytesToHex, fromBigInt, hexToBytes } from '../../lib/index.ts'
import type { Engine } from '../Engine.ts'

type ModelAccount = { nonce: bigint; balance: bigint; code: string; slots: Map<string, bigint> }

/** What an engine's tables should hold, in plain maps; keys are hex. */
type Model = Map<string, ModelAccount>

/** Its balance grows by a wei in every diff: a write is only listed while something else is pending. */
const OPENER = `0x${'0e'.repeat(20)}`

const EMPTY_DIFF = new Uint8Array(12)

/** An engine that is written to, one that follows by its diffs, and a model that both must agree with. */
export class TablePair {
  readonly leader: Engine
  readonly follower: Engine
  model: Model = new Map()
  #base: Model = new Map()
  readonly #addresses = new Set<string>([OPENER])
  readonly #keys = new Set<string>()
  #ships = 0

  constructor(leader: Engine, follower: Engine) {
    this.leader = leader
    this.follower = follower
    leader.reset()
    follower.reset()
    this.#open()
  }

  put(address: string, account: { nonce: bigint; balance: bigint; code: string }): void {
    this.#addresses.add(address)
    this.leader.setAccount(hexToBytes(address), { ...account, code: hexToBytes(account.code) })
    this.model.set(address, { ...account, slots: this.model.get(address)?.slots ?? new Map() })
  }

  /** Zero deletes. Nothing happens where the account does not exist. */
  store(address: string, key: string, value: bigint): void {
    const account = this.model.get(address)
    if (account === undefined) return
    this.#keys.add(key)
    this.leader.setStorage(hexToBytes(address), hexToBytes(key), fromBigInt(value, 32))
    if (value === 0n) account.slots.delete(key)
    else account.slots.set(key, value)
  }

  /** Nothing deletes an account that is empty, with its storage (EIP-161). */
  credit(address: string, amount: bigint): void {
    this.#addresses.add(address)
    this.leader.credit(hexToBytes(address), amount)
    const account = this.model.get(address)
    if (amount > 0n) {
      if (account !== undefined) account.balance += amount
      else this.model.set(address, { nonce: 0n, balance: amount, code: '0x', slots: new Map() })
    } else if (account !== undefined && isEmpty(account)) this.model.delete(address)
  }

  /** Ends the diff and applies it to the follower: there, back, and there again. Returns it. */
  ship(): Uint8Array {
    const peeked = this.leader.peekDiff()
    const diff = this.leader.takeDiff().slice()
    assert.deepEqual(diff, peeked)
    assert.deepEqual(this.leader.takeDiff(), EMPTY_DIFF)
    const undo = this.follower.applyDiffWithUndo(diff)
    const redo = this.follower.applyDiffWithUndo(undo)
    this.#checkHolds(this.follower, this.#base)
    assert.deepEqual(sizesOf(redo), sizesOf(undo))
    this.follower.applyDiff(this.#ships++ % 2 === 0 ? diff : redo)
    assert.deepEqual(this.follower.takeDiff(), EMPTY_DIFF)
    this.#base = copyModel(this.model)
    this.#open()
    return diff
  }

  rollBack(): void {
    this.leader.rollBack()
    assert.deepEqual(this.leader.takeDiff(), EMPTY_DIFF)
    this.model = copyModel(this.#base)
    this.#open()
  }

  /** What was written can be read, before its diff is shipped too. */
  checkPending(): void {
    this.#checkReads(this.leader, this.model)
  }

  /** Ships, then compares both engines with the model: reads, and how many records they hold. */
  check(): void {
    this.ship()
    this.leader.rollBack()
    this.model = copyModel(this.#base)
    for (const engine of [this.leader, this.follower]) this.#checkHolds(engine, this.model)
    this.#open()
  }

  #checkHolds(engine: Engine, model: Model): void {
    this.#checkReads(engine, model)
    let slots = 0
    for (const account of model.values()) slots += account.slots.size
    assert.deepEqual([engine.accountCount, engine.slotCount], [model.size, slots])
  }

  #checkReads(engine: Engine, model: Model): void {
    for (const address of this.#addresses) {
      const bytes = hexToBytes(address)
      const [actual, expected] = [engine.getAccount(bytes), model.get(address)]
      assert.equal(actual?.nonce, expected?.nonce, address)
      assert.equal(actual?.balance, expected?.balance, address)
      assert.equal(bytesToHex(engine.getCode(bytes)), expected?.code ?? '0x', address)
      // With many keys, each is looked for only where it is.
      const keys = this.#keys.size <= 16 ? this.#keys : (expected?.slots.keys() ?? [])
      for (const key of keys) {
        const value = fromBigInt(expected?.slots.get(key) ?? 0n, 32)
        assert.deepEqual(engine.getStorage(bytes, hexToBytes(key)), value, `${address} ${key}`)
      }
    }
  }

  #open(): void {
    this.credit(OPENER, 1n)
  }
}

/** Numbers of accounts and slots that a diff lists. */
function sizesOf(diff: Uint8Array): number[] {
  const view = new DataView(diff.buffer, diff.byteOffset)
  const accounts = view.getUint32(0, true)
  return [accounts, view.getUint32(4 + accounts * 93, true)]
}

function isEmpty(account: ModelAccount): boolean {
  return account.nonce === 0n && account.balance === 0n && account.code === '0x'
}

function copyModel(model: Model): Model {
  return new Map(
    [...model].map(([address, account]) => [address, { ...account, slots: new Map(account.slots) }]),
  )
}
