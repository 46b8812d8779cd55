import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hexToBytes } from '../../lib/index.ts'
import { RpcServer } from '../RpcServer.ts'
import {
  ACCOUNT,
  callMethod,
  FakeChain,
  followingStatus,
  RECIPIENT,
  resultOf,
  signedOfEachType,
  signTransfer,
} from '../testing/index.ts'

const SENDER = ACCOUNT.address.toLowerCase()
const ZERO_HASH = `0x${'00'.repeat(32)}`

type Json = Record<string, unknown>
const keysOf = (json: Json): string[] => Object.keys(json).sort()

/** A sealed block with one transaction of each type; the first has two logs, the second one. */
async function chainOfEachType(): Promise<{ chain: FakeChain; server: RpcServer; hashes: string[] }> {
  const chain = new FakeChain()
  const server = new RpcServer(chain)
  const hashes: string[] = []
  const log = {
    address: new Uint8Array(20).fill(7),
    topics: [new Uint8Array(32).fill(8)],
    data: Uint8Array.of(9),
  }
  for (const [type, raw] of (await signedOfEachType()).entries()) {
    chain.logsOfNext = type === 0 ? [log, log] : type === 1 ? [log] : []
    hashes.push(await resultOf(server, 'eth_sendRawTransaction', [raw]))
  }
  return { chain, server, hashes }
}

const RECEIPT_KEYS =
  'blockHash blockNumber contractAddress cumulativeGasUsed effectiveGasPrice from gasUsed logs logsBloom miniBlock promise status to transactionHash transactionIndex type'
const TRANSACTION_KEYS =
  'blockHash blockNumber blockTimestamp from gas gasPrice hash input nonce r s to transactionIndex type v value'
const words = (...texts: string[]): string[] => texts.join(' ').split(' ').sort()

describe('eth_getTransactionReceipt', () => {
  it('has the members that go-ethereum’s has, by type, its promise and its mini-block', async () => {
    const { server, hashes } = await chainOfEachType()
    for (const [type, hash] of hashes.entries()) {
      const receipt: Json = await resultOf(server, 'eth_getTransactionReceipt', [hash])
      const extra = type === 3 ? 'blobGasPrice blobGasUsed' : ''
      assert.deepEqual(keysOf(receipt), words(RECEIPT_KEYS, extra).filter(Boolean))
      assert.equal(receipt.type, `0x${type}`)
      assert.equal(receipt.gasUsed, '0x5208')
      assert.equal(receipt.cumulativeGasUsed, `0x${(21_000 * (type + 1)).toString(16)}`)
      assert.equal(receipt.effectiveGasPrice, '0x77359400')
      if (type === 3) assert.deepEqual([receipt.blobGasUsed, receipt.blobGasPrice], ['0x40000', '0x1'])
      if (type !== 3) assert.equal(receipt.from, SENDER)
      assert.equal(receipt.to, RECIPIENT.toLowerCase())
    }
  })

  it('tells whether the log is synced up to the transaction', async () => {
    const { chain, server, hashes } = await chainOfEachType()
    const promises = async () => {
      const receipts: Json[] = await resultOf(server, 'eth_getBlockReceipts', ['0x1'])
      const one: Json = await resultOf(server, 'eth_getTransactionReceipt', [hashes[0]])
      assert.equal(one.promise, receipts[0]!.promise)
      return receipts.map(({ promise }) => promise)
    }
    assert.deepEqual(await promises(), Array(5).fill('executed'))
    chain.durableTransactions = 3
    assert.deepEqual(await promises(), ['durable', 'durable', 'durable', 'executed', 'executed'])
    chain.seal()
    assert.deepEqual(await promises(), Array(5).fill('durable'))
  })

  it('numbers logs through the block, and has the zero hash until the block is sealed', async () => {
    const { chain, server, hashes } = await chainOfEachType()
    const second: Json = await resultOf(server, 'eth_getTransactionReceipt', [hashes[1]])
    assert.deepEqual(second.logs, [
      {
        address: `0x${'07'.repeat(20)}`,
        topics: [`0x${'08'.repeat(32)}`],
        data: '0x09',
        blockNumber: '0x1',
        transactionHash: hashes[1],
        transactionIndex: '0x1',
        blockHash: ZERO_HASH,
        blockTimestamp: '0x6553f101',
        logIndex: '0x2',
        removed: false,
      },
    ])
    assert.equal(second.blockHash, ZERO_HASH)
    const sealed = `0x${Buffer.from(chain.seal().hash!).toString('hex')}`
    const later: { blockHash: string; logs: { blockHash: string }[] } = await resultOf(
      server,
      'eth_getTransactionReceipt',
      [hashes[1]],
    )
    assert.equal(later.blockHash, sealed)
    assert.equal(later.logs[0]!.blockHash, sealed)
  })

  it('names the contract of a creation, and is null for an unknown hash', async () => {
    const server = new RpcServer(new FakeChain())
    const raw = await ACCOUNT.signTransaction({
      type: 'legacy',
      nonce: 0,
      gas: 60_000n,
      gasPrice: 1_000_000_000n,
      data: '0x00',
      chainId: 31337,
    })
    const hash = await resultOf(server, 'eth_sendRawTransaction', [raw])
    const receipt: Json = await resultOf(server, 'eth_getTransactionReceipt', [hash])
    // The first contract of the first account of `test test … junk`, as Hardhat and anvil give it.
    assert.equal(receipt.contractAddress, '0x5fbdb2315678afecb367f032d93f642f64180aa3')
    assert.equal(receipt.to, null)
    assert.equal(await resultOf(server, 'eth_getTransactionReceipt', [ZERO_HASH]), null)
  })
})

