import { isIP } from 'node:net'

/** Whether a browser page of this origin may call; requests without an origin aren't from a page. */
export function originAllowed(allowed: readonly string[], origin: string | undefined): boolean {
  if (origin === undefined || allowed.includes('*')) return true
  return allowed.includes(origin.toLowerCase())
}

/**
 * Whether a request addressed to this host is for us. Guards against DNS rebinding: a page under a foreign name that
 * resolves to this machine. An IP address or no host at all can't be such a name.
 */
export function hostAllowed(allowed: readonly string[], host: string | undefined): boolean {
  if (host === undefined || host === '' || allowed.includes('*')) return true
  const name = host
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase()
  return isIP(name) !== 0 || allowed.includes(name)
}
