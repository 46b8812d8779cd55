const WIDTH = 800
const HEIGHT = 300
const MARGIN = 60

/** A line over minutes as an SVG picture; the vertical axis begins at zero, so that flat looks flat. */
export function plot(title: string, points: readonly (readonly [x: number, y: number])[]): string {
  const maxX = Math.max(...points.map(([x]) => x), 1e-9)
  const maxY = Math.max(...points.map(([, y]) => y), 1e-9) * 1.1
  const x = (value: number) => MARGIN + (value / maxX) * (WIDTH - 2 * MARGIN)
  const y = (value: number) => HEIGHT - MARGIN + (value / maxY) * (2 * MARGIN - HEIGHT)
  const line = points.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join(' ')
  const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    text(x(share * maxX), HEIGHT - MARGIN + 20, (share * maxX).toFixed(1), 'middle'),
    text(MARGIN - 8, y(share * maxY) + 4, label(share * maxY), 'end'),
    `<line x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="${y(share * maxY)}" y2="${y(share * maxY)}" stroke="#ddd"/>`,
  ])
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="100%" height="100%" fill="white"/>`,
    ...ticks,
    text(WIDTH / 2, 30, title, 'middle'),
    text(WIDTH / 2, HEIGHT - 15, 'minutes', 'middle'),
    `<polyline fill="none" stroke="#1f6feb" points="${line}"/>`,
    '</svg>\n',
  ].join('\n')
}

function text(x: number, y: number, content: string, anchor: 'middle' | 'end'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${content}</text>`
}

function label(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2)
}