describe('eth_getTransactionByHash', () => {
  it('has the members that go-ethereum’s has, by type', async () => {
    const { server, hashes } = await chainOfEachType()
    const extras = [
      'chainId',
      'accessList chainId yParity',
      'accessList chainId yParity maxFeePerGas maxPriorityFeePerGas',
      'accessList chainId yParity maxFeePerGas maxPriorityFeePerGas maxFeePerBlobGas blobVersionedHashes',
      'accessList chainId yParity maxFeePerGas maxPriorityFeePerGas authorizationList',
    ]
    for (const [type, hash] of hashes.entries()) {
      const transaction: Json = await resultOf(server, 'eth_getTransactionByHash', [hash])
      assert.deepEqual(keysOf(transaction), words(TRANSACTION_KEYS, extras[type]!))
      assert.equal(transaction.hash, hash)
      assert.equal(transaction.nonce, `0x${type}`)
      assert.equal(transaction.gasPrice, '0x77359400')
      assert.equal(transaction.input, '0x1234')
      assert.equal(transaction.transactionIndex, `0x${type}`)
    }
    const legacy: Json = await resultOf(server, 'eth_getTransactionByHash', [hashes[0]])
    assert.ok(legacy.v === '0xf4f5' || legacy.v === '0xf4f6')
  })

  it('gives by block and index what it gives by hash, and null beyond', async () => {
    const { chain, server, hashes } = await chainOfEachType()
    chain.seal()
    const byHash = await resultOf(server, 'eth_getTransactionByHash', [hashes[4]])
    const blockHash = (byHash as Json).blockHash
    assert.deepEqual(
      await resultOf(server, 'eth_getTransactionByBlockNumberAndIndex', ['0x1', '0x4']),
      byHash,
    )
    assert.deepEqual(
      await resultOf(server, 'eth_getTransactionByBlockHashAndIndex', [blockHash, '0x4']),
      byHash,
    )
    assert.equal(await resultOf(server, 'eth_getTransactionByBlockNumberAndIndex', ['latest', '0x5']), null)
    assert.equal(await resultOf(server, 'eth_getTransactionByBlockNumberAndIndex', ['0x9', '0x0']), null)
  })

  it('gives back what was sent as raw transaction', async () => {
    const { server, hashes } = await chainOfEachType()
    const sent = await signedOfEachType()
    for (const [i, hash] of hashes.entries()) {
      assert.equal(await resultOf(server, 'eth_getRawTransactionByHash', [hash]), sent[i])
    }
    assert.equal(await resultOf(server, 'eth_getRawTransactionByHash', [ZERO_HASH]), '0x')
  })
})

