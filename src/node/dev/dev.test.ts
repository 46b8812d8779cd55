import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { localGenesisJson } from '../genesisJson.ts'
import { callNode, sealedBlock, signedTransaction, testNodes, until } from '../testing/index.ts'

const { start } = testNodes()

const STRANGER = '0x00000000000000000000000000000000000000aa'
const SENDER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const SLOT = `0x${'00'.repeat(31)}05`
const WORD = `0x${'00'.repeat(31)}2a`

describe('writing state', () => {
  it('shows at once, has its place in the state root, and is there after a restart', async () => {
    const first = await start()
    assert.equal(await callNode(first, 'anvil_setBalance', [STRANGER, '0x64']), null)
    assert.equal(await callNode(first, 'hardhat_setNonce', [STRANGER, '0x7']), true)
    await callNode(first, 'anvil_setCode', [STRANGER, '0x6001'])
    await callNode(first, 'anvil_setStorageAt', [STRANGER, '0x5', WORD])
    const fields = [
      ['eth_getBalance', [STRANGER], '0x64'],
      ['eth_getTransactionCount', [STRANGER], '0x7'],
      ['eth_getCode', [STRANGER], '0x6001'],
      ['eth_getStorageAt', [STRANGER, '0x5', 'latest'], WORD],
    ] as const
    for (const [method, params, expected] of fields)
      assert.equal(await callNode(first, method, [...params]), expected)
    const number = await callNode(first, 'eth_blockNumber', [])
    await sealedBlock(first, `0x${(BigInt(number) + 2n).toString(16)}`)
    const proof = await callNode(first, 'eth_getProof', [STRANGER, [SLOT], 'latest'])
    assert.deepEqual(
      [proof.balance, proof.nonce, proof.storageProof[0].value],
      ['0x64', '0x7', '0x2a'],
      'the trie has what was written',
    )
    await first.close()
    const second = await start()
    for (const [method, params, expected] of fields)
      assert.equal(await callNode(second, method, [...params]), expected)
  })

  it('lets a transaction run whose turn comes with the nonce that is written', async () => {
    const node = await start()
    const raw = signedTransaction({ nonce: 3n, gasLimit: 21_000n, value: 1n, to: STRANGER })
    const hash = await callNode(node, 'eth_sendRawTransaction', [raw])
    assert.equal(await callNode(node, 'eth_getTransactionReceipt', [hash]), null)
    await callNode(node, 'anvil_setNonce', [SENDER, '0x3'])
    assert.equal((await callNode(node, 'eth_getTransactionReceipt', [hash])).status, '0x1')
  })

  it('is refused on a chain whose genesis was given, unless it is asked for', async () => {
    const genesis = localGenesisJson({ chainId: 7n })
    const first = await start({ genesis })
    const setBalance = [STRANGER, '0x64']
    await assert.rejects(callNode(first, 'anvil_setBalance', setBalance), /only available on a local chain/)
    await first.close()
    const second = await start()
    await assert.rejects(callNode(second, 'anvil_setBalance', setBalance), /only available on a local chain/)
    await second.close()
    assert.equal(await callNode(await start({ dev: true }), 'anvil_setBalance', setBalance), null)
  })
})

