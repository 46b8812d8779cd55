import { unescape as unescaped } from 'node:querystring'

/** Where a request goes, without what is secret in it. */
export type HttpAddress = {
  url: string
  /** What the address's user and password become: fetch refuses an address with them, and tells it whole. */
  headers: Record<string, string>
}

/** @throws TypeError for what is no URL. */
export function httpAddressOf(text: string): HttpAddress {
  const url = new URL(text)
  const { username, password } = url
  if (username === '' && password === '') return { url: text, headers: {} }
  url.username = ''
  url.password = ''
  // A `%` that begins no escape stands for itself, where decodeURIComponent would throw.
  const credentials = `${unescaped(username)}:${unescaped(password)}`
  return {
    url: url.href,
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
  }
}
