import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Stands between a fork and its remote: counts requests, and fails as often as it is told to. */
export class RemoteProxy {
  /** Methods that were asked for. */
  readonly asked: string[] = []
  failures = 0
  /** Requests are not answered. */
  isSilent = false
  readonly #server: Server

  /** @param answer - of the remote, to the text of a request. */
  constructor(answer: (body: string) => Promise<string>) {
    this.#server = createServer(async (request, response) => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part)
      const body = Buffer.concat(parts).toString()
      if (this.failures > 0) {
        this.failures--
        if (this.failures % 2 === 0) request.socket.destroy()
        else response.writeHead(503).end()
        return
      }
      this.asked.push(JSON.parse(body).method)
      if (this.isSilent) return
      response.writeHead(200, { 'content-type': 'application/json' }).end(await answer(body))
    })
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
