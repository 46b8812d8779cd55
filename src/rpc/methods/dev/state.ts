import { fromBigInt } from '../../../lib/index.ts'
import type { AccountWrite } from '../../../protocol/index.ts'
import { type Method, required } from '../../method.ts'
import { ParamError, type Parser, parseAddress, parseData, parseHash } from '../../params.ts'
import { devMethod, parseLooseBig } from './devMethod.ts'

const MAX_UINT64 = (1n << 64n) - 1n

const parseNonce: Parser<bigint> = (value, field) => {
  const nonce = parseLooseBig(value, field)
  if (nonce > MAX_UINT64) throw new ParamError('a nonce is below 2^64')
  return nonce
}

/** The slot's number, 32 bytes big-endian. */
const parseSlot: Parser<Uint8Array> = (value, field) => fromBigInt(parseLooseBig(value, field), 32)

/** A method that writes one account. @param answer - what it answers once that is done. */
function writing<T>(
  name: string,
  parse: Parser<T>,
  fieldsOf: (value: T) => Partial<AccountWrite>,
  answer: unknown,
): Method {
  return devMethod(
    [required('address', parseAddress), required(name, parse)],
    async (dev, _, address, value) => {
      await dev.writeState([{ address, ...fieldsOf(value) }])
      return answer
    },
  )
}

function settingSlot(): Method {
  return devMethod(
    [required('address', parseAddress), required('slot', parseSlot), required('value', parseHash)],
    async (dev, _, address, key, value) => {
      await dev.writeState([{ address, slots: [{ key, value }] }])
      return true
    },
  )
}

/** anvil answers null, Hardhat true. */
const ANSWERS = { anvil: null, hardhat: true } as const

/** Write state outside of any transaction. */
export const DEV_STATE_METHODS: Record<string, Method> = {
  ...Object.fromEntries(
    Object.entries(ANSWERS).flatMap(([tool, answer]) => [
      [`${tool}_setBalance`, writing('balance', parseLooseBig, (balance) => ({ balance }), answer)],
      [`${tool}_setNonce`, writing('nonce', parseNonce, (nonce) => ({ nonce }), answer)],
      [`${tool}_setCode`, writing('code', parseData, (code) => ({ code }), answer)],
      [`${tool}_setStorageAt`, settingSlot()],
    ]),
  ),
  evm_setAccountNonce: writing('nonce', parseNonce, (nonce) => ({ nonce }), null),
}