describe('eth_getBlockBy…', () => {
  const HEADER_KEYS =
    'baseFeePerGas blobGasUsed difficulty excessBlobGas extraData gasLimit gasUsed hash logsBloom miner mixHash nonce number parentBeaconBlockRoot parentHash receiptsRoot requestsHash sha3Uncles stateRoot timestamp transactionsRoot withdrawalsRoot'

  it('has the members that go-ethereum’s has, and no totalDifficulty', async () => {
    const { chain, server, hashes } = await chainOfEachType()
    const open: Json = await resultOf(server, 'eth_getBlockByNumber', ['pending', false])
    assert.deepEqual(keysOf(open), words(HEADER_KEYS, 'size transactions uncles withdrawals'))
    assert.equal(open.hash, null)
    assert.deepEqual(open.transactions, hashes)
    assert.deepEqual([open.nonce, open.difficulty, open.uncles], ['0x0000000000000000', '0x0', []])
    assert.equal(open.sha3Uncles, '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347')
    chain.seal()
    const sealed: Json & { transactions: Json[] } = await resultOf(server, 'eth_getBlockByNumber', [
      '0x1',
      true,
    ])
    assert.equal(sealed.transactions.length, 5)
    assert.equal(sealed.transactions[2]!.blockHash, sealed.hash)
    assert.deepEqual(await resultOf(server, 'eth_getBlockByHash', [sealed.hash, true]), sealed)
  })

  it('reads tags: pending the open block, latest the newest sealed, safe and finalized the durable one', async () => {
    const { chain, server } = await chainOfEachType()
    const number = async (tag: string): Promise<unknown> => {
      const block: Json = await resultOf(server, 'eth_getBlockByNumber', [tag, false])
      return block.number
    }
    assert.deepEqual(await Promise.all(['latest', 'pending', 'safe', 'finalized', 'earliest'].map(number)), [
      '0x0',
      '0x1',
      '0x0',
      '0x0',
      '0x0',
    ])
    const byNumber: Json = await resultOf(server, 'eth_getBlockByNumber', ['0x1', false])
    assert.deepEqual([byNumber.number, byNumber.hash], ['0x1', null])
    chain.seal()
    assert.deepEqual([await number('latest'), await number('finalized')], ['0x1', '0x1'])
    assert.equal(await resultOf(server, 'eth_getBlockByNumber', ['0x2', false]), null)
    assert.equal(await resultOf(server, 'eth_getBlockByHash', [ZERO_HASH, false]), null)
  })

  it('counts transactions and uncles, and gives all receipts', async () => {
    const { server, hashes } = await chainOfEachType()
    assert.equal(await resultOf(server, 'eth_getBlockTransactionCountByNumber', ['pending']), '0x5')
    assert.equal(await resultOf(server, 'eth_getUncleCountByBlockNumber', ['pending']), '0x0')
    assert.equal(await resultOf(server, 'eth_getBlockTransactionCountByHash', [ZERO_HASH]), null)
    const receipts: Json[] = await resultOf(server, 'eth_getBlockReceipts', ['pending'])
    for (const [i, hash] of hashes.entries()) {
      const receipt: Json = await resultOf(server, 'eth_getTransactionReceipt', [hash])
      assert.equal(receipt.miniBlock, '0x1')
      assert.deepEqual(receipts[i], receipt)
    }
  })
})

