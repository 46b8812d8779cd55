import { hexData } from '../../format.ts'
import { type Method, required } from '../../method.ts'
import { parseAddress, parseHash } from '../../params.ts'
import { devMethod } from './devMethod.ts'

const dropAll = (answer: unknown): Method =>
  devMethod([], async (dev) => {
    await dev.drop({})
    return answer
  })

/** Take back what waits. */
export const DEV_POOL_METHODS: Record<string, Method> = {
  anvil_dropTransaction: devMethod([required('hash', parseHash)], async (dev, _, hash) =>
    (await dev.drop({ hash })) > 0n ? hexData(hash) : null,
  ),
  hardhat_dropTransaction: devMethod(
    [required('hash', parseHash)],
    async (dev, _, hash) => (await dev.drop({ hash })) > 0n,
  ),
  anvil_dropAllTransactions: dropAll(null),
  hardhat_dropAllTransactions: dropAll(true),
  anvil_removePoolTransactions: devMethod([required('address', parseAddress)], async (dev, _, sender) => {
    await dev.drop({ sender })
    return null
  }),
}
