import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { JsonRpcProvider } from 'ethers'
import { type Address, decodeErrorResult, encodeFunctionData, type Hex, numberToHex } from 'viem'
import {
  accounts,
  bytes,
  type Chain,
  Clients,
  compile,
  createAddress,
  delay,
  HttpRpc,
  hex,
  type Json,
  leveretOnly,
  sealedBlock,
  signTransaction,
  startChain,
  unfundedAccount,
} from '../lib/index.ts'

/** As Otterscan's pages ask: their page size, block numbers as plain numbers, requests batched by ethers. */
const PAGE_SIZE = 25
const SENT = 90
const sender = accounts[2]!
const reverter = compile('Reverter')
const delegate = compile('Delegate')
const OUTER = 'anvil counts the transaction’s own call as one inside it'

let chain: Chain
let clients: Clients
let rpc: HttpRpc
let provider: JsonRpcProvider
let counter: Address
let multicall: Address
/** Of {@link SENT} transfers of one sender, in order; the value is the nonce. */
const transfers: Hex[] = []
let crowded: Json

before(async () => {
  chain = await startChain({ blockMs: 300 })
  clients = new Clients(chain)
  rpc = new HttpRpc(chain.url)
  provider = new JsonRpcProvider(chain.url, undefined, { staticNetwork: true })
  counter = await clients.deploy(reverter, [])
  multicall = await clients.deploy(delegate, [])
  for (let round = 0; round < 3; round++) {
    transfers.push(...(await sendTransfers(round * (SENT / 3), SENT / 3)))
    await delay(350)
  }
  crowded = await sealedBlock(
    rpc,
    (await provider.send('eth_getTransactionReceipt', [transfers[0]])).blockNumber,
  )
})
after(async () => {
  provider?.destroy()
  rpc?.close()
  await clients?.close()
  await chain?.stop()
})

async function sendTransfers(first: number, count: number): Promise<Hex[]> {
  const calls = Array.from({ length: count }, (_, i) => {
    const nonce = BigInt(first + i)
    const to = bytes(unfundedAccount(70).address)
    const tx = { type: 2, chainId: 31337n, gasLimit: 21_000n, maxFeePerGas: 10n ** 10n, to } as const
    const raw = signTransaction({ ...tx, nonce, value: nonce, maxPriorityFeePerGas: 1n }, sender.key)
    return ['eth_sendRawTransaction', [hex(raw)]] as [string, unknown[]]
  })
  const hashes = await rpc.results(calls)
  await clients.receipt(hashes.at(-1))
  return hashes
}

async function execute(calls: { to: Address; value: bigint; data: Hex }[], gas?: bigint): Promise<Hex> {
  const value = calls.reduce((sum, call) => sum + call.value, 0n)
  const data = encodeFunctionData({ ...delegate, functionName: 'execute', args: [calls] })
  const hash = await clients
    .wallet(4)
    .sendTransaction({ to: multicall, data, value, ...(gas === undefined ? {} : { gas }) })
  await clients.receipt(hash)
  return hash
}

describe('Otterscan’s first questions', () => {
  it('find a node of its level', async () => {
    const [number, header, level, network] = await Promise.all([
      provider.getBlockNumber(),
      provider.send('erigon_getHeaderByNumber', ['latest']),
      provider.send('ots_getApiLevel', []),
      provider.getNetwork(),
    ])
    assert.equal(network.chainId, 31337n)
    assert.ok(level >= 8, String(level))
    assert.ok(number >= Number(header.number) - 1 && Number(header.number) > 0)
    const again = await provider.send('erigon_getHeaderByNumber', [Number(crowded.number)])
    assert.deepEqual([again.hash, again.stateRoot], [crowded.hash, crowded.stateRoot])
  })
})

