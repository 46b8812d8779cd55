import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex, fromBigInt } from '../../src/lib/index.ts'
import { type Chain, RawHttpRpc, startChain, type Target } from '../../test/lib/index.ts'
import { intrinsicGas } from './executeWorkload.ts'
import { benchGenesis, type GenesisAccount } from './genesis.ts'
import { type SteadyLimits, timeSteadily } from './steady.ts'
import { WorkloadError } from './WorkloadError.ts'
import type { Workload } from './workloads.ts'

const CALLER = bytesToHex(fromBigInt(0xca11n, 20))
const FIRST_CONTRACT = 0xc0de_0000n
/** Of the block and of one call: no workload reaches it. */
const GAS_CAP = 1_000_000_000_000
const BALANCE = '0xc9f2c9cd04674edea40000000'

/** A started node that has the code of every workload, asked by eth_call over one http connection. */
export class CallNode {
  readonly target: Target
  readonly #chain: Chain
  readonly #http: RawHttpRpc
  readonly #folder: string

  private constructor(target: Target, chain: Chain, http: RawHttpRpc, folder: string) {
    this.target = target
    this.#chain = chain
    this.#http = http
    this.#folder = folder
  }

  static async start(target: Target, workloads: readonly Workload[]): Promise<CallNode> {
    const folder = mkdtempSync(join(tmpdir(), 'leveret-calls-'))
    try {
      const genesisFile = join(folder, 'genesis.json')
      writeFileSync(genesisFile, JSON.stringify(genesisOf(workloads)))
      const flag = target === 'anvil' ? '--gas-limit' : '--rpc-gas-cap'
      const extraArguments = [flag, String(GAS_CAP)]
      const chain = await startChain({ target, genesisFile, transactionGasCap: false, extraArguments })
      return new CallNode(target, chain, await RawHttpRpc.open(chain.url), folder)
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Milliseconds of one eth_call of the `index`-th workload, from the request to the answer. */
  async time(
    index: number,
    { workload, output, limits }: { workload: Workload; output: Uint8Array; limits: SteadyLimits },
  ): Promise<number> {
    const gas = `0x${(workload.gas + intrinsicGas(workload.calldata)).toString(16)}`
    const call = { from: CALLER, to: addressOf(index), data: bytesToHex(workload.calldata), gas }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params: [call, 'latest'] })
    const expected = bytesToHex(output)
    const { ms } = await timeSteadily(async (times) => {
      for (let i = 0; i < times; i++) {
        const answer = await this.#http.post(body)
        const { result } = JSON.parse(answer) as { result?: string }
        if (result !== expected)
          throw new WorkloadError(workload.name, expected, `${answer} from ${this.target}`)
      }
    }, limits)
    return ms
  }

  async stop(): Promise<void> {
    this.#http.close()
    await this.#chain.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function genesisOf(workloads: readonly Workload[]): object {
  const alloc: Record<string, GenesisAccount> = { [CALLER.slice(2)]: { balance: BALANCE } }
  for (const [index, { code }] of workloads.entries()) {
    alloc[addressOf(index).slice(2)] = { balance: '0x0', nonce: '0x1', code: bytesToHex(code) }
  }
  return benchGenesis(alloc, { gasLimit: GAS_CAP })
}

function addressOf(index: number): string {
  return bytesToHex(fromBigInt(FIRST_CONTRACT + BigInt(index), 20))
}