describe('mining modes', () => {
  it('makes a block for each transaction that comes alone, sealed for who reads after its answer', async () => {
    const node = await start({ mining: 'auto' })
    for (const nonce of [0n, 1n, 2n]) {
      const raw = signedTransaction({ nonce, gasLimit: 21_000n, value: 1n, to: STRANGER })
      const hash = await callNode(node, 'eth_sendRawTransaction', [raw])
      const receipt = await callNode(node, 'eth_getTransactionReceipt', [hash])
      const latest = await callNode(node, 'eth_getBlockByNumber', ['latest', false])
      assert.deepEqual(latest.transactions, [hash])
      assert.deepEqual(
        [receipt.blockNumber, receipt.blockHash],
        [`0x${(nonce + 1n).toString(16)}`, latest.hash],
      )
    }
  })

  it('lets transactions wait for a block that is asked for, also over a restart', async () => {
    const first = await start({ mining: 'manual' })
    const raw = signedTransaction({ nonce: 0n, gasLimit: 21_000n, value: 5n, to: STRANGER })
    await callNode(first, 'eth_sendRawTransaction', [raw])
    await callNode(first, 'anvil_setBalance', [STRANGER, '0x64'])
    assert.deepEqual(await callNode(first, 'txpool_status', []), { pending: '0x1', queued: '0x0' })
    assert.equal(await callNode(first, 'eth_getBalance', [STRANGER]), '0x64')
    await first.close()
    const second = await start({ mining: 'manual' })
    assert.equal(await callNode(second, 'eth_blockNumber', []), '0x0')
    assert.equal(await callNode(second, 'eth_getBalance', [STRANGER]), '0x64')
    assert.equal(await callNode(second, 'evm_mine', [4_000_000_000]), '0x0')
    const block = await callNode(second, 'eth_getBlockByNumber', ['latest', false])
    assert.deepEqual([block.number, block.timestamp, block.transactions.length], ['0x1', '0xee6b2800', 1])
    assert.equal(await callNode(second, 'eth_getBalance', [STRANGER]), '0x69')
    await second.close()
    // The chain's clock goes on from where it was put.
    const third = await start({ mining: 'auto' })
    const [mined] = await callNode(third, 'evm_mine_detailed', [])
    assert.deepEqual([mined.number, Number(mined.timestamp) >= 4_000_000_000], ['0x2', true])
  })

  it('answers who makes a block when it has its hash, also where blocks come by the clock', async () => {
    const node = await start({ blockMs: 3_600_000 })
    for (const method of ['evm_mine', 'anvil_mine', 'hardhat_mine'])
      for (let i = 0; i < 10; i++) {
        await callNode(node, method, [])
        const { hash } = await callNode(node, 'eth_getBlockByNumber', ['latest', false])
        assert.match(hash, /^0x/, `${method}, time ${i}`)
      }
  })

  it('changes between them', async () => {
    const node = await start({ blockMs: 3_600_000 })
    assert.equal(await callNode(node, 'anvil_getIntervalMining', []), 3600)
    await callNode(node, 'evm_setAutomine', [true])
    const before = Number(await callNode(node, 'eth_blockNumber', []))
    await callNode(node, 'anvil_mine', [3, 10])
    assert.equal(Number(await callNode(node, 'eth_blockNumber', [])), before + 3)
    await callNode(node, 'anvil_setIntervalMining', [0.02])
    await sealedBlock(node, `0x${(before + 6).toString(16)}`)
    await callNode(node, 'evm_setIntervalMining', [0])
    assert.equal(await callNode(node, 'anvil_getAutomine', []), false)
  })
})

describe('times that no header has room for', () => {
  it('are refused, and reached by no sum of others', async () => {
    const node = await start({ mining: 'auto' })
    const tooLate = `0x${'f'.repeat(40)}`
    for (const [method, params] of [
      ['evm_mine', [tooLate]],
      ['evm_mine', [{ timestamp: tooLate }]],
      ['hardhat_mine', ['0x2', tooLate]],
      ['evm_increaseTime', [tooLate]],
    ] as const)
      await assert.rejects(callNode(node, method, [...params]), /a time is below 2\^63 seconds/)
    const latest = `0x7${'f'.repeat(15)}`
    for (let i = 0; i < 3; i++) await callNode(node, 'evm_increaseTime', [latest])
    await callNode(node, 'anvil_mine', ['0x2', latest])
    await callNode(node, 'anvil_setBlockTimestampInterval', [latest])
    await callNode(node, 'evm_mine', [])
    const block = await callNode(node, 'eth_getBlockByNumber', ['latest', false])
    assert.deepEqual([block.number, block.timestamp], ['0x3', latest])
  })
})

