import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { accessibilityProblems, focused, overflow } from './inPage.mjs'

/** Where Debian's package has the browser; another place can be named. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]

/** Reason to skip where there is no browser. */
export const noBrowser: string | false = existsSync(CHROMIUM)
  ? false
  : `no ${CHROMIUM}: install Debian's package chromium, or name the browser in CHROMIUM`

/** Builds the page, unless it is there: a node serves what was built when it starts. */
export function buildPage(): void {
  const built = spawnSync(process.execPath, ['scripts/explorer.mjs'], { stdio: 'inherit' })
  assert.equal(built.status, 0)
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
}

export type Look = { width: number; scheme: 'light' | 'dark' }

/** How often Tab is pressed for something before it counts as out of reach. */
const MOST_TABS = 200
const WAIT_MS = 15_000

/** Somebody with a keyboard before the page, who also looks into the browser's console and traffic. */
export class Visitor {
  readonly page: Page
  /** Errors of the console and exceptions. */
  readonly errors: string[] = []
  /** Requests to other hosts than the node's. */
  readonly strays: string[] = []
  readonly #context: BrowserContext
  readonly #look: Look

  private constructor(context: BrowserContext, page: Page, { look, url }: { look: Look; url: string }) {
    this.#context = context
    this.page = page
    this.#look = look
    const host = new URL(url).host
    const note = (to: string) => {
      if (new URL(to).host !== host) this.strays.push(to)
    }
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.errors.push(message.text())
    })
    page.on('pageerror', (error) => this.errors.push(String(error)))
    page.on('request', (request) => note(request.url()))
    page.on('websocket', (socket) => note(socket.url()))
    page.setDefaultTimeout(WAIT_MS)
  }

  /** @param script - runs in the page before everything else. */
  static async arrive(browser: Browser, url: string, look: Look, script = ''): Promise<Visitor> {
    const context = await browser.newContext({
      viewport: { width: look.width, height: look.width > 600 ? 900 : 850 },
      colorScheme: look.scheme,
      reducedMotion: 'reduce',
    })
    await context.addInitScript(script)
    const visitor = new Visitor(context, await context.newPage(), { look, url })
    await visitor.page.goto(`${url}/`)
    await visitor.sees('Live')
    return visitor
  }

  async leave(): Promise<void> {
    await this.#context.close()
  }

  /**
   * Waits until the text can be seen.
   *
   * @param within - selector of the part that it must be in.
   */
  async sees(text: string | RegExp, within = 'body'): Promise<void> {
    try {
      await this.page.locator(within).getByText(text).filter({ visible: true }).first().waitFor()
    } catch (error) {
      const shown = await this.page.evaluate('document.body.innerText')
      throw new Error(`${text} can't be seen at ${this.page.url()}, but:\n${shown}`, { cause: error })
    }
  }

  /**
   * Presses Tab until the focus is on what has this name, and checks that the focus can be seen.
   *
   * @param within - name of the form or part that it is in.
   */
  async tabTo(name: string, within?: string): Promise<void> {
    const seen = new Set<string>()
    for (let i = 0; i < MOST_TABS; i++) {
      const at = await this.page.evaluate(focused)
      if (at !== null && at.name === name && (within === undefined || at.within === within)) {
        assert.ok(at.isVisible, `the focus on ${name} can be seen`)
        return
      }
      if (at !== null) seen.add(`${at.role} ${at.name} (${at.within})`)
      await this.page.keyboard.press('Tab')
    }
    assert.fail(`Tab doesn't reach ${name} (${within}), only:\n${[...seen].join('\n')}`)
  }

  async follow(name: string, within?: string): Promise<void> {
    await this.tabTo(name, within)
    await this.page.keyboard.press('Enter')
  }

  /** Puts a text into a field, in place of what is there, as a paste does. */
  async fill(name: string, text: string, within?: string): Promise<void> {
    await this.tabTo(name, within)
    await this.page.keyboard.press('ControlOrMeta+A')
    await this.page.keyboard.insertText(text)
  }

  /** Types into the search, from wherever the focus is. */
  async search(text: string): Promise<void> {
    await this.page.evaluate('document.activeElement?.blur()')
    await this.page.keyboard.press('/')
    await this.page.keyboard.insertText(text)
    await this.page.keyboard.press('Enter')
  }

  async heading(): Promise<string> {
    return (await this.page.locator('h1').textContent()) ?? ''
  }

  /** Looks at the view as it is: for what keeps people from using it, and for a picture where one is wanted. */
  async inspect(name: string): Promise<void> {
    const { width, scheme } = this.#look
    const where = `${name} at ${width} px, ${scheme}`
    assert.ok((await this.page.evaluate(overflow)) <= 0, `${where}: nothing is wider than the window`)
    assert.deepEqual(await this.page.evaluate(accessibilityProblems), [], where)
    const folder = process.env.EXPLORER_PICTURES
    if (folder === undefined) return
    mkdirSync(folder, { recursive: true })
    await this.page.evaluate('scrollTo(0, 0)')
    await this.page.screenshot({ path: join(folder, `${name}-${width}-${scheme}.png`), fullPage: true })
  }
}
