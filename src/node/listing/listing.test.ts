import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Hex } from 'viem'
import { keccak256 } from '../../kernels/index.ts'
import { bytesToHex, fromBigInt, hexToBytes } from '../../lib/index.ts'
import { encodeStateDiff, type StateDiff } from '../../protocol/index.ts'
import { StateTrie } from '../../trie/index.ts'
import { callNode, testNodes } from '../testing/index.ts'

const { start } = testNodes()

/** Writes the second word of the call data to the slot of the first. */
const WRITER: Hex = '0x6020355f355500'
const DEPLOY: Hex = `0x60078060095f395ff3${WRITER.slice(2)}`
const word = (number: number): string => number.toString(16).padStart(64, '0')

type Dump = {
  root: string
  accounts: Record<
    string,
    {
      balance: string
      nonce: number
      codeHash: Hex
      code?: Hex
      storage?: Record<Hex, string>
      address?: Hex
      key: Hex
    }
  >
  next?: Hex
}
type Range = { storage: Record<Hex, { key: Hex | null; value: Hex }> | null; nextKey: Hex | null }

/** What the newest block's transactions write, one each: slot and value. */
const WRITES = [
  [1, 0],
  [7, 70],
  [2, 21],
  [7, 0],
  [8, 80],
  [9, 90],
] as const
/** What the block before has left. */
const FIRST_SLOTS = [1, 2, 3, 4].map((slot): [number, number] => [slot, 10 * slot])
/** The contract's slots before each of the transactions. */
const SLOTS_BEFORE = WRITES.map((_, count) => {
  const slots = new Map(FIRST_SLOTS)
  for (const [slot, value] of WRITES.slice(0, count)) slots.set(slot, value)
  return slots
})

/** A chain whose newest block changes slots of a contract that the block before has written. */
async function chainWithSlots() {
  const node = await start({ mining: 'manual' })
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON comes
  const rpc = (method: string, ...params: unknown[]): Promise<any> => callNode(node, method, params)
  const [sender]: Hex[] = await rpc('eth_accounts')
  const send = (to: Hex | undefined, data: Hex) =>
    rpc('eth_sendTransaction', { from: sender, to, data, gas: '0x186a0' })
  const deployed = await send(undefined, DEPLOY)
  await rpc('anvil_mine')
  const { contractAddress: contract } = await rpc('eth_getTransactionReceipt', deployed)
  for (const writes of [FIRST_SLOTS, WRITES]) {
    for (const [slot, value] of writes) await send(contract, `0x${word(slot)}${word(value)}`)
    await rpc('anvil_mine')
  }
  const block = await rpc('eth_getBlockByNumber', 'latest', false)
  assert.equal(block.transactions.length, WRITES.length)
  return { block, rpc, contract: contract as Hex, sender: sender! }
}

function storageOf(slots: ReadonlyMap<number, number>): Range['storage'] {
  return Object.fromEntries(
    [...slots]
      .filter(([, value]) => value !== 0)
      .map(([slot, value]) => {
        const key = fromBigInt(BigInt(slot), 32)
        return [bytesToHex(keccak256(key)), { key: bytesToHex(key) as Hex, value: `0x${word(value)}` as Hex }]
      }),
  )
}

function addTo(diff: StateDiff, account: Dump['accounts'][string]): void {
  const address = hexToBytes(account.address!)
  diff.accounts.push({
    ...{ address, deleted: false, nonce: BigInt(account.nonce), balance: BigInt(account.balance) },
    codeHash: hexToBytes(account.codeHash),
  })
  for (const [key, value] of Object.entries(account.storage ?? {}))
    diff.slots.push({ address, key: hexToBytes(key), value: fromBigInt(BigInt(`0x${value}`), 32) })
}

