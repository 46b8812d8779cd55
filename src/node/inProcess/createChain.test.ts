import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { nextTurn } from '../../lib/index.ts'
import { localGenesisJson } from '../genesisJson.ts'
import { signedTransaction } from '../testing/index.ts'
import { createChain, type InProcessChain } from './index.ts'

const STRANGER = '0x00000000000000000000000000000000000000aa'

const send = (chain: InProcessChain, nonce: bigint, value = 1n): Promise<string> => {
  const raw = signedTransaction({ nonce, gasLimit: 21_000n, value, to: STRANGER })
  return chain.request({ method: 'eth_sendRawTransaction', params: [raw] })
}
const balance = async (chain: InProcessChain): Promise<bigint> =>
  BigInt(await chain.request({ method: 'eth_getBalance', params: [STRANGER, 'latest'] }))
const blockNumber = async (chain: InProcessChain): Promise<number> =>
  Number(await chain.request({ method: 'eth_blockNumber' }))

describe('createChain', () => {
  it('makes chains by the hundred that know nothing of one another', async () => {
    const chains = await Promise.all(Array.from({ length: 100 }, () => createChain()))
    await Promise.all(
      chains.map(async (chain, i) => {
        for (let nonce = 0; nonce <= i % 5; nonce++) await send(chain, BigInt(nonce), BigInt(i + 1))
      }),
    )
    for (const [i, chain] of chains.entries()) {
      const count = (i % 5) + 1
      assert.equal(await balance(chain), BigInt(count * (i + 1)), `chain ${i}`)
      assert.equal(await blockNumber(chain), count)
    }
    await chains[0]!.close()
    assert.equal(await balance(chains[1]!), 4n)
    await Promise.all(chains.map((chain) => chain.close()))
  })

  it('gives its blocks and state to another chain, which goes on there', async () => {
    const [first, second] = [
      await createChain({ mining: 'interval', blockMs: 3_600_000 }),
      await createChain(),
    ]
    const contract = `0x${'c0'.repeat(20)}`
    const word = `0x${'00'.repeat(31)}2a`
    await first.request({ method: 'anvil_setCode', params: [contract, '0x6001'] })
    await first.request({ method: 'anvil_setStorageAt', params: [contract, '0x5', word] })
    await first.request({ method: 'evm_mine' })
    await send(first, 0n, 7n)
    const dump = await first.request({ method: 'anvil_dumpState' })
    await second.request({ method: 'anvil_loadState', params: [dump] })
    assert.equal(await second.request({ method: 'eth_getCode', params: [contract, 'latest'] }), '0x6001')
    assert.equal(
      await second.request({ method: 'eth_getStorageAt', params: [contract, '0x5', 'latest'] }),
      word,
    )
    assert.deepEqual([await balance(second), await blockNumber(second)], [7n, 2])
    await send(second, 1n, 9n)
    assert.deepEqual([await balance(second), await blockNumber(second)], [16n, 3])
    await Promise.all([first.close(), second.close()])
  })

  it('opens no file, socket, thread or timer, and leaves none', async () => {
    const files = (): number => readdirSync('/dev/fd').length
    const resources = async (): Promise<string[]> => {
      await nextTurn()
      // The runner's own come and go.
      return process
        .getActiveResourcesInfo()
        .filter((kind) => kind !== 'FSReqCallback' && kind !== 'Immediate')
    }
    const before = { files: files(), resources: await resources() }
    for (let i = 0; i < 20; i++) {
      const chain = await createChain()
      await send(chain, 0n)
      await chain.request({ method: 'eth_newBlockFilter' })
      await chain.request({ method: 'eth_subscribe', params: ['newHeads'] })
      assert.equal(files(), before.files)
      await chain.close()
    }
    assert.deepEqual(await resources(), before.resources)
  })

  it('makes the same blocks of the same requests, in chains of one beginning', async () => {
    const hashes = await Promise.all(
      [0, 1].map(async () => {
        const chain = await createChain()
        for (let nonce = 0n; nonce < 3n; nonce++) {
          await chain.request({
            method: 'evm_setNextBlockTimestamp',
            params: [Number(4_000_000_000n + nonce)],
          })
          await send(chain, nonce)
        }
        const block = await chain.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })
        await chain.close()
        return block.hash
      }),
    )
    assert.match(hashes[0], /^0x/)
    assert.equal(hashes[0], hashes[1])
  })
})

