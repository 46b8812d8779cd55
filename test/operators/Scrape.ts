/** What a node's /metrics said at a moment. */
export class Scrape {
  readonly #samples = new Map<string, number>()

  private constructor(text: string) {
    for (const [, name, value] of text.matchAll(/^(\w+(?:\{[^}]*\})?) (\S+)$/gm))
      this.#samples.set(name!, Number(value))
  }

  static async of(metricsUrl: string): Promise<Scrape> {
    return new Scrape(await (await fetch(`${metricsUrl}/metrics`)).text())
  }

  /** @param name - with labels as they are written. */
  readonly value = (name: string): number => this.#samples.get(name) ?? 0
}
