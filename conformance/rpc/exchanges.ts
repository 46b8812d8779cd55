/** A recorded test: requests in order, each with the response that was recorded. */
export type RecordedTest = {
  /** The response is an example: only its shape counts. */
  isShapeOnly: boolean
  exchanges: { request: string; response: unknown }[]
}

/** Reads a `.io` file: `// comment`, `>> request`, `<< response`, one a line. */
export function readExchanges(text: string): RecordedTest {
  const test: RecordedTest = { isShapeOnly: false, exchanges: [] }
  let request: string | undefined
  for (const line of text.split('\n')) {
    if (line.startsWith('//')) {
      if (/^\/\/\s*speconly:/.test(line)) test.isShapeOnly = true
    } else if (line.startsWith('>>')) {
      request = line.slice(2).trim()
    } else if (line.startsWith('<<') && request !== undefined) {
      test.exchanges.push({ request, response: JSON.parse(line.slice(2)) })
      request = undefined
    }
  }
  return test
}