describe('accounts of the node', () => {
  const CONTRACT = '0x00000000000000000000000000000000000c0de1'

  it('signs and sends for them, several at a time', async () => {
    const node = await start({ mining: 'auto' })
    const [from, to] = await callNode(node, 'eth_accounts', [])
    assert.equal(from, SENDER)
    const hashes = await Promise.all(
      Array.from({ length: 10 }, () => callNode(node, 'eth_sendTransaction', [{ from, to, value: '0x1' }])),
    )
    const nonces = await Promise.all(
      hashes.map(async (hash) => (await callNode(node, 'eth_getTransactionByHash', [hash])).nonce),
    )
    assert.deepEqual(
      nonces.map(Number).sort((a, b) => a - b),
      [...Array(10).keys()],
    )
    await assert.rejects(
      callNode(node, 'eth_sendTransaction', [{ from: STRANGER, to }]),
      /No Signer available/,
    )
  })

  it('refuses as a bad parameter what its types do not fit', async () => {
    const node = await start()
    const types = { Mail: [{ name: 'to', type: 'nobody' }] }
    const data = { types, primaryType: 'Mail', domain: {}, message: { to: STRANGER } }
    await assert.rejects(
      callNode(node, 'eth_signTypedData_v4', [SENDER, data]),
      /invalid argument 1: unknown type nobody/,
    )
  })

  it('sends for impersonated ones, contracts too, which can be traced and survive a restart', async () => {
    const first = await start({ mining: 'auto' })
    await callNode(first, 'anvil_setCode', [CONTRACT, '0x600160005500'])
    await callNode(first, 'anvil_setBalance', [CONTRACT, '0xde0b6b3a7640000'])
    await callNode(first, 'anvil_impersonateAccount', [CONTRACT])
    const transaction = { from: CONTRACT, to: STRANGER, value: '0x5', gas: '0x1c9c380' }
    const hash = await callNode(first, 'eth_sendTransaction', [transaction])
    const trace = await callNode(first, 'debug_traceTransaction', [hash, { tracer: 'callTracer' }])
    assert.deepEqual([trace.from, trace.to, trace.value], [CONTRACT, STRANGER, '0x5'])
    await callNode(first, 'anvil_stopImpersonatingAccount', [CONTRACT])
    await assert.rejects(callNode(first, 'eth_sendTransaction', [transaction]), /No Signer available/)
    await first.close()
    const second = await start({ mining: 'auto' })
    const sent = await callNode(second, 'eth_getTransactionByHash', [hash])
    assert.deepEqual([sent.from, BigInt(sent.r), sent.s], [CONTRACT, 2n ** 160n + 0xc0de1n, '0x1'])
    assert.equal(await callNode(second, 'eth_getBalance', [STRANGER]), '0x5')
    assert.equal((await callNode(second, 'debug_traceTransaction', [hash, {}])).failed, false)
  })

  it('executes on what was written last, also where nothing has been sent since', async () => {
    const node = await start({ mining: 'auto' })
    // Gives what the slot has.
    await callNode(node, 'anvil_setCode', [CONTRACT, '0x60005460005260206000f3'])
    await callNode(node, 'anvil_setStorageAt', [CONTRACT, '0x0', WORD])
    const call = { to: CONTRACT }
    assert.equal(await callNode(node, 'eth_call', [call]), WORD)
    const { accessList } = await callNode(node, 'eth_createAccessList', [call])
    assert.deepEqual(accessList, [{ address: CONTRACT, storageKeys: [`0x${'00'.repeat(32)}`] }])
    assert.equal((await callNode(node, 'debug_traceCall', [call, 'latest', {}])).returnValue, WORD)
    const [{ calls }] = await callNode(node, 'eth_simulateV1', [{ blockStateCalls: [{ calls: [call] }] }])
    assert.equal(calls[0].returnData, WORD)
  })

  it('forgets what is dropped from the pool, also for the next start', async () => {
    const first = await start({ mining: 'manual' })
    const [from, to] = await callNode(first, 'eth_accounts', [])
    const hashes: string[] = []
    for (let i = 0; i < 3; i++) hashes.push(await callNode(first, 'eth_sendTransaction', [{ from, to }]))
    assert.equal(await callNode(first, 'anvil_dropTransaction', [hashes[2]]), hashes[2])
    assert.equal(await callNode(first, 'hardhat_dropTransaction', [hashes[2]]), false)
    await first.close()
    const second = await start({ mining: 'manual' })
    assert.deepEqual(await callNode(second, 'txpool_status', []), { pending: '0x2', queued: '0x0' })
    await callNode(second, 'anvil_removePoolTransactions', [from])
    assert.deepEqual(await callNode(second, 'txpool_status', []), { pending: '0x0', queued: '0x0' })
  })
})

