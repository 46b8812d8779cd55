import { setTimeout as delay } from 'node:timers/promises'
import { type RecordSigner, signerOf, signWithKey } from '../../feed/index.ts'
import { bytesToHex, equalBytes, textWithin, tryHexToBytes } from '../../lib/index.ts'
import { addressOfPublicKey, publicKeyOf } from '../../protocol/index.ts'
import { type HttpAddress, httpAddressOf } from '../httpAddress.ts'
import { PublishingError } from './PublishingError.ts'

/** A remote signer answers within this. */
const ANSWER_LIMIT_MS = 10_000
/** Of an answer, bytes. */
const ANSWER_LIMIT_BYTES = 65_536
/** Where it does not, it is asked again after this. */
const AGAIN_MS = 1000
/** When the node stops, a remote signer that has answered so far has this for what is left. */
const LAST_ANSWERS_MS = 3000

/** Signs with a key that this process holds. */
export function keySigner(privateKey: Uint8Array): RecordSigner {
  return {
    address: addressOfPublicKey(publicKeyOf(privateKey, false)),
    sign: (digest) => signWithKey(digest, privateKey),
  }
}

/**
 * Has another process sign: JSON-RPC `eth_sign` with the address and the digest, answered with r ‖ s ‖ v. Each signature is
 * checked, so that nothing goes out that nobody takes. Where it does not sign, it is asked until it does: meanwhile the
 * stream waits, and the chain goes on. Once the node is to stop it is not asked again: then `sign` throws UnsignedError.
 *
 * @param onTrouble - hears why it does not.
 */
export function remoteSigner(
  { url, address }: { url: string; address: Uint8Array },
  { onTrouble, stop }: { onTrouble: (error: Error) => void; stop: AbortSignal },
): RecordSigner {
  const place = httpAddressOf(url)
  const end = new AbortController()
  let isSilent = false
  stop.addEventListener('abort', () => {
    if (isSilent) end.abort()
    else setTimeout(() => end.abort(), LAST_ANSWERS_MS).unref()
  })
  const sign = async (digest: Uint8Array): Promise<Uint8Array> => {
    for (;;) {
      try {
        const signature = await signRemotely(place, address, digest, end.signal)
        isSilent = false
        return signature
      } catch (error) {
        if (stop.aborted) throw new UnsignedError()
        isSilent = true
        onTrouble(error as Error)
        await delay(AGAIN_MS, undefined, { signal: stop }).catch(() => {
          throw new UnsignedError()
        })
      }
    }
  }
  return { address, sign }
}

async function signRemotely(
  { url, headers }: HttpAddress,
  address: Uint8Array,
  digest: Uint8Array,
  end: AbortSignal,
): Promise<Uint8Array> {
  const params = [bytesToHex(address), bytesToHex(digest)]
  let answer: { result?: unknown; error?: { message?: unknown } }
  let status = ''
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sign', params }),
      signal: AbortSignal.any([AbortSignal.timeout(ANSWER_LIMIT_MS), end]),
    })
    status = `HTTP status ${response.status}: `
    answer = JSON.parse(await textWithin(response, ANSWER_LIMIT_BYTES)) as typeof answer
  } catch (error) {
    const { message, cause } = error as Error
    throw refused(`it does not answer (${status}${(cause as Error | undefined)?.message ?? message})`)
  }
  const signature = typeof answer.result === 'string' ? tryHexToBytes(answer.result) : undefined
  if (signature?.length !== 65)
    throw refused(`it answers ${String(answer.error?.message ?? 'something else')}`)
  // Of a message v is 27 or 28.
  if (signature[64]! >= 27) signature[64]! -= 27
  const signer = signerOf(digest, signature)
  if (signer === undefined || !equalBytes(signer, address)) throw refused('its signature is of another key')
  return signature
}

/** The address of the signer is not told: its path may be secret, too. */
function refused(reason: string): PublishingError {
  return new PublishingError(`the remote signer does not sign: ${reason}`, 'see its own log.')
}

/** What is not signed when the node stops is left for its next start. */
export class UnsignedError extends Error {
  override readonly name = 'UnsignedError'

  constructor() {
    super('The remote signer has not signed, and the node stops.')
  }
}
