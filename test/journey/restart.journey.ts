import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Address, type Hex, keccak256, numberToHex, parseEther } from 'viem'
import {
  accounts,
  type Chain,
  ChainNotStarted,
  type ChainOptions,
  Clients,
  compile,
  delay,
  HttpRpc,
  type Json,
  leveretOnly,
  sealedBlock,
  startChain,
  TARGET,
  unfundedAccount,
} from '../lib/index.ts'

const [alice, bob] = [accounts[0]!.address, accounts[1]!.address]
const token = compile('Token')
const onlyLeveret = leveretOnly('anvil keeps nothing')

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'leveret-restart-'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

/** Runs something on a started chain, which is stopped as Ctrl-C does afterwards. */
async function during<T>(
  options: ChainOptions,
  work: (clients: Clients, rpc: HttpRpc, chain: Chain) => Promise<T>,
): Promise<T> {
  const chain = await startChain(options)
  const clients = new Clients(chain)
  const rpc = new HttpRpc(chain.url)
  try {
    return await work(clients, rpc, chain)
  } finally {
    rpc.close()
    await clients.close()
    await chain.stop()
  }
}

/** Everything about the chain that a restart must not change. */
async function snapshot(rpc: HttpRpc, gold: Address): Promise<Json> {
  const head = BigInt(await rpc.call('eth_blockNumber'))
  const blocks: Json[] = []
  for (let number = 0n; number <= head; number++) blocks.push(await sealedBlock(rpc, number, true))
  const receipts = await rpc.results(blocks.map((block) => ['eth_getBlockReceipts', [block.number]]))
  const logs = await rpc.call('eth_getLogs', [
    { fromBlock: '0x0', toBlock: numberToHex(head), address: gold },
  ])
  const state = []
  for (const { address } of accounts) {
    state.push(await rpc.call('eth_getBalance', [address, 'latest']))
    state.push(await rpc.call('eth_getTransactionCount', [address, 'latest']))
  }
  state.push(
    await rpc.call('eth_getCode', [gold, 'latest']),
    await rpc.call('eth_getStorageAt', [gold, '0x2', 'latest']),
  )
  return { blocks, receipts, logs, state }
}

describe('a data folder', onlyLeveret, () => {
  let gold: Address
  let old: Json
  let queued: Hex

  it('holds what happened before Ctrl-C', async () => {
    await during({ dataFolder: folder, blockMs: 200, viaNpm: true }, async (clients, rpc, chain) => {
      gold = await clients.deploy(token, ['Gold', 'AU'])
      for (let round = 0; round < 4; round++) {
        const call = { address: gold, abi: token.abi, functionName: 'mint', args: [bob, 10n] } as const
        await clients.receipt(await clients.wallet(0).writeContract(call))
        await delay(120)
      }
      queued = await clients.wallet(2).sendTransaction({ to: bob, value: 7n, nonce: 1, gas: 21_000n })
      await delay(500)
      old = await snapshot(rpc, gold)
      assert.match(chain.output, /ready/)
    })
  })

  it('gives all of it back: blocks, receipts, logs, balances, nonces, code and storage', async () => {
    await during({ dataFolder: folder, blockMs: 200, viaNpm: true }, async (_clients, rpc) => {
      const now = await snapshot(rpc, gold)
      for (const [index, block] of old.blocks.entries()) assert.deepEqual(now.blocks[index], block)
      assert.deepEqual(now.receipts.slice(0, old.receipts.length), old.receipts)
      assert.deepEqual(now.logs, old.logs)
      assert.deepEqual(now.state, old.state)
    })
  })

  it('goes on from there: nonces, block numbers and the waiting transaction', async () => {
    await during({ dataFolder: folder, blockMs: 200 }, async (clients, rpc) => {
      const nonce = await clients.client.getTransactionCount({ address: alice })
      const mint = { address: gold, abi: token.abi, functionName: 'mint', args: [bob, 2n] } as const
      const receipt = await clients.receipt(await clients.wallet(0).writeContract(mint))
      assert.equal(await clients.client.getTransactionCount({ address: alice }), nonce + 1)
      assert.ok(receipt.blockNumber > BigInt(old.blocks.at(-1).number))
      assert.equal(
        await clients.client.readContract({
          address: gold,
          abi: token.abi,
          functionName: 'balanceOf',
          args: [bob],
        }),
        42n,
      )
      const block = await sealedBlock(rpc, receipt.blockNumber)
      assert.equal((await sealedBlock(rpc, receipt.blockNumber - 1n)).hash, block.parentHash)
      await clients.receipt(await clients.wallet(2).sendTransaction({ to: bob, nonce: 0, gas: 21_000n }))
      assert.equal((await clients.receipt(queued)).status, 'success')
    })
  })

  it('is emptied by --fresh', async () => {
    await during({ dataFolder: folder, fresh: true }, async (clients, rpc) => {
      assert.equal(await clients.client.getTransactionCount({ address: alice }), 0)
      assert.equal(await clients.client.getBalance({ address: alice }), parseEther('10000'))
      assert.equal(await clients.client.getCode({ address: gold }), undefined)
      assert.equal((await sealedBlock(rpc, 0n)).number, '0x0')
      assert.equal(
        await rpc.call('eth_getTransactionReceipt', [old.blocks[1].transactions[0]?.hash ?? queued]),
        null,
      )
    })
  })

  it('can be used by one node at a time', async () => {
    await during({ dataFolder: folder }, async (clients) => {
      await assert.rejects(startChain({ dataFolder: folder }), (error: unknown) => {
        assert.ok(error instanceof ChainNotStarted)
        assert.match(error.message, /in use|another|lock/i)
        return true
      })
      assert.equal(await clients.client.getChainId(), 31337)
    })
  })

  it('says which port is taken', async () => {
    await during({}, async (_clients, _rpc, chain) => {
      await assert.rejects(startChain({ dataFolder: join(folder, 'other'), port: chain.port }), (error) => {
        assert.match(String(error), new RegExp(`${chain.port}`))
        assert.match(String(error), /in use/i)
        return true
      })
    })
  })
})

