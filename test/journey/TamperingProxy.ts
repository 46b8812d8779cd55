import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { openFeed } from '../../src/client/openFeed.ts'
import { connectFeed, type EntriesOptions, type FeedSource, serveFeed } from '../../src/feed/index.ts'

/** Stands between a page and its node, and changes what it likes of the entries that pass. */
export class TamperingProxy {
  /** What is passed on in place of an entry. */
  tamper: (entry: Uint8Array) => Uint8Array | Promise<Uint8Array> = (entry) => entry
  readonly #nodeUrl: URL
  readonly #server: Server
  readonly #webSockets = new WebSocketServer({ noServer: true })

  private constructor(nodeUrl: string) {
    this.#nodeUrl = new URL(nodeUrl)
    const { port } = this.#nodeUrl
    this.#server = createServer((from, answer) => {
      const to = request({ port, method: from.method, path: from.url, headers: from.headers }, (got) => {
        answer.writeHead(got.statusCode!, got.headers)
        got.pipe(answer)
      })
      to.on('error', () => answer.destroy())
      from.pipe(to)
    })
    this.#server.on('upgrade', (from: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (from.url !== '/feed') return this.#passOn(from, socket)
      this.#webSockets.handleUpgrade(from, socket, head, (webSocket) => {
        void this.#serve(createWebSocketStream(webSocket))
      })
    })
  }

  static async start(nodeUrl: string): Promise<TamperingProxy> {
    const proxy = new TamperingProxy(nodeUrl)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    for (const webSocket of this.#webSockets.clients) webSocket.terminate()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #passOn(from: IncomingMessage, socket: Duplex): void {
    const node = connect(Number(this.#nodeUrl.port), this.#nodeUrl.hostname)
    const fields = from.rawHeaders.flatMap((name, i, all) => (i % 2 === 0 ? [`${name}: ${all[i + 1]}`] : []))
    node.write(`GET ${from.url} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`)
    node.pipe(socket).pipe(node)
    node.on('error', () => socket.destroy())
    socket.on('error', () => node.destroy())
    this.#server.once('close', () => node.destroy())
  }

  async #serve(page: Duplex): Promise<void> {
    page.on('error', () => {})
    const node = connectFeed(await openFeed(`ws://${this.#nodeUrl.host}/feed`))
    const duplex = {
      incoming: page as AsyncIterable<Uint8Array>,
      write: (bytes: Uint8Array) => void page.write(bytes),
      close: () => void page.destroy(),
    }
    await serveFeed(duplex, this.#lying(node)).catch(() => {})
    node.close()
  }

  #lying(node: FeedSource): FeedSource {
    const entries = async function* (
      this: TamperingProxy,
      from: bigint,
      options?: EntriesOptions,
    ): AsyncGenerator<Uint8Array, void> {
      for await (const entry of node.entries(from, options)) yield await this.tamper(entry)
    }.bind(this)
    return {
      hello: () => node.hello(),
      entries,
      genesis: () => node.genesis(),
      snapshot: (options) => node.snapshot(options),
      submit: (raw) => node.submit(raw),
      close: () => node.close(),
    }
  }
}
