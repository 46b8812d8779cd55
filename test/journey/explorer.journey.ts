/** The explorer in a browser, as a person with a keyboard uses it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { encodeFunctionData, toFunctionSelector } from 'viem'
import { buildPage, type Look, noBrowser, openBrowser, Visitor } from '../explorer/Visitor.ts'
import {
  accounts,
  type Chain,
  Clients,
  compile,
  leveretOnly,
  startChain,
  unfundedAccount,
} from '../lib/index.ts'

const LOOKS: readonly Look[] = [
  { width: 1400, scheme: 'light' },
  { width: 400, scheme: 'dark' },
  { width: 1400, scheme: 'dark' },
  { width: 400, scheme: 'light' },
]

/** More than a phone has room for in one line. */
const NAME = 'TokenWithANameThatGoesOnAndOnForLongerThanAnyPhone'

/** Sent to while the pictures are looked at: what nobody has anything to do with. */
const STRANGER = unfundedAccount(77).address

const reverter = compile('Reverter')

const skipped = leveretOnly('only Leveret serves the page').skip || noBrowser

describe('the explorer', { skip: skipped }, () => {
  let chain: Chain
  let clients: Clients
  let browser: Browser
  before(async () => {
    buildPage()
    chain = await startChain()
    clients = new Clients(chain)
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await clients?.close()
    await chain?.stop()
  })

  for (const look of LOOKS) {
    it(`is used with the keyboard alone at ${look.width} px, ${look.scheme}`, async () => {
      const visitor = await Visitor.arrive(browser, chain.url, look)
      try {
        await skipToContent(visitor)
        const contract = await deploy(visitor)
        const hash = await readAndWrite(visitor)
        await lookAtTransaction(visitor)
        await lookAround(visitor, contract)
        await fail(visitor, contract)
        await readUnknownError(visitor, clients)
        await search(visitor, { contract, hash })
        await useFaucet(visitor)
        await switchColours(visitor, look)
        assert.deepEqual(visitor.errors, [], 'nothing in the console')
        assert.deepEqual(visitor.strays, [], 'no request to another host')
      } finally {
        await visitor.leave()
      }
    })
  }
})

/** What a contract that nobody has named here has refused, with an error of its own. */
async function readUnknownError(visitor: Visitor, clients: Clients): Promise<void> {
  const { abi } = reverter
  const to = await clients.deploy(reverter, [])
  const data = encodeFunctionData({ abi, functionName: 'withCustomError', args: [7n] })
  const hash = await clients.wallet(0).sendTransaction({ to, data, gas: 100_000n })
  await clients.receipt(hash)
  const selector = toFunctionSelector('Refused(uint256,address)')
  await visitor.page.goto(`${new URL(visitor.page.url()).origin}/#/transaction/${hash}`)
  await visitor.sees(`custom error ${selector}`)
  await visitor.inspect('unknown-error')
  await visitor.follow('See where')
  await visitor.sees(`execution reverted: custom error ${selector}`)
}

async function skipToContent(visitor: Visitor): Promise<void> {
  await visitor.inspect('overview')
  await visitor.follow('Skip to content')
  assert.equal(await visitor.page.evaluate('document.activeElement.id'), 'main')
}

/** Returns the contract's address. */
async function deploy(visitor: Visitor): Promise<string> {
  await visitor.page.keyboard.press('Home')
  await visitor.follow('Deploy', 'Explorer')
  await visitor.sees('Deploy a contract')
  await visitor.inspect('deploy-empty')
  await visitor.fill('ABI or artifact', '{"abi": 1}')
  await visitor.sees('There is no member "abi" in it.')
  await visitor.fill('ABI or artifact', JSON.stringify({ contractName: 'Token', ...compile('Token') }))
  await visitor.sees(/Token: 11 functions, 2 events/)
  await visitor.fill('Name here', NAME)
  await visitor.fill('name · string', 'Hare coin')
  await visitor.fill('symbol · string', 'HARE')
  await visitor.inspect('deploy')
  await visitor.follow('Deploy', 'Deploying')
  await visitor.sees('Done')
  await visitor.inspect('deployed')
  await visitor.follow('Read and write it')
  await visitor.sees('Hare coin')
  const [, address] = /account\/(0x[0-9a-f]{40})/.exec(visitor.page.url()) ?? []
  return address!
}

/** Mints, and reads what was minted. Returns the transaction's hash. */
async function readAndWrite(visitor: Visitor): Promise<string> {
  assert.equal(await visitor.heading(), NAME)
  await visitor.fill('account · address', 'nobody', 'Read balanceOf')
  await visitor.page.keyboard.press('Enter')
  await visitor.sees('expected an address: 0x and 40 hex digits')
  await visitor.fill('to · address', accounts[1]!.address, 'Write mint')
  await visitor.fill('amount · uint256', '1_234', 'Write mint')
  await visitor.follow('Send', 'Write mint')
  await visitor.sees('Done')
  await visitor.page.keyboard.press('Shift+Tab')
  await visitor.fill('account · address', accounts[1]!.address, 'Read balanceOf')
  await visitor.page.keyboard.press('Enter')
  await visitor.page.getByRole('form', { name: 'Read balanceOf' }).getByText('1234').waitFor()
  await visitor.inspect('contract')
  await visitor.follow('calls', 'Write mint')
  await visitor.page.waitForURL(/\/calls$/)
  const [, hash] = /transaction\/(0x[0-9a-f]{64})/.exec(visitor.page.url()) ?? []
  return hash!
}

