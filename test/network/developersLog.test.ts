import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Node } from '../../src/node/nodeOptions.ts'
import { callNode, sendSync, signedTransaction, testNodes } from '../../src/node/testing/index.ts'
import { verifyFolder } from './verifyFolder.ts'

const RICH = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
const NOBODY = '0x00000000000000000000000000000000000cafe1'
const WORD = `0x${'11'.repeat(32)}`
/** Counts in slot 0, and logs the count. */
const COUNTER = '0x6013600c60003960136000f36000546001018060005560005260206000a000'

describe('the log of a developer’s chain, executed again', () => {
  const { folder, start } = testNodes()

  it('gives the same records, but for what nobody can execute, which is taken as it is', async () => {
    const node = await start({ mining: 'auto' })
    await develop(node)
    await node.close()
    // The block that was open is opened again, with what was written before its first transaction.
    const again = await start({ mining: 'auto' })
    await develop(again)
    await callNode(again, 'evm_setIntervalMining', [1])
    await send(again, { from: RICH, to: NOBODY, value: '0x1' })
    await callNode(again, 'anvil_setBalance', [NOBODY, '0x9'])
    await again.close()
    const { difference, kinds } = verifyFolder(folder(), { isDev: true })
    assert.equal(difference, undefined)
    assert.ok(kinds.get('rewind')! >= 3, 'the chain went back')
  })

  it('is refused where nobody may develop', async () => {
    const node = await start({ mining: 'auto' })
    await callNode(node, 'anvil_setBalance', [NOBODY, '0x1'])
    await send(node, { from: RICH, to: NOBODY, value: '0x1' })
    await node.close()
    const { difference } = verifyFolder(folder(), { isDev: false })
    assert.match(difference!.field, /^(beacon root: |change without a transaction)/)
  })

  it('is the same over restarts with regular blocks', async () => {
    for (let run = 0n; run < 3n; run++) {
      const node = await start({ blockMs: 50 })
      const raw = signedTransaction({ nonce: run, gasLimit: 21_000n, value: 1n, to: NOBODY })
      await sendSync(node, raw)
      await node.close()
    }
    assert.equal(verifyFolder(folder(), { isDev: false }).difference, undefined)
  })
})

function send(node: Node, transaction: Record<string, string>): Promise<string> {
  return callNode(node, 'eth_sendTransaction', [transaction])
}

async function develop(node: Node): Promise<void> {
  const call = (method: string, ...params: unknown[]) => callNode(node, method, params)
  await send(node, { from: RICH, data: COUNTER })
  const snapshot = await call('evm_snapshot')
  await call('anvil_setStorageAt', NOBODY, '0x1', WORD)
  await call('anvil_setCode', NOBODY, '0x600160005500')
  await call('hardhat_setNextBlockBaseFeePerGas', '0x7')
  await call('hardhat_setCoinbase', NOBODY)
  await call('evm_increaseTime', 100)
  await send(node, { from: RICH, to: NOBODY, gas: '0x30000' })
  const dump = await call('anvil_dumpState')
  await call('anvil_impersonateAccount', NOBODY)
  await call('anvil_setBalance', NOBODY, '0xde0b6b3a7640000')
  await send(node, { from: NOBODY, to: RICH, value: '0x5' })
  await call('evm_mine')
  assert.equal(await call('evm_revert', snapshot), true)
  await call('evm_setAutomine', false)
  const sent = signedTransaction({ nonce: await nonceOf(node), gasLimit: 21_000n, value: 1n, to: NOBODY })
  await call('eth_sendRawTransaction', sent)
  await call('evm_mine')
  await call('evm_setAutomine', true)
  await call('anvil_rollback', 1)
  await call('anvil_loadState', dump)
  await send(node, { from: RICH, to: NOBODY, value: '0x2' })
  await call('anvil_setNonce', NOBODY, '0x50')
}

async function nonceOf(node: Node): Promise<bigint> {
  return BigInt(await callNode(node, 'eth_getTransactionCount', [RICH, 'latest']))
}
