import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, fromBigInt, Prng, toBigInt } from '../lib/index.ts'
import { encodeStateDiff, type StateDiff, splitStateDiff } from '../protocol/index.ts'
import { History, type StateBefore } from './index.ts'
import { REVERSE_DIFF_ENTRIES } from './ReverseDiff.ts'
import { blockRecord } from './testing/index.ts'

const genesisHash = new Uint8Array(32).fill(0x6e)
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32))

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-undo-'))
  try {
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const address = (n: number) => fromBigInt(BigInt(n), 20)
const word = (n: number) => fromBigInt(BigInt(n), 32)
const account = (n: number, nonce: number): StateDiff['accounts'][number] => ({
  address: address(n),
  deleted: false,
  nonce: BigInt(nonce),
  balance: BigInt(nonce) << 200n,
  codeHash: word(nonce),
})
const NOTHING = { accounts: [], slots: [], codes: [] }

/** What it tells of `n` accounts, `n` slots of each and the codes of all numbers, as text. */
function describeState(before: StateBefore | undefined, n: number): unknown {
  if (before === undefined) return undefined
  const numbers = Array.from({ length: n }, (_, i) => i)
  return numbers.map((i) => {
    const found = before.account(address(i))
    return [
      found && [found.exists, found.nonce, found.balance, bytesToHex(found.codeHash)],
      numbers.map((j) => textOf(before.slot(address(i), word(j)))),
      textOf(before.code(keccak256(word(i)))),
    ]
  })
}

const textOf = (bytes: Uint8Array | undefined) => bytes && bytesToHex(bytes)

/** Oracle: the first value of everything, by plain maps. */
class PlainUndo implements StateBefore {
  readonly values = new Map<string, unknown>()

  add({ accounts, slots, codes }: StateDiff): void {
    for (const { address, deleted, ...fields } of accounts) {
      this.#put(bytesToHex(address), { exists: !deleted, ...fields })
    }
    for (const { address, key, value } of slots) this.#put(bytesToHex(address) + bytesToHex(key), value)
    for (const { hash, code } of codes) this.#put(`code ${bytesToHex(hash)}`, code)
  }

  account(address: Uint8Array) {
    return this.values.get(bytesToHex(address)) as ReturnType<StateBefore['account']>
  }

  slot(address: Uint8Array, key: Uint8Array) {
    return this.values.get(bytesToHex(address) + bytesToHex(key)) as Uint8Array | undefined
  }

  code(hash: Uint8Array) {
    return this.values.get(`code ${bytesToHex(hash)}`) as Uint8Array | undefined
  }

  #put(key: string, value: unknown): void {
    if (!this.values.has(key)) this.values.set(key, value)
  }
}

function randomUndo(random: Prng, n: number): StateDiff {
  const some = (most: number) => Array.from({ length: random.nextInt(most) }, () => random.nextInt(n))
  return {
    accounts: some(n).map((i) => {
      const gone = { nonce: 0n, balance: 0n, codeHash: word(0), deleted: true }
      return { ...account(i, random.nextInt(200)), ...(random.nextInt(4) === 0 ? gone : {}) }
    }),
    slots: some(2 * n).map((i) => ({
      address: address(i),
      key: word(random.nextInt(n)),
      value: word(random.nextInt(300)),
    })),
    codes: some(3).map((i) => ({ hash: keccak256(word(i)), code: word(i) })),
  }
}

