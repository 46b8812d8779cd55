/** The explorer while the chain goes on, goes away and comes back. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { type Hex, parseGwei } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { buildPage, noBrowser, openBrowser, Visitor } from '../explorer/Visitor.ts'
import {
  accounts,
  type Chain,
  eventually,
  HttpRpc,
  leveretOnly,
  startChain,
  unfundedAccount,
} from '../lib/index.ts'

const skipped = leveretOnly('only Leveret serves the page').skip || noBrowser
const DESK = { width: 1400, scheme: 'light' } as const
const TO = unfundedAccount(78).address

/** Half of what counts as good of Core Web Vitals' cumulative layout shift. */
const MOST_SHIFT = 0.05

let chain: Chain
let browser: Browser
let rpc: HttpRpc
let dataFolder: string

describe('the explorer, live', { skip: skipped }, () => {
  before(async () => {
    dataFolder = mkdtempSync(join(tmpdir(), 'leveret-explorer-'))
    buildPage()
    chain = await startChain({ dataFolder })
    rpc = new HttpRpc(chain.url)
    browser = await openBrowser()
  })
  after(async () => {
    rpc?.close()
    await browser?.close()
    await chain?.stop()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  it('shows what happens at once, and no more than it has room for, and nothing jumps', () =>
    visit(showLive, `${WATCH_SHIFTS}${WATCH_ANNOUNCEMENTS}`))
  it('says what is read while it is read, under a heading', () => visit(waitForAnswers))
  it('asks for nothing while nobody sees it, and catches up', () => visit(hide))
  it('signs with a wallet of the browser, and tells it of the chain', () => visit(useWallet, WALLET))
  it('shows that the chain is taken back', () => visit(takeBack))
  it('says that the node is gone, and goes on when it is back', () => visit(goAndComeBack))
})

/** @param script - runs in the page before everything else. */
async function visit(look: (visitor: Visitor) => Promise<void>, script = ''): Promise<void> {
  const visitor = await Visitor.arrive(browser, chain.url, DESK, script)
  try {
    await look(visitor)
  } finally {
    await visitor.leave()
  }
}

async function showLive(visitor: Visitor): Promise<void> {
  const { page } = visitor
  await page.locator('.strip-card table').waitFor()
  // The last that is said when a page of a node without a feed opens.
  await visitor.sees('Not verified by this browser')
  const announced = await page.evaluate('window.announced')
  for (let round = 0; round < 3; round++) {
    const hash = await pay(100)
    await page.locator(`a[title="${hash}"]`).waitFor()
    assert.equal(await page.locator('.strip i').count(), 64)
    for (const name of ['Newest blocks', 'Newest transactions', 'Newest mini-blocks'])
      assert.ok((await page.locator('section, table', { hasText: name }).locator('tbody tr').count()) <= 24)
  }
  await page.locator('.tile', { hasText: 'TPS' }).locator('.number', { hasText: /[1-9]/ }).waitFor()
  assert.match(String(await page.locator('.bars').getAttribute('aria-label')), /^Latency of \d+ mini-blocks/)
  assert.equal(await page.evaluate('window.announced'), announced, 'nobody is told of each mini-block')
  const shift = Number(await page.evaluate('window.layoutShift'))
  assert.ok(shift < MOST_SHIFT, `layout shift ${shift}`)
  await visitor.inspect('overview-busy')
  await visitor.follow('Pause')
  await visitor.sees('Paused')
  assert.deepEqual([visitor.errors, visitor.strays], [[], []])
}

/** Of a node that is reached and answers nothing. */
async function waitForAnswers(visitor: Visitor): Promise<void> {
  const { page } = visitor
  await page.routeWebSocket(/\/rpc$/, () => {})
  for (const [path, heading] of [
    ['', 'Overview'],
    ['blocks', 'Blocks'],
    ['block/1', 'Block 1'],
    ['mini-block/1', 'Mini-block 1'],
    ['transactions', 'Transactions'],
    [`transaction/0x${'12'.repeat(32)}`, 'Transaction'],
    ['accounts', 'Accounts'],
    [`account/${TO}`, 'Account'],
    ['faucet', 'Faucet'],
    ['network', 'Network'],
  ] as const) {
    await page.goto(`${chain.url}/#/${path}`)
    await page.reload()
    await page.locator('.loading').first().waitFor()
    assert.ok((await visitor.heading()).startsWith(heading), heading)
    await visitor.inspect(`reading-${heading}`)
  }
}

async function hide(visitor: Visitor): Promise<void> {
  const { page } = visitor
  const sent: string[] = []
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => void sent.push(String(JSON.parse(String(payload)).method)))
  })
  await page.reload()
  await visitor.sees('Newest transactions')
  await page.locator('.steady tbody tr').first().waitFor()
  await page.evaluate(`(${SET_VISIBILITY})('hidden')`)
  await eventually('both subscriptions are left', async () =>
    sent.filter((method) => method === 'eth_unsubscribe').length === 2 ? true : undefined,
  )
  const asked = sent.length
  const hash = await pay(3)
  await page.waitForTimeout(1500)
  assert.equal(await page.locator(`a[title="${hash}"]`).count(), 0, 'nothing is drawn')
  assert.equal(sent.length, asked, 'nothing is asked')
  await page.evaluate(`(${SET_VISIBILITY})('visible')`)
  await page.locator(`a[title="${hash}"]`).waitFor()
}

