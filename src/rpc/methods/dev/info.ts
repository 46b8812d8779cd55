import type { ChainView } from '../../ChainView.ts'
import { hexData, hexQuantity } from '../../format.ts'
import { type Method, type RpcContext, required } from '../../method.ts'
import { parseBoolean } from '../../params.ts'
import type { RemoteView } from '../../RemoteView.ts'
import type { ViewBlock } from '../../ViewBlock.ts'
import { devMethod } from './devMethod.ts'

function latest({ view }: RpcContext): ViewBlock {
  return view.getBlock({ number: view.sealedNumber })!
}

const metadata = devMethod([], (dev, context) => {
  const { view } = context
  const { number, hash } = latest(context)
  return {
    clientVersion: view.clientVersion,
    chainId: Number(view.chainId),
    instanceId: hexData(dev.instanceId),
    latestBlockNumber: Number(number),
    latestBlockHash: hexData(hash!),
    snapshots: {},
    ...(view.remote === undefined ? {} : { forkedNetwork: forkedNetwork(view, view.remote) }),
  }
})

/** What the node is. */
export const DEV_INFO_METHODS: Record<string, Method> = {
  anvil_nodeInfo: devMethod([], (_, context) => {
    const { view, limits } = context
    const { number, timestamp, hash, gasLimit } = latest(context)
    const fork = view.config.stages.findLast((stage) => stage.timestamp <= timestamp)?.fork
    return {
      currentBlockNumber: hexQuantity(number),
      currentBlockTimestamp: Number(timestamp),
      currentBlockHash: hexData(hash!),
      hardFork: fork,
      transactionOrder: 'fees',
      environment: {
        baseFee: hexQuantity(view.nextBaseFee()),
        chainId: Number(view.chainId),
        gasLimit: hexQuantity(gasLimit),
        gasPrice: hexQuantity(view.nextBaseFee() + limits.suggestedPriorityFeeWei),
      },
      forkConfig: {
        forkUrl: view.remote?.name ?? null,
        forkBlockNumber: view.remote === undefined ? null : Number(view.remote.blockNumber),
        forkRetryBackoff: null,
      },
    }
  }),
  anvil_getGenesisTime: devMethod([], (_, { view }) => Number(view.getBlock({ number: 0n })!.timestamp)),
  anvil_metadata: metadata,
  hardhat_metadata: metadata,
  anvil_setLoggingEnabled: setLogging(null),
  hardhat_setLoggingEnabled: setLogging(true),
}

function setLogging(answer: unknown): Method {
  return devMethod([required('enabled', parseBoolean)], ({ terminal }, _, isOn) => {
    if (terminal !== undefined) terminal.isOn = isOn
    return answer
  })
}

function forkedNetwork({ chainId, genesisHash }: ChainView, { blockNumber }: RemoteView): object {
  return {
    chainId: Number(chainId),
    forkBlockNumber: Number(blockNumber),
    forkBlockHash: hexData(genesisHash),
  }
}
