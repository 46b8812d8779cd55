import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type HealthView, withHealth } from '../../rpc/index.ts'
import { listen, urlOf } from '../listen.ts'

/** The metrics as text; until the node has started there are only those of the process. */
export type MetricsSource = { contentType: string; text: () => Promise<string> }

/** `/metrics`, `/livez` and `/readyz` on a port of their own, which is there before the node answers. */
export class OperatorServer {
  readonly url: string
  readonly #server: Server

  private constructor(server: Server, url: string) {
    this.#server = server
    this.url = url
  }

  /** @throws PortInUseError */
  static async open(
    address: { host: string; port: number },
    { metrics, health }: { metrics: MetricsSource; health: HealthView },
  ): Promise<OperatorServer> {
    const server = createServer(
      withHealth(health, (request, response) => void answer(metrics, request, response)),
    )
    const port = await listen(server, { ...address, flag: 'metrics-port' })
    // It must not keep a process that has nothing else to do.
    server.unref()
    return new OperatorServer(server, urlOf(address.host, port))
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

async function answer(
  metrics: MetricsSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('see /metrics, /livez and /readyz\n')
    return
  }
  try {
    const text = await metrics.text()
    response.writeHead(200, { 'content-type': metrics.contentType }).end(text)
  } catch (error) {
    response.writeHead(500, { 'content-type': 'text/plain' }).end(`${error}\n`)
  }
}