describe('a local chain', () => {
  it('begins as it is asked for, keeps that, and begins otherwise when it is made anew', async () => {
    const mnemonic = 'legal winner thank year wave sausage worth useful legal winner thank yellow'
    const local = { accounts: 3, mnemonic, balanceWei: 7n, gasLimit: 30_000_000n, baseFeePerGas: 9n }
    const first = await start({ local: { ...local, timestamp: 1_000_000n }, mining: 'auto' })
    const accounts = await callNode(first, 'eth_accounts', [])
    assert.deepEqual(
      accounts,
      first.accounts.map(({ address }) => address.toLowerCase()),
    )
    assert.equal(accounts.length, 3)
    assert.equal(await callNode(first, 'eth_getBalance', [accounts[2]]), '0x7')
    const genesis = await callNode(first, 'eth_getBlockByNumber', ['0x0', false])
    assert.deepEqual(
      [genesis.timestamp, genesis.gasLimit, genesis.baseFeePerGas].map(Number),
      [1_000_000, 30_000_000, 9],
    )
    await first.close()
    const second = await start({ local, mining: 'auto' })
    assert.deepEqual(await callNode(second, 'eth_accounts', []), accounts)
    await second.close()
    await assert.rejects(start({ local: { accounts: 4 } }), /another genesis/)
    const fresh = await start({ fresh: true })
    assert.notEqual(fresh.genesisHash, second.genesisHash)
    const begun = await callNode(fresh, 'eth_getBlockByNumber', ['0x0', false])
    assert.ok(Number(begun.timestamp) > 1_700_000_000)
  })
})

describe('the terminal', () => {
  const CONSOLE = '000000000000000000636f6e736f6c652e6c6f67'
  const CONTRACT = '0x00000000000000000000000000000000000c0de1'
  const word = (value: number): string => value.toString(16).padStart(64, '0')
  const text = (value: string): string =>
    word(value.length) + Buffer.from(value).toString('hex').padEnd(64, '0')
  /** log(string,uint256), and Error(string). */
  const LOG = `b60e72cc${word(64)}${word(5)}${text('value is')}`
  const ERROR = `08c379a0${word(32)}${text('not now')}`
  /** Copies data behind 8 bytes of code and `more` to memory; `more` does something with them. */
  const copying = (data: string, more: string): string => {
    const length = (data.length / 2).toString(16).padStart(4, '0')
    const at = (8 + more.length / 2).toString(16).padStart(2, '0')
    return `0x61${length}60${at}5f39${'5b'}${more.replaceAll('LLLL', length)}${data}`
  }

  it('shows what contracts write, and why transactions and calls fail', async () => {
    const lines: string[] = []
    const node = await start({ mining: 'auto', terminal: (line) => lines.push(line) })
    const shown = async (count: number): Promise<string[]> => {
      await until(`${count} lines`, () => lines.length >= count)
      return lines.splice(0).map((line) => line.replace(/^0x[0-9a-f]{64}/, 'HASH'))
    }
    const transaction = { from: SENDER, to: CONTRACT, gas: '0x186a0' }
    const reverting = copying(ERROR, '61LLLL5ffd')
    await callNode(node, 'anvil_setCode', [CONTRACT, reverting])
    await callNode(node, 'eth_sendTransaction', [transaction])
    assert.deepEqual(await shown(1), ['HASH  reverted: not now'])
    await assert.rejects(callNode(node, 'eth_call', [{ to: CONTRACT }]), /not now/)
    assert.deepEqual(await shown(1), [`eth_call ${CONTRACT}  reverted: not now`])
    await callNode(node, 'anvil_setCode', [CONTRACT, copying(LOG, `5f5f61LLLL5f73${CONSOLE}5afa5000`)])
    await callNode(node, 'evm_mine', [])
    await callNode(node, 'eth_sendTransaction', [transaction])
    assert.deepEqual(await shown(1), ['HASH  console.log  value is 5'])
    await callNode(node, 'eth_call', [{ to: CONTRACT }])
    assert.deepEqual(await shown(1), [`eth_call ${CONTRACT}  console.log  value is 5`])
    // A custom error.
    await callNode(node, 'anvil_setCode', [CONTRACT, copying(`12345678${word(1)}`, '61LLLL5ffd')])
    await callNode(node, 'eth_sendTransaction', [transaction])
    assert.deepEqual(await shown(1), [`HASH  reverted with custom error 0x12345678 (0x${word(1)})`])
    await callNode(node, 'anvil_setLoggingEnabled', [false])
    await callNode(node, 'eth_sendTransaction', [transaction])
    await callNode(node, 'anvil_setLoggingEnabled', [true])
    await callNode(node, 'eth_sendTransaction', [transaction])
    assert.equal((await shown(1)).length, 1)
  })
})
