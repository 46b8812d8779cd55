/** The explorer of nodes that follow: what they are, how far behind, and what the page says when their source is gone. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { buildPage, type Look, noBrowser, openBrowser, Visitor } from '../explorer/Visitor.ts'
import { accounts, type Chain, freePort, leveretOnly, startChain } from '../lib/index.ts'

const LOOKS: readonly Look[] = [
  { width: 400, scheme: 'dark' },
  { width: 1400, scheme: 'light' },
]

const skipped = leveretOnly('only Leveret serves the page').skip || noBrowser

const folder = mkdtempSync(join(tmpdir(), 'leveret-explorer-'))
let browser: Browser
/** Where the sequencer passes its stream on. */
let feedPort: string
let sequencer: Chain
let replica: Chain
let fullNode: Chain

describe('the explorer of a node that follows', { skip: skipped }, () => {
  before(async () => {
    buildPage()
    feedPort = String(await freePort())
    const source = `tcp://127.0.0.1:${feedPort}`
    sequencer = await startChain({
      dataFolder: join(folder, 'sequencer'),
      extraArguments: ['--feed-port', feedPort],
    })
    replica = await startChain({ dataFolder: join(folder, 'replica'), replicaOf: source })
    fullNode = await startChain({
      dataFolder: join(folder, 'full'),
      replicaOf: source,
      extraArguments: ['--verify', '--dev', '--feed-port', '0'],
    })
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    for (const node of [replica, fullNode, sequencer]) await node?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const look of LOOKS) {
    it(`says what it is and how far behind at ${look.width} px, ${look.scheme}`, () => tell(look))
    it(`sends on to the sequencer at ${look.width} px, ${look.scheme}`, () => pay(look))
  }
  it('is verified by the browser where it passes the stream on', verifyFullNode)
  it('says that it follows nobody, and that it does again', loseSource)
})

async function tell(look: Look): Promise<void> {
  const visitor = await Visitor.arrive(browser, replica.url, look)
  try {
    await visitor.sees('Replica')
    await visitor.sees(/^\d+ mini-blocks?, [\d.,]+ m?s behind$/)
    await visitor.sees(/^signed by 0x[0-9a-f]{4}…[0-9a-f]{4}$/)
    await visitor.sees('Not verified by this browser')
    await visitor.inspect('replica')
    await visitor.follow('Not verified by this browser')
    await visitor.sees(/^Nothing: the node passes no stream of signed entries on/)
    await visitor.sees(/^tcp:\/\/127\.0\.0\.1:\d+, \d+ mini-blocks?, .* behind$/)
    await visitor.inspect('replica-details')
    await visitor.follow('Network', 'Explorer')
    await visitor.sees('this node')
    await visitor.inspect('replica-network')
    assert.deepEqual([visitor.errors, visitor.strays], [[], []])
  } finally {
    await visitor.leave()
  }
}

async function pay(look: Look): Promise<void> {
  const visitor = await Visitor.arrive(browser, replica.url, look)
  try {
    await visitor.follow('Faucet', 'Explorer')
    await visitor.fill('To', accounts[4]!.address)
    await visitor.page.keyboard.press('Enter')
    await visitor.sees('Done')
    await visitor.follow('calls')
    await visitor.sees(/^CALL$/)
    await visitor.inspect('replica-calls')
    assert.deepEqual([visitor.errors, visitor.strays], [[], []])
  } finally {
    await visitor.leave()
  }
}

async function verifyFullNode(): Promise<void> {
  const visitor = await Visitor.arrive(browser, fullNode.url, LOOKS[0]!)
  try {
    await visitor.sees('Full node')
    await visitor.sees('Blocks verified by this browser')
    await visitor.inspect('full-node')
  } finally {
    await visitor.leave()
  }
}

async function loseSource(): Promise<void> {
  const visitor = await Visitor.arrive(browser, replica.url, LOOKS[0]!)
  try {
    await visitor.sees(/ behind$/)
    await sequencer.stop()
    await visitor.sees('follows nobody')
    await visitor.inspect('replica-alone')
    const { port, dataFolder } = sequencer
    sequencer = await startChain({ port, dataFolder, extraArguments: ['--feed-port', feedPort] })
    await visitor.sees(/ behind$/)
  } finally {
    await visitor.leave()
  }
}
