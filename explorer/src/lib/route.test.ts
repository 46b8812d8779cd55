import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ACCOUNT_TABS, links, parseRoute, TRANSACTION_TABS } from './route.ts'

const HASH = `0x${'ab'.repeat(32)}`
const ADDRESS = `0x${'cd'.repeat(20)}`

describe('parseRoute', () => {
  it('leads every link to its view', () => {
    assert.deepEqual(parseRoute(links.overview), { view: 'overview' })
    assert.deepEqual(parseRoute(''), { view: 'overview' })
    assert.deepEqual(parseRoute(links.blocks()), { view: 'blocks', before: undefined })
    assert.deepEqual(parseRoute(links.blocks(120)), { view: 'blocks', before: 120 })
    assert.deepEqual(parseRoute(links.transactions(7)), { view: 'transactions', before: 7 })
    assert.deepEqual(parseRoute(links.block(5n)), { view: 'block', block: '5' })
    assert.deepEqual(parseRoute(links.block(HASH)), { view: 'block', block: HASH })
    assert.deepEqual(parseRoute(links.miniBlock(9)), { view: 'mini-block', number: 9 })
    for (const tab of TRANSACTION_TABS)
      assert.deepEqual(parseRoute(links.transaction(HASH, tab)), { view: 'transaction', hash: HASH, tab })
    for (const tab of ACCOUNT_TABS)
      assert.deepEqual(parseRoute(links.account(ADDRESS, tab)), { view: 'account', address: ADDRESS, tab })
    for (const view of ['accounts', 'deploy', 'faucet', 'network'] as const)
      assert.deepEqual(parseRoute(links[view]), { view })
  })

  it('takes addresses in any case', () => {
    const route = parseRoute(`#/account/${ADDRESS.toUpperCase().replace('X', 'x')}`)
    assert.deepEqual(route, { view: 'account', address: ADDRESS, tab: 'transactions' })
  })

  it('knows nothing else', () => {
    for (const path of [
      ...['hares', 'block', 'block/x', 'block/1/2', `block/${ADDRESS}`, 'blocks/after/1', 'blocks/before/x'],
      ...['transaction', 'transaction/0x12', `transaction/${HASH}/none`, `account/${HASH}`, 'faucet/1'],
      ...[`account/${ADDRESS}/code/x`, 'block/9999999999999999', 'mini-block/0x1', 'mini-block/1/2'],
    ]) {
      assert.deepEqual(parseRoute(`#/${path}`), { view: 'unknown', path })
    }
  })
})