describe('state methods', () => {
  it('read the newest state', async () => {
    const chain = new FakeChain()
    chain.balances.set(SENDER, 10n ** 22n)
    chain.codes.set(SENDER, Uint8Array.of(0x60, 0x00))
    const server = new RpcServer(chain)
    await resultOf(server, 'eth_sendRawTransaction', [await signTransfer(0)])
    assert.equal(await resultOf(server, 'eth_getBalance', [SENDER, 'latest']), '0x21e19e0c9bab2400000')
    assert.equal(await resultOf(server, 'eth_getBalance', [SENDER]), '0x21e19e0c9bab2400000')
    assert.equal(await resultOf(server, 'eth_getTransactionCount', [SENDER, 'latest']), '0x1')
    assert.equal(await resultOf(server, 'eth_getCode', [SENDER, '0x1']), '0x6000')
    assert.equal(
      await resultOf(server, 'eth_getStorageAt', [SENDER, '0x5', 'latest']),
      `0x${'05'.padStart(64, '0')}`,
    )
  })

  it('count a pending nonce from the pool', async () => {
    const chain = new FakeChain()
    const raw = hexToBytes(await signTransfer(3))
    chain.pooled.set('0x01', { hash: raw, sender: raw, raw, tx: undefined as never })
    assert.equal(await resultOf(new RpcServer(chain), 'eth_getTransactionCount', [SENDER, 'pending']), '0x1')
  })

  it('refuse a block that is not there and a state that is not kept', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain)
    await resultOf(server, 'eth_sendRawTransaction', [await signTransfer(0)])
    const failure = async (block: unknown): Promise<unknown> =>
      (await callMethod(server, 'eth_getBalance', [SENDER, block])).error
    assert.deepEqual(await failure('0x2'), { code: -32000, message: 'header not found' })
    assert.deepEqual(await failure({ blockHash: ZERO_HASH }), {
      code: -32000,
      message: 'header for hash not found',
    })
    assert.deepEqual(await failure({ blockNumber: '0x0' }), {
      code: -32000,
      message: `missing trie node ${ZERO_HASH} (path ) state ${ZERO_HASH} is not available: of block 0; this node keeps the states of recent blocks, up to block 1`,
    })
    assert.deepEqual(await failure({ blockNumber: '0x0', blockHash: ZERO_HASH }), {
      code: -32602,
      message: 'invalid argument 1: cannot specify both BlockHash and BlockNumber, choose one or the other',
    })
  })

  it('give EIP-1186 proofs with the keys as they were asked for', async () => {
    const server = new RpcServer(new FakeChain())
    const word = `0x${'00'.repeat(31)}01`
    const proof: { storageProof: Json[]; balance: string } = await resultOf(server, 'eth_getProof', [
      SENDER,
      ['0x1', word],
      'latest',
    ])
    assert.deepEqual(proof.storageProof, [
      { key: '0x1', value: '0x102', proof: ['0x80'] },
      { key: word, value: '0x102', proof: ['0x80'] },
    ])
    assert.deepEqual(
      keysOf(proof),
      words('accountProof address balance codeHash nonce storageHash storageProof'),
    )
  })
})

describe('leveret_evmStatus', () => {
  it('writes integers as quantities, ratios and times as numbers', async () => {
    const chain = new FakeChain()
    const { view } = chain.status
    const sequencer = {
      ...view,
      interpretedGas: 100n,
      compiledGas: 300n,
      compiledCodes: 2n,
      pendingCodes: 1n,
    }
    const counts = { compiledCodes: 1n, refusedCodes: 3n, memoryHits: 4n, diskHits: 16n, damagedFiles: 0n }
    chain.status = {
      tier: 'auto',
      sequencer: { ...sequencer, refusedCodes: 3n, droppedRequests: 5n },
      view,
      compiler: { ...counts, wasmBytes: 4096n, compileMs: 1.5 },
      parallel: {
        ...{
          threads: 3,
          mode: 'auto',
          parallelBatches: 2n,
          serialBatches: 9n,
          committed: 6n,
          conflicted: 2n,
        },
        ...{ overtaken: 0n, notSpeculated: 1n, unclaimed: 4n },
      },
      contracts: [
        {
          codeHash: new Uint8Array(32).fill(0xab),
          fork: 'Osaka',
          codeBytes: 10,
          wasmBytes: 4096,
          compileMs: 1.5,
        },
      ],
    }
    const idle = { compiledGas: '0x0', interpretedGas: '0x0', compiledGasRatio: 0, compiledCodes: '0x0' }
    assert.deepEqual(await resultOf(new RpcServer(chain), 'leveret_evmStatus'), {
      tier: 'auto',
      sequencer: {
        compiledGas: '0x12c',
        interpretedGas: '0x64',
        compiledGasRatio: 0.75,
        compiledCodes: '0x2',
        refusedCodes: '0x3',
        pendingCodes: '0x1',
        droppedRequests: '0x5',
        compileMs: 0,
      },
      view: { ...idle, refusedCodes: '0x0', pendingCodes: '0x0', droppedRequests: '0x0', compileMs: 0 },
      compiler: {
        compiledCodes: '0x1',
        refusedCodes: '0x3',
        memoryHits: '0x4',
        diskHits: '0x10',
        damagedFiles: '0x0',
        wasmBytes: '0x1000',
        compileMs: 1.5,
      },
      parallel: {
        ...{ threads: '0x3', mode: 'auto', parallelBatches: '0x2', serialBatches: '0x9' },
        ...{ committed: '0x6', conflicted: '0x2', conflictRatio: 0.25 },
        ...{ overtaken: '0x0', notSpeculated: '0x1', unclaimed: '0x4' },
      },
      contracts: [
        {
          codeHash: `0x${'ab'.repeat(32)}`,
          fork: 'Osaka',
          codeBytes: '0xa',
          wasmBytes: '0x1000',
          compileMs: 1.5,
        },
      ],
    })
  })

  it('has no compiler and no threads where there are none', async () => {
    const { compiler, parallel } = await resultOf(new RpcServer(new FakeChain()), 'leveret_evmStatus')
    assert.equal(compiler, null)
    assert.equal(parallel, null)
  })
})

