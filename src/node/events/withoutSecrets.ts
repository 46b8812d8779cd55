/**
 * Settings as they may be logged: of addresses that a URL gives only scheme, host and port are shown, since names,
 * passwords and keys stand in the rest. Functions and memories are left out.
 */
export function withoutSecrets(settings: object): Record<string, string | number | boolean | object> {
  const shown: Record<string, string | number | boolean | object> = {}
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === 'bigint' || value === Number.POSITIVE_INFINITY) shown[name] = String(value)
    else if (typeof value === 'string') shown[name] = masked(value)
    else if (typeof value === 'number' || typeof value === 'boolean') shown[name] = value
    else if (Array.isArray(value)) shown[name] = value.map((entry) => masked(String(entry)))
  }
  return shown
}

/** A genesis given as text is none of a line's business either. */
function masked(text: string): string {
  if (text.length > MAX_CHARACTERS) return `${text.length} characters`
  if (!/^\w+:\/\//.test(text)) return text
  const url = URL.parse(text)
  if (url === null) return '(a URL)'
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.pathname.length <= 1
  return `${url.protocol}//${url.host}${isPlain ? '' : '/…'}`
}

const MAX_CHARACTERS = 1024
