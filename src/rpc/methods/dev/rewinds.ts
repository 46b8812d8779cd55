import { hexQuantity } from '../../format.ts'
import { type Method, optional, required } from '../../method.ts'
import { devMethod, parseLooseBig } from './devMethod.ts'

const snapshot = devMethod([], async (dev) => hexQuantity(await dev.rewinds.snapshot()))
const revert = devMethod([required('id', parseLooseBig)], (dev, _, id) => dev.rewinds.revert(id))

/** Go back to an earlier state of the chain. */
export const DEV_REWIND_METHODS: Record<string, Method> = {
  evm_snapshot: snapshot,
  anvil_snapshot: snapshot,
  evm_revert: revert,
  anvil_revert: revert,
  anvil_rollback: devMethod([optional('depth', parseLooseBig)], async (dev, _, depth = 1n) => {
    await dev.rewinds.rollback(depth)
    return null
  }),
}
