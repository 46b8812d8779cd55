import type { TlsIdentity } from '../transport/index.ts'

/** Where a stream is served, as a replica names it. */
export function feedUrlOf(
  { host, tls }: { host: string; tls?: TlsIdentity | undefined },
  port: number,
): string {
  return `${tls === undefined ? 'tcp' : 'tls'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