async function useWallet(visitor: Visitor): Promise<void> {
  const { page } = visitor
  const asked: string[] = []
  await page.exposeFunction('askWallet', async (method: string, params: string) => {
    asked.push(method)
    return answerAsWallet(method, JSON.parse(params), rpc)
  })
  await visitor.follow('Faucet', 'Explorer')
  await visitor.fill('To', TO)
  await visitor.tabTo(await signerName(visitor))
  await page.keyboard.type('Hare')
  await visitor.follow('Send')
  await visitor.sees('Done')
  assert.deepEqual(asked, [
    'eth_requestAccounts',
    'wallet_switchEthereumChain',
    'wallet_addEthereumChain',
    'eth_sendTransaction',
  ])
}

async function takeBack({ page }: Visitor): Promise<void> {
  const kept = await pay(1)
  await page.locator(`a[title="${kept}"]`).waitFor()
  const snapshot = await rpc.call('evm_snapshot')
  const gone = await pay(2)
  await page.locator(`a[title="${gone}"]`).waitFor()
  await rpc.call('evm_revert', [snapshot])
  await page.locator(`a[title="${gone}"]`).waitFor({ state: 'detached' })
  assert.equal(await page.locator(`a[title="${kept}"]`).count(), 1)
}

async function goAndComeBack(visitor: Visitor): Promise<void> {
  await chain.stop()
  await visitor.sees('The node is not reachable.')
  await visitor.inspect('offline')
  chain = await startChain({ dataFolder, port: chain.port })
  await visitor.sees('Live')
  await visitor.page.getByText('The node is not reachable.').waitFor({ state: 'detached' })
  const hash = await pay(1)
  await visitor.page.locator(`a[title="${hash}"]`).waitFor()
  await chain.stop()
  chain = await startChain({ dataFolder, port: chain.port, fresh: true })
  await visitor.sees('Live')
  await visitor.page.locator(`a[title="${hash}"]`).waitFor({ state: 'detached' })
}

/** Sends transfers, and gives the last one's hash. */
async function pay(count: number): Promise<string> {
  const sender = accounts[2]!
  const nonce = Number(await rpc.call('eth_getTransactionCount', [sender.address, 'pending']))
  let hash = ''
  for (let i = 0; i < count; i++)
    hash = await rpc.call('eth_sendRawTransaction', [await transfer(sender.privateKey, nonce + i)])
  return hash
}

/** Sums the layout's shifts that nobody has asked for. That rows and bars make place for new ones is what they are for. */
const WATCH_SHIFTS = `
  window.layoutShift = 0
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, sources, value } of list.getEntries()) {
      const elements = sources.flatMap(({ node }) => (node?.nodeType === 3 ? node.parentElement : node) ?? [])
      if (!hadRecentInput && elements.some((element) => element.closest('tbody, .strip, .bars') === null))
        window.layoutShift += value
    }
  }).observe({ type: 'layout-shift', buffered: true })
`

/** Counts what those who listen to the page are told. */
const WATCH_ANNOUNCEMENTS = `
  window.announced = 0
  new MutationObserver((records) => {
    for (const { target } of records) {
      const element = target.nodeType === 3 ? target.parentElement : target
      if (element?.closest?.('[role="status"], [role="alert"], [aria-live]') != null) window.announced++
    }
  }).observe(document, { subtree: true, childList: true, characterData: true })
`

const SET_VISIBILITY = `(state) => {
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
}`

/** A wallet that announces itself (EIP-6963) and passes on what it is asked. */
const WALLET = `
  const request = async ({ method, params = [] }) => {
    const answer = await window.askWallet(method, JSON.stringify(params))
    if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error)
    return answer.result
  }
  const detail = Object.freeze({ info: { uuid: 'hare', name: 'Hare wallet' }, provider: { request } })
  window.addEventListener('eip6963:requestProvider', () =>
    window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail })))
`

type WalletAnswer = { result?: unknown; error?: { code: number; message: string } }

async function answerAsWallet(
  method: string,
  params: { to: Hex; value: Hex }[],
  rpc: HttpRpc,
): Promise<WalletAnswer> {
  const owner = accounts[3]!
  if (method === 'eth_requestAccounts') return { result: [owner.address] }
  if (method === 'wallet_switchEthereumChain') return { error: { code: 4902, message: 'unknown chain' } }
  if (method === 'wallet_addEthereumChain') return { result: null }
  const nonce = Number(await rpc.call('eth_getTransactionCount', [owner.address, 'pending']))
  return {
    result: await rpc.call('eth_sendRawTransaction', [await transfer(owner.privateKey, nonce, params[0]!)]),
  }
}

function transfer(
  key: Hex,
  nonce: number,
  { to, value }: { to: Hex; value: Hex } = { to: TO, value: '0x1' },
): Promise<Hex> {
  return privateKeyToAccount(key).signTransaction({
    ...{ type: 'eip1559', chainId: 31337, nonce, gas: 21_000n, to, value: BigInt(value) },
    ...{ maxFeePerGas: parseGwei('10'), maxPriorityFeePerGas: 1n },
  })
}

/** The select's name is its label with the text of its options. */
async function signerName(visitor: Visitor): Promise<string> {
  return String(await visitor.page.evaluate(`document.querySelector('select').labels[0].textContent`))
}
