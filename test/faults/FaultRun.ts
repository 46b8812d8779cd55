import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Prng } from '../../src/lib/index.ts'
import { type Call, delay, eventually, HttpRpc, type Json } from '../lib/index.ts'
import { Load } from './Load.ts'
import { FEED_PORT, Member } from './Member.ts'
import { Machine } from './Namespace.ts'
import { plainReceipt, Witness } from './Witness.ts'

export type Fault = 'kill' | 'pause' | 'cut' | 'restart'
export const FAULTS: readonly Fault[] = ['kill', 'pause', 'cut', 'restart']

/** How long somebody is paused or cut off, and how long all are left alone afterwards, ms. */
const LENGTH_MS = { min: 200, max: 8000 }
const CALM_MS = { min: 300, max: 2000 }
/** Everybody has caught up by then. */
const CATCH_UP_LIMIT_MS = 120_000
const RECEIPTS_A_BATCH = 200

export type FaultReport = { fault: Fault; member: string; ms: number }
export type EndReport = {
  blocks: bigint
  transactions: number
  answers: number
  comparedReceipts: number
  comparedBlocks: number
}

/**
 * A loaded sequencer, two replicas one behind the other, and a full node, each a process on a machine of its own; one after
 * the other is killed, paused, cut off or stopped. At the end all must have the same, and have told nothing else before.
 */
export class FaultRun {
  readonly members: readonly Member[]
  readonly #folder = mkdtempSync(join(tmpdir(), 'leveret-faults-'))
  readonly #random: Prng
  readonly #load: Load
  readonly #witnesses: readonly Witness[]
  readonly #end = new AbortController()
  #running: Promise<unknown> = Promise.resolve()

  constructor(random: Prng) {
    this.#random = random
    const machines = [0, 1, 2, 3].map((number) => new Machine(number))
    const feed = (i: number): string => `tcp://${machines[i]!.address}:${FEED_PORT}`
    const args = [
      ['--block-ms', '200', '--dev', '--snapshot-mb', '4', '--segment-mb', '4'],
      ['replica', '--from', feed(0)],
      // Behind the other: what it has comes through it.
      ['replica', '--from', feed(1)],
      ['replica', '--verify', '--dev', '--from', feed(0)],
    ]
    const names = ['sequencer', 'replica 1', 'replica 2', 'full node']
    this.members = names.map(
      (name, i) => new Member({ name, machine: machines[i]!, folder: this.#folder, args: args[i]! }),
    )
    this.#load = new Load(this.members.map(({ url }) => url))
    this.#witnesses = this.members.map((member) => new Witness(member))
  }

  get #sequencer(): Member {
    return this.members[0]!
  }

  async begin(): Promise<void> {
    for (const member of this.members) {
      member.start()
      await member.ready()
      if (member === this.#sequencer) await this.#load.deploy(member.url)
    }
    const { signal } = this.#end
    const newest = () => this.#load.newest
    this.#running = Promise.all([
      this.#load.run(signal),
      ...this.#witnesses.map((witness) => witness.run(newest, signal)),
    ])
  }

