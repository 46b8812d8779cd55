import { createDecipheriv, pbkdf2Sync, scryptSync } from 'node:crypto'
import { keccak256 } from '../../kernels/index.ts'
import { concatBytes, equalBytes, tryHexToBytes } from '../../lib/index.ts'

/** More memory than this no keystore asks for: 128 · n · r bytes. */
const SCRYPT_LIMIT_BYTES = 512 * 1024 * 1024
const PBKDF2_LIMIT_ROUNDS = 10_000_000

type Crypto = {
  cipher?: unknown
  cipherparams?: { iv?: unknown }
  ciphertext?: unknown
  kdf?: unknown
  kdfparams?: Record<string, unknown>
  mac?: unknown
}

/**
 * The private key, 32 bytes, in a keystore of version 3, as geth and others write it (Web3 Secret Storage Definition):
 * key from the password by scrypt or PBKDF2, AES-128-CTR, checked by keccak-256.
 *
 * @throws KeystoreError, which tells neither key nor password.
 */
export function decryptKeystore(json: string, password: string): Uint8Array {
  const crypto = cryptoOf(json)
  const ciphertext = hexField(crypto.ciphertext, 'ciphertext', 32)
  const key = deriveKey(crypto, password)
  const mac = keccak256(concatBytes(key.subarray(16, 32), ciphertext))
  if (!equalBytes(mac, hexField(crypto.mac, 'mac', 32)))
    throw new KeystoreError('the password is not that of the keystore')
  if (crypto.cipher !== 'aes-128-ctr') throw new KeystoreError(`cipher ${String(crypto.cipher)} is not known`)
  const decipher = createDecipheriv(
    'aes-128-ctr',
    key.subarray(0, 16),
    hexField(crypto.cipherparams?.iv, 'iv', 16),
  )
  return concatBytes(decipher.update(ciphertext), decipher.final())
}

function cryptoOf(json: string): Crypto {
  let file: { version?: unknown; crypto?: Crypto; Crypto?: Crypto }
  try {
    file = JSON.parse(json)
  } catch {
    throw new KeystoreError('it is no JSON')
  }
  const crypto = file?.crypto ?? file?.Crypto
  if (Number(file?.version) !== 3 || typeof crypto !== 'object' || crypto === null)
    throw new KeystoreError('it is no keystore of version 3')
  return crypto
}

/** 32 bytes. */
function deriveKey({ kdf, kdfparams = {} }: Crypto, password: string): Uint8Array {
  const salt = hexField(kdfparams.salt, 'salt')
  const length = numberField(kdfparams, 'dklen')
  if (length < 32 || length > 64) throw new KeystoreError('dklen is out of bounds')
  if (kdf === 'scrypt') {
    const [N, r, p] = [numberField(kdfparams, 'n'), numberField(kdfparams, 'r'), numberField(kdfparams, 'p')]
    if (128 * N * r > SCRYPT_LIMIT_BYTES || p > 64)
      throw new KeystoreError('scrypt would take too much memory')
    try {
      return scryptSync(password, salt, length, { N, r, p, maxmem: 2 * SCRYPT_LIMIT_BYTES })
    } catch {
      throw new KeystoreError('scrypt refuses its parameters')
    }
  }
  if (kdf === 'pbkdf2' && kdfparams.prf === 'hmac-sha256') {
    const rounds = numberField(kdfparams, 'c')
    if (rounds > PBKDF2_LIMIT_ROUNDS) throw new KeystoreError('PBKDF2 would take too long')
    return pbkdf2Sync(password, salt, rounds, length, 'sha256')
  }
  throw new KeystoreError(`key derivation ${String(kdf)} is not known`)
}

function numberField(fields: Record<string, unknown>, name: string): number {
  const value = fields[name]
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
    throw new KeystoreError(`${name} is no number`)
  return value
}

function hexField(value: unknown, name: string, length?: number): Uint8Array {
  const bytes =
    typeof value === 'string' ? tryHexToBytes(value.startsWith('0x') ? value : `0x${value}`) : undefined
  if (bytes === undefined || (length !== undefined && bytes.length !== length))
    throw new KeystoreError(`${name} is not what it must be`)
  return bytes
}

/** A keystore that can't be used, or not with that password. */
export class KeystoreError extends Error {
  override readonly name = 'KeystoreError'

  constructor(reason: string) {
    super(`The keystore can't be used: ${reason}.\n  next: check the paths of keystore and password file.`)
  }
}