describe('options of createChain', () => {
  it('give blocks with transactions, on demand, or regularly', async () => {
    const auto = await createChain()
    await send(auto, 0n)
    assert.equal(await blockNumber(auto), 1)
    const manual = await createChain({ mining: 'manual' })
    await send(manual, 0n)
    assert.deepEqual([await blockNumber(manual), await balance(manual)], [0, 0n])
    await manual.request({ method: 'evm_mine' })
    assert.deepEqual([await blockNumber(manual), await balance(manual)], [1, 1n])
    const interval = await createChain({ mining: 'interval', blockMs: 5 })
    const heads = Promise.withResolvers<void>()
    let count = 0
    interval.on('message', () => ++count === 3 && heads.resolve())
    await interval.request({ method: 'eth_subscribe', params: ['newHeads'] })
    // The chain's own timer would not keep the process.
    const alive = setInterval(() => {}, 1000)
    await heads.promise
    clearInterval(alive)
    for (const chain of [auto, manual, interval]) await chain.close()
  })

  it('take a chain id and a genesis, and say what is wrong with one', async () => {
    const chain = await createChain({ chainId: 99n })
    assert.equal(await chain.request({ method: 'eth_chainId' }), '0x63')
    const given = await createChain({ genesis: localGenesisJson({ chainId: 7n }) })
    assert.deepEqual([given.chainId, await given.request({ method: 'eth_chainId' })], [7n, '0x7'])
    await assert.rejects(createChain({ genesis: '{}' }), /The genesis can't be used/)
    for (const each of [chain, given]) await each.close()
  })

  it('say how the chain begins', async () => {
    const options = {
      accounts: 12,
      balanceWei: 5n,
      fork: 'Prague',
      gasLimit: 30_000_000n,
      timestamp: 7n,
    } as const
    const chain = await createChain(options)
    const [genesis, balance] = await Promise.all([
      chain.request({ method: 'eth_getBlockByNumber', params: ['0x0', false] }),
      chain.request({ method: 'eth_getBalance', params: [chain.accounts[11]!.address] }),
    ])
    assert.deepEqual([genesis.gasLimit, genesis.timestamp, balance], ['0x1c9c380', '0x7', '0x5'])
    assert.equal(chain.accounts.length, 12)
    await chain.close()
  })

  it('are refused where they make no sense', async () => {
    const refused = [
      [{ blockMs: 0 }, /blockMs is 0\.\n {2}next: give a number from 1 on/],
      [{ miniBlockMs: Number.NaN }, /miniBlockMs is NaN/],
      [{ historyMiB: Number.POSITIVE_INFINITY }, /historyMiB is Infinity/],
      [{ accounts: 1001 }, /accounts is 1001\.\n {2}next: give a whole number up to 1000/],
      [{ mining: 'often' as 'auto' }, /mining is often\.\n {2}next: give one of auto, manual, interval/],
      [{ fork: 'Shanghai' }, /fork is Shanghai\.\n {2}next: give one of Cancun, Prague, Osaka/],
      [{ memoryMiB: 100 }, /An engine can't have this memory/],
    ] as const
    for (const [options, words] of refused) await assert.rejects(createChain(options), words)
  })

  it('bound what the history keeps, the newest blocks at least', async () => {
    const chain = await createChain({ historyMiB: 1 })
    await chain.request({ method: 'anvil_mine', params: ['0x3e8'] })
    assert.equal(await chain.request({ method: 'eth_getBlockByNumber', params: ['0x1', false] }), null)
    const newest = await chain.request({ method: 'eth_getBlockByNumber', params: ['0x3e8', false] })
    assert.equal(newest.number, '0x3e8')
    await send(chain, 0n)
    assert.equal(await balance(chain), 1n)
    await chain.close()
  })
})

describe('a chain that is closed', () => {
  const closedError = { code: 4900, message: 'the chain is closed' }

  it('rejects requests that wait and that come, and tells so once', async () => {
    const chain = await createChain({ mining: 'manual' })
    const told: number[] = []
    chain.on('disconnect', ({ code }) => told.push(code))
    const waiting = chain
      .request({ method: 'eth_callAfter', params: [{ to: STRANGER }, 'executed'] })
      .catch(() => {})
    const sync = chain.request({
      method: 'eth_sendRawTransactionSync',
      params: [signedTransaction({ nonce: 1n, gasLimit: 21_000n, value: 1n, to: STRANGER })],
    })
    await chain.close()
    await Promise.all([waiting, assert.rejects(sync, closedError)])
    await assert.rejects(chain.request({ method: 'eth_chainId' }), closedError)
    await chain.close()
    assert.deepEqual(told, [4900])
  })

  it('tells nothing more', async () => {
    const chain = await createChain()
    let count = 0
    chain.on('message', () => count++)
    await chain.request({ method: 'eth_subscribe', params: ['newHeads'] })
    await chain.close()
    await new Promise(setImmediate)
    assert.equal(count, 0)
  })
})

describe('a chain that has failed', () => {
  it('says why to the request that did it and to those that come', async () => {
    const chain = await createChain({ memoryMiB: 206 })
    const told: string[] = []
    chain.on('disconnect', ({ message }) => told.push(message))
    const why = { code: 4900, message: /^the chain has failed: The engine's room for code is full/ }
    const fill = async (): Promise<void> => {
      for (let i = 1; ; i++) {
        const address = `0x${i.toString(16).padStart(40, '0')}`
        const code = `0x${i.toString(16).padStart(2 * 24_576, '0')}`
        await chain.request({ method: 'anvil_setCode', params: [address, code] })
      }
    }
    await assert.rejects(fill(), why)
    await assert.rejects(chain.request({ method: 'eth_blockNumber' }), why)
    assert.equal(told.length, 1)
    await chain.close()
  })
})