  /** Lets one fault happen to one member, and all be well for a moment. */
  async step(faults: readonly Fault[] = FAULTS): Promise<FaultReport> {
    const fault = faults[this.#random.nextInt(faults.length)]!
    const member = this.members[this.#random.nextInt(this.members.length)]!
    const ms = this.#between(LENGTH_MS)
    await this.#happen(fault, member, ms)
    await delay(this.#between(CALM_MS))
    for (const { failure } of this.members) if (failure !== undefined) throw new Error(failure)
    return { fault, member: member.name, ms }
  }

  async #happen(fault: Fault, member: Member, ms: number): Promise<void> {
    if (fault === 'pause' || fault === 'cut') {
      if (fault === 'pause') member.pause()
      else member.machine.unplug()
      await delay(ms)
      if (fault === 'pause') member.resume()
      else member.machine.plugIn()
      return
    }
    if (fault === 'kill') await member.kill()
    else await member.stop()
    // Short absences and long ones.
    await delay(ms / 4)
    member.start()
    await member.ready()
  }

  /** Ends the load, waits until all are level, and holds what was told against the sequencer. */
  async check(): Promise<EndReport> {
    this.#end.abort()
    await this.#running
    const head = await this.#level()
    const contradictions = this.#witnesses.flatMap((witness) => witness.contradictions)
    if (contradictions.length > 0) throw new Error(`told two things:\n${contradictions.join('\n')}`)
    const rpc = new HttpRpc(this.#sequencer.url)
    const [receipts, blocks] = [await this.#compareReceipts(rpc), await this.#compareBlocks(rpc)]
    rpc.close()
    const answers = this.#witnesses.reduce((sum, each) => sum + each.answers, 0)
    return {
      ...{ blocks: BigInt(head.number), transactions: this.#load.sent.length, answers },
      ...{ comparedReceipts: receipts, comparedBlocks: blocks },
    }
  }

  /** The newest sealed block, once all have it: hash, root and the contract's count are the same everywhere. */
  async #level(): Promise<Json> {
    return await eventually(
      'all members have the same newest block',
      async () => {
        const heads = await this.#heads()
        const first = JSON.stringify(heads[0])
        return heads.every((head) => JSON.stringify(head) === first) ? heads[0] : undefined
      },
      CATCH_UP_LIMIT_MS,
    ).catch(async (error: Error) => {
      const heads = await this.#heads()
      const told = this.members.map(
        ({ name, output }, i) => `${name}: ${JSON.stringify(heads[i])}\n${output.slice(-1500)}`,
      )
      throw new Error(`${error.message}\n${told.join('\n')}`)
    })
  }

  /** The block of one number, as each has it; some blocks ago: the newest is another one every moment. */
  async #heads(): Promise<Json[]> {
    const latest = BigInt(await this.#newest())
    const number = `0x${(latest > 5n ? latest - 5n : 0n).toString(16)}`
    return Promise.all(this.members.map((member) => this.#blockOf(member, number)))
  }

  async #blockOf({ url, failure }: Member, number: string): Promise<Json> {
    if (failure !== undefined) throw new Error(failure)
    const rpc = new HttpRpc(url)
    try {
      const block = await rpc.call('eth_getBlockByNumber', [number, false])
      return block && { number: block.number, hash: block.hash, stateRoot: block.stateRoot }
    } finally {
      rpc.close()
    }
  }

  async #newest(): Promise<string> {
    const rpc = new HttpRpc(this.#sequencer.url)
    try {
      return await rpc.call('eth_blockNumber')
    } finally {
      rpc.close()
    }
  }

  async #compareReceipts(rpc: HttpRpc): Promise<number> {
    let compared = 0
    for (const { name, receipts } of this.#witnesses) {
      const hashes = [...receipts.keys()]
      for (let i = 0; i < hashes.length; i += RECEIPTS_A_BATCH) {
        const some = hashes.slice(i, i + RECEIPTS_A_BATCH)
        const truths = await rpc.results(some.map((hash): Call => ['eth_getTransactionReceipt', [hash]]))
        for (const [j, truth] of truths.entries())
          expectSame(`${name}: receipt of ${some[j]}`, receipts.get(some[j]!), truth && plainReceipt(truth))
        compared += some.length
      }
    }
    return compared
  }

  async #compareBlocks(rpc: HttpRpc): Promise<number> {
    let compared = 0
    for (const { name, blocks } of this.#witnesses) {
      for (const [number, told] of blocks) {
        const { hash, stateRoot } = await rpc.call('eth_getBlockByNumber', [number, false])
        expectSame(`${name}: block ${number}`, told, { hash, stateRoot })
        compared++
      }
    }
    return compared
  }

  async remove(): Promise<void> {
    this.#end.abort()
    for (const member of this.members) {
      member.resume()
      await member.kill()
      member.machine.remove()
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #between({ min, max }: { min: number; max: number }): number {
    return min + this.#random.nextInt(max - min)
  }
}

function expectSame(what: string, told: Json, truth: Json): void {
  if (JSON.stringify(told) === JSON.stringify(truth)) return
  throw new Error(
    `${what} was told otherwise.\n  told: ${JSON.stringify(told)}\n  sequencer: ${JSON.stringify(truth)}`,
  )
}
