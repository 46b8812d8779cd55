import { ForkError } from './ForkError.ts'
import { RemoteRpc } from './RemoteRpc.ts'

/**
 * The remote at an address that somebody gave, to ask a little of it.
 *
 * @throws ForkError
 */
export function openRemote(url: string): RemoteRpc {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new ForkError('none', 'what is given is not the URL of a JSON-RPC server over http or https')
  return new RemoteRpc(url, { keepAlive: false })
}
