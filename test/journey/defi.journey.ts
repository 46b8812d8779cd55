import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Contract, ContractFactory, type Log, type TransactionReceipt } from 'ethers'
import {
  type Abi,
  type Address,
  getContractAddress,
  type Hex,
  keccak256,
  maxUint256,
  parseEther,
  parseEventLogs,
  parseUnits,
} from 'viem'
import {
  accounts,
  type Chain,
  Clients,
  compile,
  eventually,
  startChain,
  TARGET,
  uniswapV2,
} from '../lib/index.ts'

const [alice, bob] = [accounts[0]!.address, accounts[1]!.address]
const token = compile('Token')
const uniswap = uniswapV2()
/** Of Uniswap's router: keccak-256 of the pair's creation code. */
const PAIR_CODE_HASH = '0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f'
const deadline = 2n ** 40n

let chain: Chain
let clients: Clients
let gold: Address
let silver: Address

before(async () => {
  chain = await startChain({ viaNpm: TARGET === 'leveret' })
  clients = new Clients(chain)
})
after(async () => {
  await clients?.close()
  await chain?.stop()
})

function read(address: Address, abi: Abi, functionName: string, args: unknown[] = []): Promise<unknown> {
  return clients.client.readContract({ address, abi, functionName, args })
}

async function write(
  address: Address,
  call: { abi: Abi; functionName: string; args: unknown[]; value?: bigint; who?: number },
) {
  const { who, ...rest } = call
  const hash = await clients.wallet(who ?? 0).writeContract({ address, ...rest } as never)
  return await clients.receipt(hash)
}

describe('an ERC-20 of OpenZeppelin with viem', () => {
  it('is deployed where CREATE says, with the code the compiler gave', async () => {
    const nonce = BigInt(await clients.client.getTransactionCount({ address: alice }))
    gold = await clients.deploy(token, ['Gold', 'AU'])
    silver = await clients.deploy(token, ['Silver', 'AG'])
    assert.equal(gold.toLowerCase(), getContractAddress({ from: alice, nonce }).toLowerCase())
    assert.equal(await read(gold, token.abi, 'symbol'), 'AU')
    assert.equal(await read(silver, token.abi, 'name'), 'Silver')
    const code = await clients.client.getCode({ address: gold })
    assert.ok(code && code.length > 2_000)
    assert.equal(await clients.client.getCode({ address: bob }), undefined)
  })

  it('mints, and the receipt tells the Transfer event', async () => {
    const receipt = await write(gold, {
      abi: token.abi,
      functionName: 'mint',
      args: [alice, parseEther('1000')],
    })
    await write(silver, { abi: token.abi, functionName: 'mint', args: [alice, parseEther('1000')] })
    assert.equal(receipt.status, 'success')
    assert.equal(receipt.type, 'eip1559')
    assert.equal(receipt.from.toLowerCase(), alice.toLowerCase())
    assert.equal(receipt.to?.toLowerCase(), gold.toLowerCase())
    assert.equal(receipt.contractAddress ?? null, null)
    const [event] = parseEventLogs({ abi: token.abi, logs: receipt.logs, eventName: 'Transfer' })
    assert.deepEqual(event?.args, {
      from: '0x0000000000000000000000000000000000000000',
      to: alice,
      value: parseEther('1000'),
    })
    assert.equal(await read(gold, token.abi, 'totalSupply'), parseEther('1000'))
  })

  it('transfers, and a WebSocket subscription sees the log that the receipt has', async () => {
    const seen: { transactionHash: Hex | null; logIndex: number | null; address: string }[] = []
    const unwatch = clients.socketClient.watchContractEvent({
      address: gold,
      abi: token.abi,
      eventName: 'Transfer',
      onLogs: (logs) => seen.push(...logs),
    })
    // The subscription request is on its way before anything that follows on the same socket is answered.
    await clients.socketClient.getBlockNumber()
    const receipt = await write(gold, { abi: token.abi, functionName: 'transfer', args: [bob, 5n] })
    await write(silver, { abi: token.abi, functionName: 'transfer', args: [bob, 7n] })
    await eventually('the subscribed log', async () => (seen.length > 0 ? true : undefined))
    unwatch()
    assert.deepEqual(
      seen.map((log) => [log.transactionHash, log.logIndex, log.address.toLowerCase()]),
      [[receipt.transactionHash, receipt.logs[0]?.logIndex, gold.toLowerCase()]],
    )
    assert.equal(await read(gold, token.abi, 'balanceOf', [bob]), 5n)
  })

  it('finds the same logs by filter: address, topic and block range', async () => {
    const head = await clients.client.getBlockNumber()
    const all = await clients.client.getContractEvents({
      abi: token.abi,
      address: gold,
      fromBlock: 0n,
      toBlock: head,
    })
    assert.deepEqual(
      all.map((log) => (log as { eventName?: string }).eventName),
      ['Transfer', 'Transfer'],
    )
    const toBob = await clients.client.getContractEvents({
      abi: token.abi,
      eventName: 'Transfer',
      args: { to: bob },
      fromBlock: 0n,
      toBlock: head,
    })
    assert.deepEqual(
      toBob.map((log) => log.address.toLowerCase()).sort(),
      [gold, silver].map((a) => a.toLowerCase()).sort(),
    )
    assert.deepEqual(await clients.client.getLogs({ address: bob, fromBlock: 0n, toBlock: head }), [])
  })
})

