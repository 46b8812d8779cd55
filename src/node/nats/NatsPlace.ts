/** Where a stream of entries stands in NATS. */
export type NatsPlace = {
  /** `host:port`. */
  server: string
  /** From the URL; undefined: none is needed. */
  user: string | undefined
  password: string | undefined
  /** First part of all names there: stream, subjects. */
  name: string
  /** How many servers keep what a publisher creates. */
  replicas: number
}

const DEFAULT_PORT = '4222'
const DEFAULT_NAME = 'leveret'
/** As JetStream wants names of streams, and shorter than its limit. */
const NAME = /^[\w-]{1,64}$/
/** JetStream's own limit. */
const MAX_REPLICAS = 5

/**
 * Reads `nats://[user:password@]host[:port][/name][?replicas=N]`.
 *
 * @throws NatsPlaceError
 */
export function parseNatsUrl(text: string): NatsPlace {
  const url = URL.parse(text)
  if (url === null || url.protocol !== 'nats:' || url.hostname === '') throw new NatsPlaceError('no such URL')
  const name = url.pathname.replace(/^\//, '') || DEFAULT_NAME
  if (!NAME.test(name)) throw new NatsPlaceError('the name has letters, digits, - and _ only, 64 at most')
  const replicas = url.searchParams.get('replicas') ?? '1'
  if (!/^\d$/.test(replicas) || Number(replicas) < 1 || Number(replicas) > MAX_REPLICAS)
    throw new NatsPlaceError(`replicas is 1 to ${MAX_REPLICAS}`)
  const other = [...url.searchParams.keys()].find((key) => key !== 'replicas')
  if (other !== undefined) throw new NatsPlaceError(`${other} is unknown`)
  return {
    server: `${url.hostname}:${url.port || DEFAULT_PORT}`,
    user: decodeURIComponent(url.username) || undefined,
    password: decodeURIComponent(url.password) || undefined,
    name,
    replicas: Number(replicas),
  }
}

/** Its message leaves the URL out, which may hold a password. */
export class NatsPlaceError extends Error {
  override readonly name = 'NatsPlaceError'

  constructor(what: string) {
    super(
      `Not a place in NATS: ${what}.\n  next: write nats://[user:password@]host[:port][/name][?replicas=N]`,
    )
  }
}