describe('reverse diffs', () => {
  it(`tell what stood first, in memory, from the database and after opening again (seed ${SEED})`, () =>
    withFolder(async (folder) => {
      const random = new Prng(SEED)
      // Some blocks have several shards.
      const sizes = [3, 8, 30]
      const plain: { undo: PlainUndo; size: number }[] = []
      let history = History.open(folder, { genesisHash, stateWindow: 10 })
      for (let number = 0; number < 60; number++) {
        const size = sizes[random.nextInt(sizes.length)]!
        const undo = history.newReverseDiff()
        const expected = new PlainUndo()
        for (let part = random.nextInt(6); part > 0; part--) {
          const diff = randomUndo(random, size)
          undo.add(splitStateDiff(encodeStateDiff(diff)))
          expected.add(diff)
        }
        assert.deepEqual(describeState(undo, size), describeState(expected, size))
        plain.push({ undo: expected, size })
        history.append(blockRecord(BigInt(number), []), undo)
        if (random.nextInt(4) === 0) await history.flush()
        if (random.nextInt(6) === 0) {
          await history.close()
          history = History.open(folder, { genesisHash, stateWindow: 10 })
        }
        for (let n = Math.max(0, number - 9); n <= number; n++) {
          const { undo, size } = plain[n]!
          const found = describeWithoutCodes(history.stateBefore(BigInt(n)), size)
          assert.deepEqual(found, describeWithoutCodes(undo, size), `block ${n} of ${number}`)
          for (const [key, code] of undo.values) {
            if (!key.startsWith('code ')) continue
            const hash = keccak256(code as Uint8Array)
            assert.deepEqual(textOf(history.stateBefore(BigInt(n))!.code(hash)), textOf(code as Uint8Array))
          }
        }
      }
      await history.close()
    }))

  it('go when the window moves on, two with each block', () =>
    withFolder(async (folder) => {
      let history = History.open(folder, { genesisHash, stateWindow: Number.POSITIVE_INFINITY })
      const undoOf = (number: bigint) => {
        const undo = history.newReverseDiff()
        const code = { hash: keccak256(fromBigInt(number, 32)), code: fromBigInt(number, 32) }
        undo.add(
          splitStateDiff(
            encodeStateDiff({ ...NOTHING, accounts: [account(1, Number(number))], codes: [code] }),
          ),
        )
        return undo
      }
      for (let number = 1n; number <= 40n; number++) {
        history.append(blockRecord(number, []), undoOf(number))
        await history.flush()
      }
      assert.equal(history.firstStateNumber, 0n)
      await history.close()
      history = History.open(folder, { genesisHash, stateWindow: 10 })
      for (let number = 41n; number <= 45n; number++) {
        history.append(blockRecord(number, []), undoOf(number))
        await history.flush()
      }
      assert.equal(history.firstStateNumber, 35n)
      assert.equal(history.stateBefore(35n), undefined)
      assert.equal(history.stateBefore(36n)?.account(address(1))?.nonce, 36n)
      await history.close()
      // With the larger window again, the ten that have gone are missing, and no more.
      history = History.open(folder, { genesisHash, stateWindow: Number.POSITIVE_INFINITY })
      assert.equal(history.firstStateNumber, 10n)
      assert.equal(history.stateBefore(10n), undefined)
      assert.equal(history.stateBefore(11n)?.account(address(1))?.nonce, 11n)
      assert.equal(history.stateBefore(11n)?.code(keccak256(word(10))), undefined)
      assert.equal(textOf(history.stateBefore(11n)?.code(keccak256(word(11)))), bytesToHex(word(11)))
      await history.close()
    }))
})

describe('the first block that changed something', () => {
  it(`is found behind every block, also after opening again (seed ${SEED})`, () =>
    withFolder(async (folder) => {
      const random = new Prng(SEED)
      const keys = 12
      const options = { genesisHash, runLimits: { entries: 200, blocks: 16 } }
      let window = Number.POSITIVE_INFINITY
      let history = History.open(folder, { ...options, stateWindow: window })
      const changed: Set<string>[] = []
      for (let number = 0; number < 400; number++) {
        const undo = history.newReverseDiff()
        const diff = random.nextInt(50) === 0 ? randomUndo(random, 150) : randomUndo(random, 3)
        for (const slot of diff.slots) slot.key = word(random.nextInt(keys))
        undo.add(splitStateDiff(encodeStateDiff(diff)))
        changed.push(
          new Set([
            ...diff.accounts.map(({ address }) => bytesToHex(address)),
            ...diff.slots.map(({ address, key }) => bytesToHex(address) + bytesToHex(key)),
          ]),
        )
        history.append(blockRecord(BigInt(number), []), undo)
        if (random.nextInt(9) === 0) await history.flush()
        if (random.nextInt(9) === 0) await history.indexed()
        if (random.nextInt(40) === 0) {
          await history.close()
          window = [Number.POSITIVE_INFINITY, 300, 10][random.nextInt(3)]!
          history = History.open(folder, { ...options, stateWindow: window })
        }
        const oldest = Number(history.firstStateNumber!) + 1
        const from = oldest + random.nextInt(number + 2 - oldest)
        const [owner, key] = [address(random.nextInt(4)), word(random.nextInt(keys))]
        const first = (name: string) => changed.findIndex((names, n) => n >= from && names.has(name))
        const found = [
          [
            firstChange(
              history,
              from,
              (n) => history.nextAccountChange(owner, n),
              (before) => before.account(owner),
            ),
          ],
          [
            firstChange(
              history,
              from,
              (n) => history.nextSlotChange(owner, key, n),
              (before) => before.slot(owner, key),
            ),
          ],
        ]
        assert.deepEqual(found, [[first(bytesToHex(owner))], [first(bytesToHex(owner) + bytesToHex(key))]])
      }
      await history.close()
    }))
})

