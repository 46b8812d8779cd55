import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { createAddressFromString } from '@ethereumjs/util'
import { median } from '../harness.ts'
import type { Workload } from './workloads.ts'

export type PeerResult = { gasUsed: bigint; output: Uint8Array; ms: number }

/** One run of many milliseconds is enough; shorter ones repeat, so that not only a cold first one counts. */
const ENOUGH_MS = 100
const MAX_RUNS = 20

/** Runs a workload on @ethereumjs/evm, each time with a state of its own; the time is the median. */
export async function runOnEthereumjs(workload: Workload): Promise<PeerResult> {
  const times: number[] = []
  let result: PeerResult
  let totalMs = 0
  do {
    result = await runOnce(workload)
    times.push(result.ms)
    totalMs += result.ms
  } while (totalMs < ENOUGH_MS && times.length < MAX_RUNS)
  return { ...result, ms: median(times) }
}

async function runOnce(workload: Workload): Promise<PeerResult> {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka })
  const evm = await createEVM({ common })
  const to = createAddressFromString(`0x${'c0de'.padStart(40, '0')}`)
  await evm.stateManager.putCode(to, workload.code)
  const start = performance.now()
  const { execResult } = await evm.runCall({
    to,
    caller: createAddressFromString(`0x${'ca11'.padStart(40, '0')}`),
    data: workload.calldata,
    gasLimit: workload.gas,
    skipBalance: true,
  })
  const ms = performance.now() - start
  return { gasUsed: execResult.executionGasUsed, output: execResult.returnValue, ms }
}
