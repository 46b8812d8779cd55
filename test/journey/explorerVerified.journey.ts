/** The explorer checks what its node shows, and finds who changes it on the way. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { decodeEntry, encodeEntry, signEntry } from '../../src/feed/index.ts'
import { testSigner } from '../../src/feed/testing/index.ts'
import { hexToBytes } from '../../src/lib/index.ts'
import { buildPage, type Look, noBrowser, openBrowser, Visitor } from '../explorer/Visitor.ts'
import {
  accounts,
  BulkClient,
  type Chain,
  delay,
  eventually,
  HttpRpc,
  leveretOnly,
  signTransaction,
  startChain,
  unfundedAccount,
} from '../lib/index.ts'
import { TamperingProxy } from './TamperingProxy.ts'

const DESK: Look = { width: 1400, scheme: 'light' }
const PHONE: Look = { width: 400, scheme: 'dark' }

/** 1,000 transfers a second, for five. */
const TRANSFERS = 5_000
const TRANSFERS_A_MS = 1
/** On a slow machine the page may need more than one to get going. */
const MOST_SERIES = 12
/** How long what the page shows may take. */
const LIMIT_MS = 60_000
/** A mini-block's interval. */
const TICK_MS = 10

const skipped = leveretOnly('only Leveret serves the page').skip || noBrowser

let chain: Chain
let browser: Browser
let rpc: HttpRpc
let proxy: TamperingProxy

describe('verified by this browser', { skip: skipped }, () => {
  before(async () => {
    buildPage()
    chain = await startChain({ miniBlockMs: TICK_MS, blockMs: 1000, extraArguments: ['--feed-port', '0'] })
    rpc = new HttpRpc(chain.url)
    proxy = await TamperingProxy.start(chain.url)
    browser = await openBrowser()
  })
  after(async () => {
    rpc?.close()
    await browser?.close()
    await proxy?.close()
    await chain?.stop()
  })

  it('keeps up with mini-blocks of 10 ms at 1,000 transfers a second', keepUp)
  it('turns red when a byte is altered on the way', () =>
    turnRed((entry) => entry.with(Math.floor(entry.length / 2), entry[entry.length >> 1]! ^ 1)))
  it('turns red when entries are signed by somebody else', () => turnRed(signAgain))
  it('says on whose word the key is trusted, and takes only the one that is pinned', pin)
  it('turns red when the node shows another block than is signed', showOtherwise)
  it('says that it is behind when the node keeps the stream back', fallBehind)
  it('proves accounts and slots, and says where the node shows something else', prove)
})

async function keepUp(): Promise<void> {
  const visitor = await Visitor.arrive(browser, chain.url, DESK)
  try {
    await send(transfers(1))
    await visitor.sees('Blocks verified by this browser')
    await visitor.follow('Blocks verified by this browser')
    const sent = 1 + (await loadUntilHalf(visitor))
    const end = await eventually(
      'all are checked',
      async () => {
        const now = await checked(visitor)
        return now.transactions >= sent ? now : undefined
      },
      LIMIT_MS,
    )
    // Since the chain's start, each once.
    assert.deepEqual([end.first, end.transactions], [1, sent])
    await visitor.inspect('verified')
    assert.deepEqual([visitor.errors, visitor.strays], [[], []])
  } finally {
    await visitor.leave()
  }
}

async function turnRed(tamper: TamperingProxy['tamper']): Promise<void> {
  proxy.tamper = (entry) => entry
  const visitor = await Visitor.arrive(browser, proxy.url, PHONE)
  try {
    await visitor.sees('Blocks verified by this browser')
    proxy.tamper = tamper
    await send(transfers(1))
    await visitor.sees('Verification failed: WRONG_SIGNER')
    await visitor.tabTo('Verification failed: WRONG_SIGNER')
    await visitor.page.keyboard.press('Enter')
    await visitor.sees(/signed by 0x[0-9a-f]{40}, not by the sequencer/)
    await visitor.inspect('verification-failed')
    proxy.tamper = (entry) => entry
    await visitor.follow('Verify again')
    await visitor.sees('Blocks verified by this browser')
  } finally {
    await visitor.leave()
  }
}

async function pin(): Promise<void> {
  const visitor = await Visitor.arrive(browser, chain.url, PHONE)
  try {
    await visitor.sees('Blocks verified by this browser')
    await visitor.follow('Blocks verified by this browser')
    await visitor.sees(/^Taken on this node’s word/)
    await visitor.inspect('verified-details')
    await visitor.fill('Trust only', unfundedAccount(81).address.slice(1))
    await visitor.page.keyboard.press('Enter')
    await visitor.sees('expected an address: 0x and 40 hex digits')
    await visitor.fill('Trust only', unfundedAccount(81).address)
    await visitor.follow('Pin')
    await visitor.sees('Verification failed: WRONG_SIGNER')
    await visitor.inspect('wrong-key')
    await visitor.follow('Unpin')
    await visitor.sees('Blocks verified by this browser')
    await visitor.follow('Pin')
    await visitor.sees(/^Pinned: in this browser/)
    await visitor.page.reload()
    await visitor.sees(/^signed by 0x[0-9a-f]{4}…[0-9a-f]{4}, pinned$/)
    await visitor.sees('Blocks verified by this browser')
  } finally {
    await visitor.leave()
  }
}