/** As PastState looks for it; -1 where there is none up to the head. */
function firstChange(
  history: History,
  from: number,
  next: (from: bigint) => bigint,
  read: (before: StateBefore) => unknown,
): number {
  for (let number = next(BigInt(from)); number <= history.headNumber!; number = next(number + 1n))
    if (read(history.stateBefore(number)!) !== undefined) return Number(number)
  return -1
}

describe('reverse diffs that are not kept', () => {
  it('begin anew behind a block without one', () =>
    withFolder(async (folder) => {
      let history = History.open(folder, { genesisHash })
      assert.equal(history.firstStateNumber, undefined)
      history.append(blockRecord(0n, []))
      assert.equal(history.firstStateNumber, 0n)
      for (let number = 1n; number <= 4n; number++) {
        history.append(blockRecord(number, []), number === 3n ? undefined : history.newReverseDiff())
      }
      for (const reopen of [false, true]) {
        if (reopen) {
          await history.close()
          history = History.open(folder, { genesisHash })
        }
        assert.equal(history.firstStateNumber, 3n)
        assert.equal(history.stateBefore(3n), undefined)
        assert.notEqual(history.stateBefore(4n), undefined)
      }
      await history.close()
    }))

  it('hold 300,000 values of a block, and none of one with too many', () =>
    withFolder(async (folder) => {
      const history = History.open(folder, { genesisHash })
      const undo = history.newReverseDiff()
      const slots = Array.from({ length: 300_000 }, (_, i) => ({
        address: address(i % 7),
        key: word(i),
        value: word(i + 1),
      }))
      for (let at = 0; at < slots.length; at += 10_000) {
        undo.add(splitStateDiff(encodeStateDiff({ ...NOTHING, slots: slots.slice(at, at + 10_000) })))
      }
      // 84 bytes each and 12 of the tables, doubled at most.
      assert.ok(undo.bytes < 2.5 * 100 * slots.length, `${undo.bytes} bytes`)
      history.append(blockRecord(1n, []), undo)
      await history.flush()
      const before = history.stateBefore(1n)!
      // What was read stays, whatever is read after it.
      const [one, other] = [before.slot(address(1), word(1)), before.slot(address(2), word(2))]
      assert.deepEqual([textOf(one), textOf(other)], [bytesToHex(word(2)), bytesToHex(word(3))])
      for (let i = 0; i < slots.length; i += 9973) {
        assert.equal(toBigInt(before.slot(address(i % 7), word(i))!), BigInt(i + 1))
        assert.equal(before.slot(address(8), word(i)), undefined)
      }
      const large = history.newReverseDiff()
      for (let at = 0; at <= REVERSE_DIFF_ENTRIES; at += 300_000) {
        const others = slots.map(({ key, value }) => ({ address: address(at), key, value }))
        large.add(splitStateDiff(encodeStateDiff({ ...NOTHING, slots: others })))
      }
      assert.equal(large.isTooLarge, true)
      history.append(blockRecord(2n, []), large)
      assert.equal(history.firstStateNumber, 2n)
      await history.close()
    }))
})

/** A code is found by its hash, whichever block it left in. */
function describeWithoutCodes(before: StateBefore | undefined, n: number): unknown {
  return (
    before &&
    describeState(
      { account: before.account.bind(before), slot: before.slot.bind(before), code: () => undefined },
      n,
    )
  )
}
