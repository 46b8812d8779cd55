import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ByteDuplex, FeedDoor } from '../../rpc/index.ts'
import { readUrl } from './openFeed.ts'
import { socketDuplex } from './socketDuplex.ts'

/** What listens on all addresses is reached on this one. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/**
 * Passes the bytes of connections on to this node's own port of the feed, and back: the thread behind that serves them.
 *
 * @param url - `tcp://` or `tls://`, of that port; empty as long as it is not open.
 */
export function feedDoor(url: () => string): FeedDoor {
  return (reader) => {
    const open = url()
    if (open === '') return reader.close()
    const { isTls, host, port } = readUrl(open)
    const address = { host: LOOPBACK[host] ?? host, port }
    // This process' own: whoever has the port could also answer for it.
    const socket = isTls ? connectTls({ ...address, rejectUnauthorized: false }) : connect(address)
    const served = socketDuplex(socket)
    void pass(reader, served)
    void pass(served, reader)
  }
}

async function pass(from: ByteDuplex, to: ByteDuplex): Promise<void> {
  try {
    for await (const bytes of from.incoming) await to.write(bytes)
  } catch {
    // Either side has ended, and so does the other.
  }
  from.close()
  to.close()
}
