import type { PublishingKey, PublishingOptions } from '../node/index.ts'
import type { Flag } from './Flag.ts'
import { takeInteger } from './takeValue.ts'

/** Options of the stream that others follow. */
export type FeedOptions = {
  /** Undefined: there is none. */
  port: number | undefined
  host: string
  maxMiB: number
  tlsCert: string | undefined
  tlsKey: string | undefined
  keystore: string | undefined
  password: string | undefined
  signer: string | undefined
  signerAddress: string | undefined
  /** A secret; the environment only has it. */
  key: string | undefined
  epoch: bigint | undefined
}

const PORTS = { min: 0, max: 65_535 }
const MIB = { min: 8, max: 1_048_576 }

/** Not an option of the command line, where every user of the machine sees it. */
export const FEED_KEY_VARIABLE = 'LEVERET_FEED_KEY'

export const FEED_FLAGS: readonly Flag<{ feed: FeedOptions }>[] = [
  {
    name: 'feed-port',
    value: 'N',
    help: 'port where the chain is published as a signed stream that others follow; 0 takes any free one (default: none)',
    take: ({ feed }, text) => takeInteger(text, PORTS, (port) => set(feed, { port })),
  },
  {
    name: 'feed-host',
    value: 'ADDRESS',
    help: 'address to listen on for it (default 127.0.0.1: this machine only)',
    take: ({ feed }, text) => set(feed, { host: text }),
  },
  {
    name: 'feed-mb',
    value: 'N',
    help: 'most that the stream may take on the disk, MiB; its oldest files are deleted (default 1024)',
    take: ({ feed }, text) => takeInteger(text, MIB, (maxMiB) => set(feed, { maxMiB })),
  },
  {
    name: 'feed-tls-cert',
    value: 'FILE',
    help: 'certificate in PEM, with --feed-tls-key: the stream is served over TLS',
    take: ({ feed }, text) => set(feed, { tlsCert: text }),
  },
  {
    name: 'feed-tls-key',
    value: 'FILE',
    help: 'private key of the certificate, in PEM',
    take: ({ feed }, text) => set(feed, { tlsKey: text }),
  },
  {
    name: 'feed-keystore',
    value: 'FILE',
    help: 'keystore (version 3) of the key that signs the stream (default: LEVERET_FEED_KEY; on a local chain one is made)',
    take: ({ feed }, text) => set(feed, { keystore: text }),
  },
  {
    name: 'feed-password',
    value: 'FILE',
    help: 'file with the password of the keystore',
    take: ({ feed }, text) => set(feed, { password: text }),
  },
  {
    name: 'feed-signer',
    value: 'URL',
    help: 'http address of a signer that has the key: JSON-RPC eth_sign; with --feed-signer-address',
    take: ({ feed }, text) => set(feed, { signer: text }),
  },
  {
    name: 'feed-signer-address',
    value: 'ADDRESS',
    help: 'account with which it signs',
    take: ({ feed }, text) => set(feed, { signerAddress: text }),
  },
  {
    name: 'epoch',
    value: 'N',
    help: 'term in which the stream is signed: who takes over from another sequencer takes a higher one (default: the last)',
    take: ({ feed }, text) =>
      takeInteger(text, { min: 0, max: Number.MAX_SAFE_INTEGER }, (epoch) =>
        set(feed, { epoch: BigInt(epoch) }),
      ),
  },
]

export function defaultFeedOptions(): FeedOptions {
  return {
    ...{ port: undefined, host: '127.0.0.1', maxMiB: 1024, tlsCert: undefined, tlsKey: undefined },
    ...{ keystore: undefined, password: undefined, signer: undefined, signerAddress: undefined },
    ...{ key: undefined, epoch: undefined },
  }
}

/** Gives what is wrong with options that need one another. */
export function feedProblem({ feed }: { feed: FeedOptions }): string | undefined {
  const { tlsCert, tlsKey, keystore, password, signer, signerAddress, key } = feed
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    return 'one of --feed-tls-cert and --feed-tls-key is of no use without the other.'
  if ((keystore === undefined) !== (password === undefined))
    return 'one of --feed-keystore and --feed-password is of no use without the other.'
  if ((signer === undefined) !== (signerAddress === undefined))
    return 'one of --feed-signer and --feed-signer-address is of no use without the other.'
  const keys = [keystore, signer, key].filter((each) => each !== undefined)
  return keys.length > 1
    ? `--feed-keystore, --feed-signer and ${FEED_KEY_VARIABLE}: give one of them.`
    : undefined
}

/** As the node takes them. */
export function publishOf({ feed }: { feed: FeedOptions }): { publish?: PublishingOptions; epoch?: bigint } {
  const { port, host, maxMiB, tlsCert, tlsKey, epoch } = feed
  const key = keyOf(feed)
  return {
    ...(epoch === undefined ? {} : { epoch }),
    ...(port === undefined
      ? {}
      : {
          publish: {
            ...{ port, host, maxMiB },
            ...(tlsCert === undefined || tlsKey === undefined ? {} : { tls: { cert: tlsCert, key: tlsKey } }),
            ...(key === undefined ? {} : { key }),
          },
        }),
  }
}

function keyOf({ keystore, password, signer, signerAddress, key }: FeedOptions): PublishingKey | undefined {
  if (key !== undefined) return { kind: 'hex', hex: key }
  if (keystore !== undefined && password !== undefined)
    return { kind: 'keystore', path: keystore, passwordPath: password }
  if (signer !== undefined && signerAddress !== undefined)
    return { kind: 'remote', url: signer, address: signerAddress }
  return undefined
}

function set(feed: FeedOptions, values: Partial<FeedOptions>): undefined {
  Object.assign(feed, values)
}
