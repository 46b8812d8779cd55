import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { createAddressFromString } from '@ethereumjs/util'
import type { Workload } from './workloads.ts'

export type PeerResult = { gasUsed: bigint; output: Uint8Array; ms: number }

/** Runs a workload once on @ethereumjs/evm, with a state of its own. */
export async function runOnEthereumjs(workload: Workload): Promise<PeerResult> {
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