describe('a genesis file in geth’s form', () => {
  const owner = unfundedAccount(70)
  const contract = '0x00000000000000000000000000000000000c0de5'
  // PUSH0 SLOAD PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
  const code = '0x5f545f5260205ff3'
  const genesis = {
    config: {
      chainId: 4242,
      homesteadBlock: 0,
      eip150Block: 0,
      eip155Block: 0,
      eip158Block: 0,
      byzantiumBlock: 0,
      constantinopleBlock: 0,
      petersburgBlock: 0,
      istanbulBlock: 0,
      berlinBlock: 0,
      londonBlock: 0,
      terminalTotalDifficulty: 0,
      shanghaiTime: 0,
      cancunTime: 0,
      pragueTime: 0,
      osakaTime: 0,
      blobSchedule: {
        cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3338477 },
        prague: { target: 6, max: 9, baseFeeUpdateFraction: 5007716 },
        osaka: { target: 6, max: 9, baseFeeUpdateFraction: 5007716 },
      },
    },
    nonce: '0x0',
    timestamp: '0x65000000',
    extraData: '0x1234',
    gasLimit: '0x2faf080',
    difficulty: '0x0',
    mixHash: `0x${'00'.repeat(32)}`,
    coinbase: '0x0000000000000000000000000000000000000000',
    baseFeePerGas: '0x7',
    alloc: {
      [owner.address.slice(2)]: { balance: '0xde0b6b3a7640000' },
      [contract.slice(2)]: {
        balance: '0x5',
        code,
        storage: { [`0x${'00'.repeat(32)}`]: `0x${'00'.repeat(31)}2a` },
        nonce: '0x1',
      },
    },
  }

  it('decides chain id, accounts, code, storage and the first header', async () => {
    const genesisFile = join(folder, 'genesis.json')
    writeFileSync(genesisFile, JSON.stringify(genesis))
    // anvil reads only the allocation and the header; its chain id comes from the command line.
    const extraArguments = TARGET === 'anvil' ? ['--chain-id', '4242'] : []
    await during({ genesisFile, extraArguments }, async (_clients, rpc, chain) => {
      assert.equal(await rpc.call('eth_chainId'), numberToHex(4242))
      const clients = new Clients(chain, 4242)
      assert.equal(await clients.client.getBalance({ address: owner.address }), parseEther('1'))
      assert.equal(await clients.client.getBalance({ address: contract }), 5n)
      assert.equal(keccak256((await clients.client.getCode({ address: contract }))!), keccak256(code))
      assert.equal(BigInt(await rpc.call('eth_call', [{ to: contract }, 'latest'])), 42n)
      if (TARGET === 'leveret') {
        const first = await sealedBlock(rpc, 0n)
        assert.deepEqual(
          [first.gasLimit, first.timestamp, first.extraData],
          ['0x2faf080', '0x65000000', '0x1234'],
        )
        assert.equal(BigInt(first.baseFeePerGas), 7n)
      }
      const receipt = await clients.receipt(
        await clients.wallet(owner.privateKey).sendTransaction({ to: bob, value: 9n }),
      )
      assert.equal(receipt.status, 'success')
      await clients.close()
    })
  })

  it('that is not one is refused with the reason', onlyLeveret, async () => {
    for (const [text, reason] of [
      ['{', /JSON/],
      [JSON.stringify({ ...genesis, alloc: { zz: { balance: '1' } } }), /zz/],
      [JSON.stringify({ ...genesis, gasLimit: 'lots' }), /gasLimit/],
    ] as const) {
      const genesisFile = join(folder, 'broken.json')
      writeFileSync(genesisFile, text)
      await assert.rejects(startChain({ genesisFile }), (error: unknown) => {
        assert.ok(error instanceof ChainNotStarted)
        assert.match(error.message, reason)
        return true
      })
    }
  })

  it('that differs from the one in the data folder is refused', onlyLeveret, async () => {
    const [genesisFile, dataFolder] = [join(folder, 'first.json'), join(folder, 'genesis-data')]
    writeFileSync(genesisFile, JSON.stringify(genesis))
    await during({ genesisFile, dataFolder }, async () => {})
    writeFileSync(genesisFile, JSON.stringify({ ...genesis, gasLimit: '0x2faf081' }))
    await assert.rejects(startChain({ genesisFile, dataFolder }), (error: unknown) => {
      assert.ok(error instanceof ChainNotStarted)
      assert.match(error.message, /genesis/i)
      return true
    })
  })
})
