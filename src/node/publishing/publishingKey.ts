import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { bytesToHex, toBigInt, tryHexToBytes } from '../../lib/index.ts'
import { SECP256K1_N } from '../../protocol/index.ts'
import type { TlsIdentity } from '../transport/index.ts'
import { decryptKeystore } from './keystore.ts'
import { PublishingError } from './PublishingError.ts'
import type { PublishingKey, PublishingOptions } from './publishingOptions.ts'

/** What the thread that publishes signs with. */
export type SignerSettings = { privateKey: Uint8Array } | { url: string; address: Uint8Array }

/**
 * Finds the key: the one that is named, else, on a local chain, that of the file, which is made if it is missing (and which
 * only its owner may read).
 *
 * @throws PublishingError or KeystoreError; neither tells a secret.
 */
export function findKey(
  key: PublishingKey | undefined,
  { path, isLocal }: { path: string; isLocal: boolean },
): SignerSettings {
  if (key === undefined) return { privateKey: keptKey(path, isLocal) }
  if (key.kind === 'hex') return { privateKey: privateKeyOf(key.hex, 'the key of the environment') }
  if (key.kind === 'keystore') {
    // Editors end a line; a password has none.
    const password = readFile(key.passwordPath).replace(/\r?\n$/, '')
    return { privateKey: decryptKeystore(readFile(key.path), password) }
  }
  const address = tryHexToBytes(key.address.toLowerCase())
  if (address?.length !== 20)
    throw new PublishingError(`${key.address} is no address`, 'give that of the remote signer’s account.')
  if (!/^https?:$/.test(URL.parse(key.url)?.protocol ?? ''))
    throw new PublishingError('the remote signer has no http address', 'give one like http://127.0.0.1:8550.')
  return { url: key.url, address }
}

function keptKey(path: string, isLocal: boolean): Uint8Array {
  if (existsSync(path)) return privateKeyOf(readFile(path), `the key in ${path}`)
  if (!isLocal)
    throw new PublishingError(
      'there is no key to sign with',
      'give --feed-keystore and --feed-password, LEVERET_FEED_KEY, or --feed-signer.',
    )
  const key = randomBytes(32)
  writeFileSync(path, `${bytesToHex(key)}\n`, { mode: 0o600, flag: 'wx', flush: true })
  return new Uint8Array(key)
}

function privateKeyOf(text: string, what: string): Uint8Array {
  const trimmed = text.trim()
  const key = tryHexToBytes(trimmed.startsWith('0x') ? trimmed : `0x${trimmed}`)
  const value = key?.length === 32 ? toBigInt(key) : 0n
  if (key === undefined || value === 0n || value >= SECP256K1_N)
    throw new PublishingError(`${what} is no private key`, 'give 32 bytes as hex.')
  return key
}

/** The certificate and the key of a TLS server, from their files. @throws PublishingError */
export function readIdentity(paths: PublishingOptions['tls']): TlsIdentity | undefined {
  return paths && { cert: readFile(paths.cert), key: readFile(paths.key) }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new PublishingError(
      `a file can't be read (${(error as NodeJS.ErrnoException).code})\n  file: ${path}`,
      'check its path.',
    )
  }
}