async function showOtherwise(): Promise<void> {
  const visitor = await Visitor.arrive(browser, chain.url, DESK)
  try {
    await visitor.page.routeWebSocket(/\/rpc$/, (page) => {
      const node = page.connectToServer()
      node.onMessage((message) => page.send(withOtherHashes(String(message))))
    })
    await visitor.page.reload()
    await visitor.sees('Verification failed: SHOWN_OTHERWISE')
    await visitor.follow('Verification failed: SHOWN_OTHERWISE')
    await visitor.sees(/^The node shows block \d+ with the hash 0x13{63}, but signed is 0x[0-9a-f]{64}\.$/)
  } finally {
    await visitor.leave()
  }
}

async function fallBehind(): Promise<void> {
  proxy.tamper = (entry) => entry
  const visitor = await Visitor.arrive(browser, proxy.url, PHONE)
  try {
    await visitor.sees('Blocks verified by this browser')
    proxy.tamper = () => new Promise(() => {})
    await visitor.sees('Verification is behind')
    await visitor.follow('Verification is behind')
    await visitor.sees(/^What is shown is newer than what has been checked/)
    await visitor.inspect('verification-behind')
  } finally {
    proxy.tamper = (entry) => entry
    await visitor.leave()
  }
}

async function prove(): Promise<void> {
  const address = accounts[0]!.address.toLowerCase()
  const contract = unfundedAccount(82).address.toLowerCase()
  await rpc.call('anvil_setStorageAt', [contract, '0x0', `0x${'00'.repeat(31)}2a`])
  const visitor = await Visitor.arrive(browser, chain.url, DESK)
  try {
    await visitor.sees('Blocks verified by this browser')
    await visitor.page.goto(`${chain.url}/#/account/${address}`)
    await visitor.sees(/^proven balance, nonce and code in the state after block \d/)
    await visitor.inspect('account-proven')
    await visitor.page.goto(`${chain.url}/#/account/${contract}/storage`)
    await visitor.sees(/^proven this slot in the state after block/)
    await visitor.page.routeWebSocket(/\/rpc$/, (page) => {
      const asked = new Set<number>()
      const node = page.connectToServer()
      page.onMessage((message) => {
        const { id, method } = JSON.parse(String(message))
        if (method === 'eth_getBalance') asked.add(id)
        node.send(message)
      })
      node.onMessage((message) => {
        const answer = JSON.parse(String(message))
        page.send(asked.has(answer.id) ? JSON.stringify({ ...answer, result: '0x539' }) : message)
      })
    })
    await visitor.page.reload()
    await visitor.page.goto(`${chain.url}/#/account/${address}`)
    await visitor.sees('1,337 wei')
    await visitor.sees(/^After block .* ETH, nonce .*What is shown is newer, or not true\.$/)
    await visitor.inspect('account-not-proven')
  } finally {
    await visitor.leave()
  }
}

/** Of blocks and headers, in an answer or a notification. */
function withOtherHashes(message: string): string {
  const { result, params, ...rest } = JSON.parse(message)
  for (const header of [result, params?.result])
    if (header?.stateRoot !== undefined && header.hash !== null) header.hash = `0x1${'3'.repeat(63)}`
  return JSON.stringify({ ...rest, result, params })
}

async function signAgain(bytes: Uint8Array): Promise<Uint8Array> {
  const genesis = await rpc.call('eth_getBlockByNumber', ['0x0', false])
  const genesisHash = hexToBytes((genesis as { hash: string }).hash)
  const { signature: _, ...entry } = decodeEntry(bytes)
  return encodeEntry(await signEntry(entry, { genesisHash, signer: testSigner(0x47) }))
}

let nonce = 0n

function transfers(count: number): Uint8Array[] {
  const key = hexToBytes(accounts[0]!.privateKey)
  const to = hexToBytes(unfundedAccount(80).address)
  return Array.from({ length: count }, () =>
    signTransaction(
      {
        type: 2,
        chainId: 31337n,
        nonce: nonce++,
        gasLimit: 21_000n,
        maxFeePerGas: 10n ** 10n,
        to,
        value: 1n,
      },
      key,
    ),
  )
}

/** Resolves when all are executed. */
async function send(raws: readonly Uint8Array[]): Promise<void> {
  let answers = 0
  const bulk = await BulkClient.open(chain.url, ({ status, message }) => {
    assert.ok(status < 2, message)
    answers++
  })
  const startMs = performance.now()
  for (let sent = 0; sent < raws.length; await delay(TICK_MS)) {
    const due = Math.ceil((performance.now() - startMs) * TRANSFERS_A_MS) + 1
    bulk.write(BulkClient.encode(raws.slice(sent, due)))
    sent = due
  }
  await eventually('all are executed', async () => (answers === raws.length ? true : undefined), LIMIT_MS)
  bulk.end()
  bulk.close()
}

/** Sends transfers until the page has checked half of a series while they come; gives their count. */
async function loadUntilHalf(visitor: Visitor): Promise<number> {
  for (let series = 1; series <= MOST_SERIES; series++) {
    await send(transfers(TRANSFERS))
    if ((await checked(visitor)).transactions > TRANSFERS / 2) return series * TRANSFERS
  }
  return assert.fail('the page does not go on under load')
}

type Checked = { first: number; transactions: number }

async function checked({ page }: Visitor): Promise<Checked> {
  const text = String(await page.locator('.verification p').first().textContent()).replaceAll(',', '')
  const [, first, transactions] = /Mini-blocks (\d+) to \d+ with (\d+) transactions/.exec(text) ?? []
  return { first: Number(first), transactions: Number(transactions) }
}