describe('Uniswap v2 with viem', () => {
  let factory: Address
  let router: Address
  let weth: Address
  let pair: Address

  it('deploys factory and router whose pair hash fits the published pair', async () => {
    assert.equal(keccak256(uniswap.pair.bytecode), PAIR_CODE_HASH)
    factory = await clients.deploy(uniswap.factory, [alice])
    weth = await clients.deploy(uniswap.weth, [])
    router = await clients.deploy(uniswap.router, [factory, weth])
    assert.equal(
      ((await read(router, uniswap.router.abi, 'factory')) as string).toLowerCase(),
      factory.toLowerCase(),
    )
  })

  it('adds liquidity, which makes the pair by CREATE2', async () => {
    const max = { abi: token.abi, functionName: 'approve', args: [router, maxUint256] }
    await write(gold, max)
    await write(silver, max)
    const amounts = [parseEther('100'), parseEther('400')]
    const receipt = await write(router, {
      abi: uniswap.router.abi,
      functionName: 'addLiquidity',
      args: [gold, silver, ...amounts, 0n, 0n, alice, deadline],
    })
    assert.equal(receipt.status, 'success')
    pair = (await read(factory, uniswap.factory.abi, 'getPair', [gold, silver])) as Address
    const [token0, token1] = [gold, silver].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)) as [
      Address,
      Address,
    ]
    const salt = keccak256(`0x${(token0 + token1.slice(2)).slice(2)}` as Hex)
    const expected = getContractAddress({
      opcode: 'CREATE2',
      from: factory,
      salt,
      bytecodeHash: PAIR_CODE_HASH,
    })
    assert.equal(pair.toLowerCase(), expected.toLowerCase())
    // sqrt(100 · 400) = 200, of which 1,000 wei stay locked.
    assert.equal(await read(pair, uniswap.pair.abi, 'balanceOf', [alice]), parseEther('200') - 1000n)
    const minted = parseEventLogs({ abi: uniswap.pair.abi, logs: receipt.logs, eventName: 'Mint' })
    assert.equal(minted.length, 1)
  })

  it('swaps at the price of the constant product with 0.3 % fee', async () => {
    const amountIn = parseEther('10')
    const before = (await read(silver, token.abi, 'balanceOf', [alice])) as bigint
    const receipt = await write(router, {
      abi: uniswap.router.abi,
      functionName: 'swapExactTokensForTokens',
      args: [amountIn, 0n, [gold, silver], alice, deadline],
    })
    const withFee = amountIn * 997n
    const expected = (withFee * parseEther('400')) / (parseEther('100') * 1000n + withFee)
    assert.equal((await read(silver, token.abi, 'balanceOf', [alice])) as bigint, before + expected)
    const events = parseEventLogs({ abi: [...uniswap.pair.abi, ...token.abi] as Abi, logs: receipt.logs })
    assert.deepEqual(
      events.map((event) => (event as unknown as { eventName: string }).eventName),
      ['Transfer', 'Transfer', 'Sync', 'Swap'],
    )
    assert.deepEqual(
      receipt.logs.map((log) => log.logIndex - receipt.logs[0]!.logIndex),
      [0, 1, 2, 3],
    )
  })

  it('pays with ether through WETH and gives the change back', async () => {
    const pool = { who: 0, abi: uniswap.router.abi }
    await write(router, {
      ...pool,
      functionName: 'addLiquidityETH',
      args: [gold, parseEther('50'), 0n, 0n, alice, deadline],
      value: parseEther('5'),
    })
    const before = await clients.client.getBalance({ address: bob })
    const receipt = await write(router, {
      who: 1,
      abi: uniswap.router.abi,
      functionName: 'swapETHForExactTokens',
      args: [parseEther('1'), [weth, gold], bob, deadline],
      value: parseEther('3'),
    })
    const spent =
      before -
      (await clients.client.getBalance({ address: bob })) -
      receipt.gasUsed * receipt.effectiveGasPrice
    const expected = (parseEther('5') * parseEther('1') * 1000n) / (parseEther('49') * 997n) + 1n
    assert.equal(spent, expected)
    assert.equal(await read(gold, token.abi, 'balanceOf', [bob]), parseEther('1') + 5n)
  })

  it('refuses a swap below the minimum with the pair’s words', async () => {
    const swap = clients.client.simulateContract({
      account: alice,
      address: router,
      abi: uniswap.router.abi,
      functionName: 'swapExactTokensForTokens',
      args: [1000n, parseEther('1'), [gold, silver], alice, deadline],
    })
    await assert.rejects(swap, /UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT/)
  })
})

