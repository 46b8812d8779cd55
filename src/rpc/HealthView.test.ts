import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it } from 'node:test'
import { type HealthView, withHealth } from './HealthView.ts'

it('health checks are answered as Kubernetes asks them, everything else by the other handler', async () => {
  const health: HealthView = {
    live: () => new Map([['threads', undefined]]),
    ready: () =>
      new Map([
        ['started', undefined],
        ['sealing', '12 s behind'],
      ]),
    notes: () =>
      new Map([
        ['started', 'in 3 s'],
        ['sealing', 'never shown'],
      ]),
  }
  const server = createServer(withHealth(health, (_, response) => response.writeHead(404).end('other')))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const ask = async (path: string, method = 'GET') => {
      const { port } = server.address() as AddressInfo
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method })
      return [response.status, await response.text()]
    }
    assert.deepEqual(await ask('/livez'), [200, 'ok\n'])
    assert.deepEqual(await ask('/livez?verbose'), [200, '[+]threads ok\n'])
    assert.deepEqual(await ask('/readyz'), [503, '[+]started ok, in 3 s\n[-]sealing failed: 12 s behind\n'])
    assert.deepEqual(await ask('/livez', 'POST'), [404, 'other'])
    assert.deepEqual(await ask('/livezz'), [404, 'other'])
  } finally {
    server.close()
  }
})
