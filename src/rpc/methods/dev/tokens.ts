import { concatBytes, equalBytes, fromBigInt, padLeft } from '../../../lib/index.ts'
import type { ChainView } from '../../ChainView.ts'
import type { DevChain } from '../../DevChain.ts'
import { invalidParams } from '../../errors.ts'
import { type Method, type RpcContext, required } from '../../method.ts'
import { parseAddress } from '../../params.ts'
import type { CallRequest, StateOverride } from '../../ViewCall.ts'
import { devMethod, parseLooseBig } from './devMethod.ts'

/** Of `balanceOf(address)` and `allowance(address,address)`. */
const BALANCE_OF = Uint8Array.of(0x70, 0xa0, 0x82, 0x31)
const ALLOWANCE = Uint8Array.of(0xdd, 0x62, 0xed, 0x3e)

type Reading = {
  token: Uint8Array
  /** Calldata of the function that gives the amount. */
  data: Uint8Array
}

/**
 * Writes the slot from which a token reads an amount: the one, of all that the call reads, with which it gives what is
 * written there.
 */
async function writeAmount(
  dev: DevChain,
  context: RpcContext,
  reading: Reading,
  amount: bigint,
): Promise<null> {
  const { view } = context
  const value = fromBigInt(amount, 32)
  const request = callOf(context, reading, [])
  const found = await view.execution.createAccessList(request, view.headNumber)
  for (const { address, storageKeys } of found?.accessList ?? []) {
    for (const key of storageKeys) {
      const stateDiff = [{ key, value }]
      if (!gives(view, callOf(context, reading, [{ address, stateDiff }]), value)) continue
      await dev.writeState([{ address, slots: stateDiff }])
      return null
    }
  }
  throw invalidParams('Slot not found: the token does not read the amount from a slot of its own')
}

function callOf(
  { limits }: RpcContext,
  { token, data }: Reading,
  stateOverrides: StateOverride[],
): CallRequest {
  return {
    ...{ from: new Uint8Array(20), to: token, gas: limits.callGasCap, value: 0n, data, gasPrice: 0n },
    ...{ accessList: [], authorizations: [], stateOverrides, blockOverrides: {} },
  }
}

function gives(view: ChainView, request: CallRequest, value: Uint8Array): boolean {
  const outcome = view.callAt(request, view.headNumber)
  return outcome?.status === 'success' && equalBytes(outcome.output, value)
}

const argument = (address: Uint8Array): Uint8Array => padLeft(address, 32)

/** Write what accounts own. */
export const DEV_TOKEN_METHODS: Record<string, Method> = {
  anvil_addBalance: devMethod(
    [required('address', parseAddress), required('amount', parseLooseBig)],
    async (dev, _, address, credit) => {
      await dev.writeState([{ address, credit }])
      return null
    },
  ),
  anvil_dealERC20: devMethod(
    [required('address', parseAddress), required('token', parseAddress), required('amount', parseLooseBig)],
    (dev, context, owner, token, amount) =>
      writeAmount(dev, context, { token, data: concatBytes(BALANCE_OF, argument(owner)) }, amount),
  ),
  anvil_setERC20Allowance: devMethod(
    [
      required('owner', parseAddress),
      required('spender', parseAddress),
      required('token', parseAddress),
      required('amount', parseLooseBig),
    ],
    (dev, context, owner, spender, token, amount) =>
      writeAmount(
        dev,
        context,
        { token, data: concatBytes(ALLOWANCE, argument(owner), argument(spender)) },
        amount,
      ),
  ),
}