describe('Otterscan’s page of a block', () => {
  it(
    'has its header, its fees and how many transactions it has',
    leveretOnly('anvil fails for none'),
    async () => {
      const details = await provider.send('ots_getBlockDetails', [Number(crowded.number)])
      assert.deepEqual(await provider.send('ots_getBlockDetailsByHash', [crowded.hash]), details)
      assert.equal(details.block.hash, crowded.hash)
      assert.equal(Number(details.block.transactionCount), crowded.transactions.length)
      const receipts: Json[] = await provider.send('eth_getBlockReceipts', [crowded.number])
      const fees = receipts.map((receipt) => BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice))
      assert.equal(
        BigInt(details.totalFees),
        fees.reduce((sum, fee) => sum + fee, 0n),
      )
      assert.equal(BigInt(details.issuance.blockReward ?? 0), 0n)
      assert.equal(await provider.send('ots_getBlockDetails', [9_999_999]), null)
    },
  )

  it('pages its transactions from the end, in order, each once', async () => {
    for (const size of [1, 7]) {
      const seen: Hex[] = []
      for (let page = 0; page < crowded.transactions.length / size; page++) {
        const parameters = [Number(crowded.number), page, size]
        const { fullblock, receipts } = await provider.send('ots_getBlockTransactions', parameters)
        assert.equal(fullblock.transactionCount, crowded.transactions.length)
        const hashes = fullblock.transactions.map((transaction: Json) => transaction.hash)
        assert.deepEqual(
          receipts.map((receipt: Json) => receipt.transactionHash),
          hashes,
        )
        seen.unshift(...hashes)
      }
      assert.deepEqual(seen, crowded.transactions)
    }
  })
})

describe('Otterscan’s page of an address', () => {
  it(
    'goes back through all its transactions, and forth again',
    leveretOnly('anvil has the times in receipts as text'),
    async () => {
      const address = sender.address
      const back: Hex[] = []
      let page: Json = { lastPage: false }
      for (let base = 0; !page.lastPage; base = Number(page.txs.at(-1)?.blockNumber)) {
        page = await provider.send('ots_searchTransactionsBefore', [address, base, PAGE_SIZE])
        assert.equal(page.firstPage, back.length === 0)
        assert.ok(page.receipts.every((receipt: Json) => typeof receipt.timestamp === 'number'))
        back.push(...page.txs.map((tx: Json) => tx.hash))
      }
      assert.deepEqual(back, transfers.toReversed())
      const forth: Hex[] = []
      page = { firstPage: false }
      for (let base = 0; !page.firstPage; base = Number(page.txs[0]?.blockNumber)) {
        page = await provider.send('ots_searchTransactionsAfter', [address, base, PAGE_SIZE])
        assert.equal(page.lastPage, forth.length === 0)
        forth.unshift(...page.txs.map((tx: Json) => tx.hash))
      }
      assert.deepEqual(forth, transfers.toReversed())
    },
  )

  it('knows a transaction by its sender and nonce', async () => {
    for (const nonce of [0, 51, SENT - 1]) {
      assert.equal(
        await provider.send('ots_getTransactionBySenderAndNonce', [sender.address, nonce]),
        transfers[nonce],
      )
    }
    assert.equal(await provider.send('ots_getTransactionBySenderAndNonce', [sender.address, SENT]), null)
    assert.equal(await provider.getTransactionCount(sender.address), SENT)
  })

  it('knows who made a contract, and what is none', async () => {
    const { hash, creator } = await provider.send('ots_getContractCreator', [counter])
    const receipt = await clients.client.getTransactionReceipt({ hash })
    assert.equal(receipt.contractAddress?.toLowerCase(), counter.toLowerCase())
    assert.equal(creator.toLowerCase(), accounts[0]!.address.toLowerCase())
    assert.equal(await provider.send('ots_getContractCreator', [sender.address]), null)
    assert.equal(await provider.send('ots_hasCode', [counter, 'latest']), true)
    assert.equal(await provider.send('ots_hasCode', [counter, 0]), false)
    assert.equal(await provider.send('ots_hasCode', [sender.address, 'latest']), false)
  })
})

