/** How a sequencer's node publishes its stream. */
export type PublishingOptions = {
  /** TCP port; 0: any free one; undefined: it is given to peers and NATS only. */
  port?: number
  /** Address to listen on. Default 127.0.0.1. */
  host?: string
  /** Most that the entries may take on the disk. Default 1024. */
  maxMiB?: number
  /** Paths of PEM files; with them the server speaks TLS. */
  tls?: { cert: string; key: string }
  /** Default: a key that is made in the folder of a local chain. */
  key?: PublishingKey
}

/** Where the key is with which entries are signed. */
export type PublishingKey =
  /** 32 bytes as hex. */
  | { kind: 'hex'; hex: string }
  /** Paths of a keystore (version 3) and of a file with its password. */
  | { kind: 'keystore'; path: string; passwordPath: string }
  /** Another process signs: JSON-RPC `eth_sign` at this http address, with this account. */
  | { kind: 'remote'; url: string; address: string }

export const DEFAULT_MAX_MIB = 1024
