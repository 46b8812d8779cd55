import { isIP } from 'node:net'

/**
 * Whether a browser page of this origin may call; requests without an origin aren't from a page. An entry may have one
 * `*`, which stands for anything (rs/cors, which go-ethereum uses).
 */
export function originAllowed(allowed: readonly string[], origin: string | undefined): boolean {
  if (origin === undefined) return true
  const given = origin.toLowerCase()
  return allowed.some((entry) => {
    const [before = '', after] = entry.toLowerCase().split('*')
    if (after === undefined) return given === before
    return given.length >= before.length + after.length && given.startsWith(before) && given.endsWith(after)
  })
}

/** Whether the page that calls came from here: from the host and port that it calls. */
export function isSameOrigin(origin: string | undefined, host: string | undefined): boolean {
  return (
    host !== undefined && /^https?:\/\//.test(origin ?? '') && origin!.replace(/^https?:\/\//, '') === host
  )
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
  return isIP(name) !== 0 || allowed.some((entry) => entry.toLowerCase() === name)
}
