import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { textWithin } from './textWithin.ts'

const PIECE = new TextEncoder().encode('über')

describe('the text of an answer', () => {
  it('is whole where its pieces cut letters', async () => {
    const bytes = new Uint8Array([...PIECE, ...PIECE])
    const pieces = [...bytes].map((byte) => Uint8Array.of(byte))
    assert.equal(await textWithin(new Response(ReadableStream.from(pieces)), bytes.length), 'überüber')
    assert.equal(await textWithin(new Response(null), 0), '')
  })

  it('is read no further than it may be long', async () => {
    let read = 0
    let isCancelled = false
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        read++
        controller.enqueue(PIECE)
      },
      cancel: () => {
        isCancelled = true
      },
    })
    await assert.rejects(textWithin(new Response(endless), 3 * PIECE.length), /longer than 15 bytes/)
    assert.ok(isCancelled && read <= 5)
  })
})
