import { nodeError } from '../errors.ts'
import { type Method, method, type RpcContext, required } from '../method.ts'
import {
  isObject,
  jsonKind,
  mismatch,
  ParamError,
  type Parser,
  parseAddress,
  parseUint64,
} from '../params.ts'
import { CALL_METHODS, CALL_PARAMS } from './call.ts'

/** An account's nonce that is waited for; `timeout` in milliseconds. */
type NonceCondition = { account: Uint8Array; nonce: bigint; timeout: number | undefined }

const parseCondition: Parser<NonceCondition> = (value) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'object')
  const { account, nonce, timeout } = value
  if (account == null || nonce == null) throw new ParamError('account and nonce are required')
  return {
    account: parseAddress(account, '.account'),
    nonce: parseUint64(nonce, '.nonce'),
    timeout: timeout == null ? undefined : parseTimeout(timeout),
  }
}

function parseTimeout(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new ParamError(`timeout is a number of milliseconds, not ${JSON.stringify(value)}`)
  return value as number
}

const [call, , stateOverrides, blockOverrides] = CALL_PARAMS

/** MegaETH's eth_callAfter: eth_call once an account's nonce has been reached. */
export const CALL_AFTER_METHODS: Record<string, Method> = {
  eth_callAfter: method(
    [call, required('condition', parseCondition), stateOverrides, blockOverrides],
    async (context, request, condition, ...overrides) => {
      if (!(await isReached(context, condition)))
        throw nodeError('Timeout: timeout waiting for nonce condition')
      return CALL_METHODS.eth_call!.handle(context, [request, 'latest', ...overrides])
    },
  ),
}

function isReached({ view, hub, limits }: RpcContext, condition: NonceCondition): Promise<boolean> {
  const { account, nonce, timeout = limits.callAfterTimeoutMs } = condition
  return hub.until('executed', () => view.miniBlocks.fieldsNow(account).nonce >= nonce, {
    timeoutMs: Math.min(timeout, limits.maxCallAfterTimeoutMs),
  })
}