describe('debug_accountRange', () => {
  it('lists the whole state of a block in pages: its root follows from them', async () => {
    const { block, rpc, contract } = await chainWithSlots()
    const diff: StateDiff = { accounts: [], slots: [], codes: [] }
    let next: Hex = '0x'
    let pages = 0
    for (; ; pages++) {
      const dump: Dump = await rpc('debug_accountRange', block.hash, next, 5, false, false, false)
      assert.equal(`0x${dump.root}`, block.stateRoot)
      const accounts = Object.entries(dump.accounts)
      assert.ok(accounts.length <= 5)
      for (const [name, account] of accounts) {
        assert.equal(name.toLowerCase(), account.address)
        addTo(diff, account)
      }
      if (dump.next === undefined) break
      next = dump.next
    }
    assert.ok(pages > 1)
    assert.equal(bytesToHex(StateTrie.empty().apply(encodeStateDiff(diff)).root()), block.stateRoot)
    const whole: Dump = await rpc('debug_dumpBlock', block.number)
    assert.equal(Object.keys(whole.accounts).length, diff.accounts.length)
    const found = Object.values(whole.accounts).find(({ address }) => address === contract)!
    assert.equal(found.code, WRITER)
    assert.deepEqual(Object.values(found.storage!).sort(), ['15', '1e', '28', '50', '5a'])
    const bare: Dump = await rpc('debug_accountRange', block.number, found.key, 1, true, true, false)
    const { code: _, storage: __, ...rest } = found
    assert.deepEqual(Object.values(bare.accounts), [rest])
  })

  it('refuses blocks that are not there', async () => {
    const { rpc } = await chainWithSlots()
    await assert.rejects(rpc('debug_dumpBlock', '0x99'), /block #153 not found/)
    await assert.rejects(
      rpc('debug_accountRange', `0x${'11'.repeat(32)}`, '0x', 1, true, true, true),
      /block 0x11+ not found/,
    )
  })
})

describe('debug_storageRangeAt', () => {
  it('gives the slots before each transaction of a block', async () => {
    const { block, rpc, contract } = await chainWithSlots()
    for (const [index, slots] of SLOTS_BEFORE.entries()) {
      const range: Range = await rpc('debug_storageRangeAt', block.hash, index, contract, '0x', 100)
      assert.equal(range.nextKey, null)
      assert.deepEqual(range.storage, storageOf(slots), `transaction ${index}`)
    }
  })

  it('gives them in pages, and null where there are none', async () => {
    const { block, rpc, contract } = await chainWithSlots()
    const all: Range['storage'] = {}
    let start: Hex | null = '0x'
    for (let pages = 0; start !== null; pages++) {
      assert.ok(pages < 20)
      const page: Range = await rpc('debug_storageRangeAt', block.hash, 4, contract, start, 1)
      assert.equal(Object.keys(page.storage!).length, 1)
      Object.assign(all, page.storage)
      start = page.nextKey
    }
    assert.deepEqual(all, storageOf(SLOTS_BEFORE[4]!))
    const nobody = `0x${'ab'.repeat(20)}`
    assert.deepEqual(await rpc('debug_storageRangeAt', block.hash, 0, nobody, '0x', 10), {
      storage: null,
      nextKey: null,
    })
    await assert.rejects(rpc('debug_storageRangeAt', block.hash, 9, contract, '0x', 1), /out of range/)
    await assert.rejects(
      rpc('debug_storageRangeAt', '0x0', 0, contract, '0x', 1),
      /no transaction in genesis/,
    )
  })
})

describe('debug_getModifiedAccountsByNumber and ByHash', () => {
  it('give what differs after a block', async () => {
    const { block, sender, rpc, contract } = await chainWithSlots()
    const number = Number(block.number)
    const changed: Hex[] = await rpc('debug_getModifiedAccountsByNumber', number)
    assert.ok(changed.includes(contract) && changed.includes(sender))
    const hashes = changed.map((address) => bytesToHex(keccak256(hexToBytes(address))))
    assert.deepEqual(hashes, hashes.toSorted())
    const parent = await rpc('eth_getBlockByNumber', `0x${(number - 1).toString(16)}`, false)
    assert.deepEqual(await rpc('debug_getModifiedAccountsByHash', parent.hash, block.hash), changed)
    // What the block before has written and this one has taken back is the same again; the contract is new since.
    const since: Hex[] = await rpc('debug_getModifiedAccountsByNumber', 0, number)
    assert.ok(since.includes(contract))
    await assert.rejects(rpc('debug_getModifiedAccountsByNumber', number, number), /must be less than end/)
    await assert.rejects(rpc('debug_getModifiedAccountsByNumber', 999), /start block 3e7 not found/)
    await assert.rejects(rpc('debug_getModifiedAccountsByNumber', 0), /has no parent/)
  })
})

describe('debug_intermediateRoots', () => {
  it('ends with the root of the block, and begins with what the first transaction alone leads to', async () => {
    const { block, rpc } = await chainWithSlots()
    const roots: Hex[] = await rpc('debug_intermediateRoots', block.hash)
    assert.equal(roots.length, block.transactions.length)
    assert.equal(roots.at(-1), block.stateRoot)
    assert.equal(new Set(roots).size, roots.length)
    await assert.rejects(rpc('debug_intermediateRoots', `0x${'11'.repeat(32)}`), /not found/)
  })
})

describe('a list of a block that is not sealed yet', () => {
  it('waits until it is, and keeps nobody else waiting', async () => {
    const node = await start({ blockMs: 3_600_000 })
    // biome-ignore lint/suspicious/noExplicitAny: whatever JSON comes
    const rpc = (method: string, ...params: unknown[]): Promise<any> => callNode(node, method, params)
    const [from] = await rpc('eth_accounts')
    const hash = await rpc('eth_sendTransaction', { from, to: `0x${'cd'.repeat(20)}`, value: '0x1' })
    const { blockNumber } = await rpc('eth_getTransactionReceipt', hash)
    const waiting: Promise<Dump> = rpc('debug_dumpBlock', blockNumber)
    const genesis = await rpc('eth_getBlockByNumber', '0x0', false)
    assert.equal((await rpc('debug_dumpBlock', 'latest')).root, genesis.stateRoot.slice(2))
    await rpc('evm_mine')
    const { root } = await waiting
    const { stateRoot } = await rpc('eth_getBlockByNumber', blockNumber, false)
    assert.equal(root, stateRoot.slice(2))
    assert.notEqual(stateRoot, genesis.stateRoot)
  })
})