describe('the same with ethers', () => {
  let copper: Contract &
    Record<string, (...list: unknown[]) => Promise<{ wait(): Promise<TransactionReceipt> }>>

  it('deploys, mints and transfers, and waits for receipts', async () => {
    const signer = clients.signer(2)
    const factory = new ContractFactory(token.abi as never, token.bytecode, signer)
    const contract = await factory.deploy('Copper', 'CU')
    await contract.waitForDeployment()
    copper = contract as never
    await (await copper.mint!(signer.address, 1_000n)).wait()
    const receipt = await (await copper.transfer!(bob, 250n)).wait()
    assert.equal(receipt.status, 1)
    const [event] = receipt.logs.map((log: Log) => copper.interface.parseLog(log))
    assert.deepEqual([...(event?.args ?? [])], [signer.address, bob, 250n])
    assert.equal(await (copper.getFunction('balanceOf')(bob) as Promise<bigint>), 250n)
  })

  it('hears events over a WebSocket and finds them by filter', async () => {
    const listening = new Contract(await copper.getAddress(), token.abi as never, clients.socketProvider)
    const heard: bigint[] = []
    await listening.on('Transfer', (_from: string, _to: string, value: bigint) => heard.push(value))
    await clients.socketProvider.getBlockNumber()
    await (await copper.transfer!(bob, 33n)).wait()
    await eventually('the event', async () => (heard.length > 0 ? true : undefined))
    assert.deepEqual(heard, [33n])
    await listening.removeAllListeners()
    const found = await copper.queryFilter(copper.filters.Transfer!(null, bob), 0, 'latest')
    assert.deepEqual(
      found.map((log) => copper.interface.parseLog(log)?.args[2] as bigint),
      [250n, 33n],
    )
  })

  it('sees balances and nonces move', async () => {
    const signer = clients.signer(3)
    const [balance, nonce] = [await clients.provider.getBalance(signer.address), await signer.getNonce()]
    const response = await signer.sendTransaction({ to: alice, value: parseUnits('1', 9) })
    const receipt = await response.wait()
    assert.ok(receipt)
    assert.equal(receipt.gasUsed, 21_000n)
    assert.equal(await signer.getNonce(), nonce + 1)
    const after = await clients.provider.getBalance(signer.address)
    assert.equal(balance - after, parseUnits('1', 9) + receipt.gasUsed * receipt.gasPrice)
    const found = await clients.provider.getTransaction(response.hash)
    assert.deepEqual([found?.from, found?.to, found?.value], [signer.address, alice, parseUnits('1', 9)])
  })
})