describe('Otterscan’s page of a transaction', () => {
  it('shows its calls as a tree, and the ether that moved inside', leveretOnly(OUTER), async () => {
    const poor = unfundedAccount(71).address
    const increment = encodeFunctionData({ ...reverter, functionName: 'increment' })
    const hash = await execute([
      { to: poor, value: 5n, data: '0x' },
      { to: counter, value: 0n, data: increment },
    ])
    const trace: Json[] = await provider.send('ots_traceTransaction', [hash])
    const lower = (text: string) => text.toLowerCase()
    assert.deepEqual(
      trace.map(({ type, depth, from, to, value }) => [
        type,
        depth,
        lower(from),
        lower(to),
        BigInt(value ?? 0),
      ]),
      [
        ['CALL', 0, lower(accounts[4]!.address), lower(multicall), 5n],
        ['CALL', 1, lower(multicall), lower(poor), 5n],
        ['CALL', 1, lower(multicall), lower(counter), 0n],
      ],
    )
    assert.equal(trace[2].input, increment)
    const operations: Json[] = await provider.send('ots_getInternalOperations', [hash])
    assert.deepEqual(
      operations.map(({ type, from, to, value }) => [type, lower(from), lower(to), BigInt(value)]),
      [[0, lower(multicall), lower(poor), 5n]],
    )
    assert.equal(await provider.send('ots_getTransactionError', [hash]), '0x')
  })

  it('tells a contract that was made inside', leveretOnly(OUTER), async () => {
    // PUSH0 PUSH0 PUSH1 9 CREATE STOP as creation code: it makes an empty contract and gives it 9 wei.
    const hash = await clients.wallet(5).sendTransaction({ data: '0x5f5f6009f000', value: 9n })
    const { contractAddress } = await clients.receipt(hash)
    const operations: Json[] = await provider.send('ots_getInternalOperations', [hash])
    const made = hex(createAddress(bytes(contractAddress!), 1n))
    assert.deepEqual(
      operations.map(({ type, from, to, value }) => [
        type,
        from.toLowerCase(),
        to.toLowerCase(),
        BigInt(value),
      ]),
      [[2, contractAddress!.toLowerCase(), made, 9n]],
    )
  })

  it('gives the revert data of what failed', async () => {
    const data = encodeFunctionData({ ...reverter, functionName: 'withCustomError', args: [41n] })
    const hash = await execute([{ to: counter, value: 0n, data }], 200_000n)
    const error = await provider.send('ots_getTransactionError', [hash])
    const { errorName, args } = decodeErrorResult({ abi: reverter.abi, data: error })
    assert.equal(errorName, 'Refused')
    assert.deepEqual(
      (args as [bigint, Address]).map((value) => String(value).toLowerCase()),
      ['41', multicall.toLowerCase()],
    )
  })

  it(
    'replays it: every instruction, and what it changed',
    leveretOnly('anvil has no such traces'),
    async () => {
      const data = encodeFunctionData({ ...reverter, functionName: 'increment' })
      const before = BigInt((await rpc.call('eth_getStorageAt', [counter, '0x0', 'latest'])) as Hex)
      const hash = await clients.wallet(6).sendTransaction({ to: counter, data })
      await clients.receipt(hash)
      const { stateDiff } = await provider.send('trace_replayTransaction', [hash, ['stateDiff']])
      const slot = stateDiff[counter.toLowerCase()].storage[numberToHex(0, { size: 32 })]['*']
      assert.deepEqual([BigInt(slot.from), BigInt(slot.to)], [before, before + 1n])
      const { vmTrace } = await provider.send('trace_replayTransaction', [hash, ['vmTrace']])
      assert.equal(vmTrace.code, await rpc.call('eth_getCode', [counter, 'latest']))
      const stored = vmTrace.ops.find((op: Json) => op.ex?.store)
      assert.equal(BigInt(stored.ex.store.val), before + 1n)
    },
  )
})