describe('about the node and the chain', () => {
  it('answers the constants', async () => {
    const server = new RpcServer(new FakeChain())
    assert.equal(await resultOf(server, 'web3_clientVersion'), 'leveret/test')
    assert.equal(await resultOf(server, 'net_version'), '31337')
    assert.equal(await resultOf(server, 'net_listening'), true)
    assert.equal(await resultOf(server, 'net_peerCount'), '0x0')
    assert.equal(await resultOf(server, 'eth_chainId'), '0x7a69')
    assert.equal(await resultOf(server, 'eth_blockNumber'), '0x0')
    assert.equal(await resultOf(server, 'eth_syncing'), false)
    assert.deepEqual(await resultOf(server, 'eth_accounts'), [])
    assert.equal(
      await resultOf(server, 'web3_sha3', ['0x68656c6c6f20776f726c64']),
      '0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad',
    )
  })

  it('says of a follower that is behind how far it is', async () => {
    const chain = new FakeChain()
    const server = new RpcServer(chain)
    const behind = (lagMiniBlocks: bigint, lagMs: number): unknown => {
      chain.following = followingStatus({ lagMiniBlocks, lagMs })
      return resultOf(server, 'eth_syncing')
    }
    assert.equal(await behind(0n, 60_000), false, 'the newest one is old: the chain stands still')
    assert.equal(await behind(7n, 5_000), false)
    assert.deepEqual(await behind(7n, 5_001), {
      ...{ startingBlock: '0x0', currentBlock: '0x0', highestBlock: '0x1' },
      ...{ currentMiniBlock: '0x0', highestMiniBlock: '0x7' },
    })
  })
})

describe('fees', () => {
  it('suggest a price that the open block and the next one take', async () => {
    const server = new RpcServer(new FakeChain())
    assert.equal(await resultOf(server, 'eth_gasPrice'), '0x3baa0c40')
    assert.equal(await resultOf(server, 'eth_maxPriorityFeePerGas'), '0xf4240')
    assert.equal(await resultOf(server, 'eth_blobBaseFee'), '0x1')
  })

  it('has one base fee more than blocks, and tips at percentiles of gas', async () => {
    const { chain, server } = await chainOfEachType()
    chain.seal()
    const history: Json = await resultOf(server, 'eth_feeHistory', ['0x5', 'latest', [0, 50, 100]])
    assert.deepEqual(history, {
      oldestBlock: '0x0',
      reward: [
        ['0x0', '0x0', '0x0'],
        ['0x3b9aca00', '0x3b9aca00', '0x3b9aca00'],
      ],
      baseFeePerGas: ['0x3b9aca00', '0x3b9aca00', '0x34277b01'],
      gasUsedRatio: [0, 0.0000105],
      baseFeePerBlobGas: ['0x1', '0x1', '0x1'],
      blobGasUsedRatio: [0, 0],
    })
    const without: Json = await resultOf(server, 'eth_feeHistory', [1, '0x0'])
    assert.deepEqual(without.reward, undefined)
    assert.deepEqual(without.baseFeePerGas, ['0x3b9aca00', '0x3b9aca00'])
  })

  it('refuse bad percentiles and blocks beyond the head', async () => {
    const server = new RpcServer(new FakeChain())
    const failure = async (params: unknown[]): Promise<unknown> =>
      (await callMethod(server, 'eth_feeHistory', params)).error?.message
    assert.equal(await failure([1, '0x9', []]), 'request beyond head block: requested 9, head 0')
    assert.equal(await failure([1, 'latest', [101]]), 'invalid reward percentile: 101.000000')
    assert.equal(
      await failure([1, 'latest', [5, 4]]),
      'invalid reward percentile: #0:5.000000 >= #1:4.000000',
    )
    assert.equal(
      await failure([1, 'latest', [5, 5]]),
      'invalid reward percentile: #0:5.000000 >= #1:5.000000',
    )
  })
})