async function lookAtTransaction(visitor: Visitor): Promise<void> {
  await visitor.sees(/^mint\(to: Developer 1, amount: 1234\)/)
  await visitor.sees(/^Transfer\(from: 0x0000…0000, to: Developer 1, value: 1234\)/)
  await visitor.follow('Details of this call')
  await visitor.sees('Input')
  await visitor.inspect('calls')
  await visitor.follow('State', 'Parts of the transaction')
  await visitor.sees(/mapping \d+\[Developer 1\]/)
  await visitor.inspect('state')
  await visitor.follow('Logs1', 'Parts of the transaction')
  await visitor.sees('Transfer')
  await visitor.inspect('logs')
  await visitor.follow('Raw', 'Parts of the transaction')
  await visitor.sees('Signed transaction')
  await visitor.inspect('raw')
  await visitor.follow('Summary', 'Parts of the transaction')
  await visitor.sees('EIP-1559: dynamic fee')
  await visitor.inspect('transaction')
}

async function lookAround(visitor: Visitor, contract: string): Promise<void> {
  for (const [path, text] of [
    ['blocks', 'From the newest on'],
    ['transactions', 'deploy'],
    ['accounts', 'Developer accounts'],
    [`account/${contract}`, 'Newest transactions'],
    [`account/${contract}/storage`, 'Slots 0 to 31'],
    [`account/${contract}/logs`, 'Transfer'],
    [`account/${contract}/code`, 'Code'],
    ['block/0', 'Block 0'],
    ['mini-block/1', 'Parent digest'],
    ['mini-block/999999999', 'This mini-block is not there yet.'],
    ['block/999999999', 'This block is not there yet'],
    ['hares', 'There is no such page'],
  ] as const) {
    await visitor.page.goto(`${new URL(visitor.page.url()).origin}/#/${path}`)
    // The navigation has words of the pages.
    await visitor.sees(text, 'main')
    await visitor.page.locator('.loading').first().waitFor({ state: 'detached' })
    await visitor.inspect(path.replace(/0x\w+/, 'contract').replaceAll('/', '-'))
  }
}

/** Writes what the contract refuses, and reads why. */
async function fail(visitor: Visitor, contract: string): Promise<void> {
  await visitor.page.goto(`${new URL(visitor.page.url()).origin}/#/account/${contract}/contract`)
  await visitor.fill('to · address', STRANGER, 'Write transfer')
  await visitor.fill('value · uint256', '5', 'Write transfer')
  await visitor.follow('Send', 'Write transfer')
  await visitor.sees(/ERC20InsufficientBalance\(sender: .*, balance: 0, needed: 5\)/)
  await visitor.follow('See the calls', 'Write transfer')
  await visitor.sees(/^transfer\(to: 0x.*, value: 5\)/)
  await visitor.inspect('refused')
}

async function search(
  visitor: Visitor,
  { contract, hash }: { contract: string; hash: string },
): Promise<void> {
  await visitor.search('0x12345678901234')
  await visitor.sees('That has 14 hex digits: an address has 40, a hash 64.')
  await visitor.search(`0x${'12'.repeat(32)}`)
  await visitor.sees('No transaction and no block has this hash.')
  await visitor.inspect('not-found')
  await visitor.search(hash)
  await visitor.sees('EIP-1559: dynamic fee')
  await visitor.search('1')
  await visitor.sees(/^Block 1$/)
  await visitor.search(contract)
  await visitor.sees('Newest transactions')
  assert.equal(await visitor.heading(), NAME)
}

async function useFaucet(visitor: Visitor): Promise<void> {
  await visitor.page.evaluate('document.activeElement?.blur()')
  await visitor.follow('Faucet', 'Explorer')
  await visitor.sees('Ether for an account')
  await visitor.fill('To', STRANGER.slice(0, -1))
  await visitor.page.keyboard.press('Enter')
  await visitor.sees('expected an address: 0x and 40 hex digits')
  await visitor.fill('To', STRANGER)
  await visitor.fill('Ether', '2.5')
  await visitor.page.keyboard.press('Enter')
  await visitor.sees('Done')
  await visitor.inspect('faucet')
  await visitor.search(STRANGER)
  await visitor.sees(/^(2\.5|5|7\.5|10) ETH$/)
  await visitor.inspect('account')
}

async function switchColours(visitor: Visitor, { scheme }: Look): Promise<void> {
  const other = scheme === 'light' ? 'dark' : 'light'
  await visitor.page.evaluate('document.activeElement?.blur()')
  await visitor.follow(`Switch to ${other} colours`)
  assert.equal(await visitor.page.evaluate('document.documentElement.dataset.theme'), other)
  await visitor.page.reload()
  await visitor.sees('Live')
  assert.equal(await visitor.page.evaluate('document.documentElement.dataset.theme'), other, 'it is kept')
}
