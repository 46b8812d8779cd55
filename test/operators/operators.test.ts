/**
 * What an operator sees when a node is started again, is held up, has too much to do, drops a reader and loses its disk: in
 * the metrics, in the health checks, and in the log.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import WebSocket from 'ws'
import { accounts, eventually } from '../lib/index.ts'
import { FILLING, OperatedNode } from './OperatedNode.ts'
import { Prometheus } from './Prometheus.ts'

/** Of the ring: ARRIVALS_LIMIT. */
const INTAKE_LIMIT = 16_384
/** More than the ring takes. */
const COPIES = INTAKE_LIMIT + 600
/** Code that returns a MiB of zeros: PUSH3 1 MiB, PUSH0, RETURN. */
const LARGE_ANSWER = '0x621000005ff3'
/** More than the 64 MiB that may wait for a reader. */
const LARGE_ANSWERS = 60
const REFUSED = (code: string) => `leveret_transactions_refused_total{code="${code}"}`

describe('an operator', { timeout: 240_000 }, () => {
  let node: OperatedNode
  let prometheus: Prometheus | undefined

  before(async () => {
    node = await OperatedNode.start()
    if (!Prometheus.isInstalled()) return
    prometheus = await Prometheus.start(new URL(node.metricsUrl).host)
  })

  after(async () => {
    await prometheus?.stop()
    await node.close()
  })

  it('sees a restart: counters begin anew, the chain does not, and what was torn is told', async () => {
    await node.send(0, 3)
    const [head, durable] = ['leveret_block_number{state="head"}', 'leveret_block_number{state="durable"}']
    const { value: valueThen } = await node.scrapeWhen('they show', (scrape) => scrape.value(head) > 0)
    // What is torn is of a later block.
    const later = valueThen(head) + 2
    const before = await node.scrapeWhen('they are durable', (scrape) => scrape.value(durable) >= later)
    assert.equal(before.value('leveret_transactions_executed_total'), 3)
    assert.equal(before.value('leveret_rpc_requests_total{method="eth_sendRawTransaction",outcome="ok"}'), 3)
    await node.crash()
    await node.start()
    assert.match(String(node.eventsOf('recovered')[0]?.remark), /bytes cut from .*segment-\d+\.log/)
    assert.equal(node.eventsOf('started')[0]?.isNew, false)
    assert.deepEqual(await node.check('/readyz'), { status: 200, text: 'ok\n' })
    const after = await node.scrapeWhen('it is ready', (scrape) => scrape.value('leveret_ready') === 1)
    assert.equal(after.value('leveret_transactions_executed_total'), 0)
    assert.ok(after.value(head) >= later - 1)
    assert.ok(after.value('process_start_time_seconds') > before.value('process_start_time_seconds'))
  })

  it('sees that followers are held up and transactions refused, and that it passes', async () => {
    node.failSync('block')
    const { sent } = await node.fill(3)
    const answered = node.sendCopies(3 + FILLING, COPIES)
    const full = await node.scrapeWhen('too many wait', (scrape) => scrape.value(REFUSED('Pool.FULL')) > 0)
    assert.equal(full.value('leveret_intake_transactions'), INTAKE_LIMIT)
    const text = await node.whenNotReady()
    assert.match(text, /^\[\+\]threads ok\n\[\+\]started ok\n\[\+\]not-stopping ok\n/)
    assert.match(text, /\[-\](sealing|durable) failed: \d+\.\d s behind, limit 5 s\n/)
    assert.deepEqual(await node.check('/livez'), { status: 200, text: 'ok\n' })
    const held = await node.scrapeWhen('it is not ready', (scrape) => scrape.value('leveret_ready') === 0)
    assert.ok(held.value('leveret_sealing_lag_seconds') > 2)
    assert.ok(held.value('leveret_durable_lag_seconds') > 2)
    node.failSync(undefined)
    await Promise.all([sent, answered])
    const passed = await node.scrapeWhen(
      'it has passed',
      (scrape) => scrape.value('leveret_intake_transactions') === 0 && scrape.value('leveret_ready') === 1,
    )
    const refused = passed.value(REFUSED('Pool.FULL'))
    const tooLow = passed.value(REFUSED('TransactionException.NONCE_MISMATCH_TOO_LOW'))
    assert.equal(tooLow + refused, COPIES - 1)
    assert.equal(passed.value('leveret_rpc_errors_total{code="-32000"}'), COPIES - 1)
    for (const event of ['sealing_slow', 'sealing_caught_up', 'durable_slow', 'durable_caught_up'])
      await node.whenTold(event)
    await node.whenRefusalsTold(refused)
  })

  it('sees a reader that does not read, until it is dropped', async () => {
    const socket = new WebSocket(node.chain.wsUrl)
    await new Promise((done) => socket.once('open', done))
    socket.pause()
    const { address: to } = accounts[0]!
    const params = [{ to }, 'latest', { [to]: { code: LARGE_ANSWER } }]
    for (let id = 0; id < LARGE_ANSWERS; id++)
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'eth_call', params }))
    const dropped = 'leveret_rpc_readers_dropped_total{reason="full"}'
    await node.scrapeWhen('it is dropped', (scrape) => scrape.value(dropped) === 1)
    socket.terminate()
    await node.whenTold('reader_dropped')
    assert.match(String(node.eventsOf('reader_dropped')[0]?.reason), /^send buffer is full/)
    const connected = 'leveret_rpc_connections{transport="websocket"}'
    await node.scrapeWhen('it is gone', (scrape) => scrape.value(connected) === 0)
  })

  it('finds all that in a real Prometheus', async (test) => {
    if (prometheus === undefined) return test.skip('prometheus is not installed (Debian: prometheus)')
    const { value } = prometheus
    const dropped = 'max_over_time(leveret_rpc_readers_dropped_total{reason="full"}[10m])'
    await eventually('the newest is scraped', async () => ((await value(dropped)) === 1 ? true : undefined))
    assert.equal(await value('min_over_time(leveret_ready[10m])'), 0)
    assert.equal(await value('max_over_time(leveret_ready[10m])'), 1)
    assert.ok((await value('max_over_time(leveret_intake_transactions[10m])'))! > 0)
    assert.ok((await value('changes(process_start_time_seconds[10m])'))! >= 1)
    // Of the rules, this one must have seen it, and nothing failed by our fault.
    assert.ok((await value('count_over_time(ALERTS{alertname="LeveretNotReady"}[10m])'))! > 0)
    assert.equal(await value('count_over_time(ALERTS{alertname="LeveretInternalErrors"}[10m])'), undefined)
  })

  it('sees that the disk fails: the log says why the node stops, with exit code 1', async () => {
    node.failSync('EIO')
    await node.send(4 + FILLING, 1).catch(() => {})
    assert.equal(await node.chain.exited, 1)
    const [failed] = node.eventsOf('failed')
    assert.match(String(failed?.reason), /The log can't be synced: EIO[\s\S]*next: check the disk/)
    assert.deepEqual(
      node.eventsOf('stopping').map(({ reason }) => reason),
      ['failure'],
    )
    assert.equal(node.eventsOf('stopped').length, 1)
  })
})
