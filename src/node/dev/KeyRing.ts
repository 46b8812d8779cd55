import { bytesToHex, hexToBytes, toBigInt } from '../../lib/index.ts'
import { signHash } from '../../protocol/index.ts'
import { type DevAccounts, DevError, type DevSignature } from '../../rpc/index.ts'

/** Most accounts that may be impersonated one by one. */
const IMPERSONATED_LIMIT = 10_000

/** Keys of the developer accounts, and who is impersonated. */
export class KeyRing implements DevAccounts {
  readonly addresses: readonly Uint8Array[]
  readonly #keys = new Map<string, Uint8Array>()
  readonly #impersonated = new Set<string>()
  #isEverybody = false

  constructor(accounts: readonly { address: string; privateKey: string }[]) {
    this.addresses = accounts.map(({ address }) => hexToBytes(address))
    for (const [i, { privateKey }] of accounts.entries())
      this.#keys.set(bytesToHex(this.addresses[i]!), hexToBytes(privateKey))
  }

  has(address: Uint8Array): boolean {
    return this.#keys.has(bytesToHex(address))
  }

  sign(address: Uint8Array, hash: Uint8Array): DevSignature | undefined {
    const key = this.#keys.get(bytesToHex(address))
    if (key === undefined) return undefined
    const { r, s, yParity } = signHash(hash, key)
    return { r: toBigInt(r), s: toBigInt(s), yParity }
  }

  isImpersonated(address: Uint8Array): boolean {
    return this.#isEverybody || this.#impersonated.has(bytesToHex(address))
  }

  impersonate(address: Uint8Array): void {
    if (this.#impersonated.size >= IMPERSONATED_LIMIT)
      throw new DevError(`too many impersonated accounts (limit ${IMPERSONATED_LIMIT})`)
    this.#impersonated.add(bytesToHex(address))
  }

  stopImpersonating(address: Uint8Array): boolean {
    return this.#impersonated.delete(bytesToHex(address))
  }

  impersonateAll(isOn: boolean): void {
    this.#isEverybody = isOn
  }
}
