// Functions that run in the browser: each must be whole in itself, since Playwright sends its text.

export function focused() {
  const element = document.activeElement
  if (element === null || element === document.body) return null
  const labels = [...(element.labels ?? [])].map((label) => label.textContent).join(' ')
  const name = element.getAttribute('aria-label') || labels || element.textContent || element.title
  const { outlineStyle, outlineWidth } = getComputedStyle(element)
  const place = element.closest('[aria-label]:not(a):not(button):not(input), form, section')
  return {
    name: name.trim().replace(/\s+/g, ' '),
    role: element.tagName.toLowerCase(),
    within: place?.getAttribute('aria-label') ?? place?.querySelector('h2')?.textContent ?? '',
    isVisible: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0,
  }
}

export function overflow() {
  return document.documentElement.scrollWidth - window.innerWidth
}

export function accessibilityProblems() {
  const problems = new Set()
  const all = (selector) => [...document.querySelectorAll(selector)]
  const shown = (element) => element.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true })
  const describe = (element) => element.outerHTML.slice(0, 120)
  const hidden = (element) => element.closest('[aria-hidden="true"]') !== null

  // Names (WCAG 4.1.2).
  for (const element of all('a, button, input, select, textarea, [role="img"], nav, table, section')) {
    const labelledBy = element.getAttribute('aria-labelledby')
    const label =
      element.getAttribute('aria-label') ||
      [...(element.labels ?? [])].map((each) => each.textContent).join('') ||
      (labelledBy && document.getElementById(labelledBy)?.textContent) ||
      element.querySelector('caption')?.textContent ||
      (/^(A|BUTTON)$/.test(element.tagName) ? element.textContent : '')
    if (!label?.trim()) problems.add(`has no name: ${describe(element)}`)
  }
  for (const svg of all('svg, canvas'))
    if (!hidden(svg) && svg.getAttribute('role') !== 'img') problems.add(`unnamed picture: ${describe(svg)}`)

  // References and ids (4.1.1, 1.3.1).
  const ids = all('[id]').map(({ id }) => id)
  for (const id of ids) if (ids.filter((each) => each === id).length > 1) problems.add(`id twice: ${id}`)
  for (const element of all('[aria-labelledby], [aria-describedby], label[for]'))
    for (const name of ['aria-labelledby', 'aria-describedby', 'for'])
      for (const id of (element.getAttribute(name) ?? '').split(' ').filter(Boolean))
        if (!ids.includes(id)) problems.add(`names ${id}, which isn't there: ${describe(element)}`)

  // Landmarks and headings (1.3.1, 2.4.1, 2.4.6).
  for (const landmark of ['main', 'header.top', 'nav'])
    if (all(landmark).length === 0) problems.add(`no ${landmark}`)
  if (all('h1').length !== 1) problems.add(`${all('h1').length} headings of the first level`)
  let level = 0
  for (const heading of all('h1, h2, h3, h4')) {
    const next = Number(heading.tagName[1])
    if (next > level + 1) problems.add(`heading skips a level: ${describe(heading)}`)
    level = next
  }
  if (!document.documentElement.lang || !document.title) problems.add('no language or title')
  for (const element of all('[tabindex]'))
    if (element.tabIndex > 0) problems.add(`order of focus is forced: ${describe(element)}`)
  for (const table of all('table'))
    if (table.querySelector('th[scope]') === null) problems.add(`table without headings: ${describe(table)}`)

  // Contrast (1.4.3): text on what is behind it.
  const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', {
    willReadFrequently: true,
  })
  const over = (colours) => {
    context.clearRect(0, 0, 1, 1)
    for (const colour of colours) {
      context.fillStyle = colour
      context.fillRect(0, 0, 1, 1)
    }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3)
  }
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const share = value / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ratio = (a, b) => {
    const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
    return (light + 0.05) / (dark + 0.05)
  }
  for (const element of all('body *')) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '')
    if (!text || !shown(element) || element.closest('.unseen, :disabled, svg') !== null) continue
    const grounds = []
    for (let at = element; at !== null; at = at.parentElement)
      grounds.unshift(getComputedStyle(at).backgroundColor)
    const ground = over(grounds)
    const style = getComputedStyle(element)
    const size = Number.parseFloat(style.fontSize)
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5
    const found = ratio(over([`rgb(${ground.join()})`, style.color]), ground)
    if (found < least) problems.add(`contrast ${found.toFixed(2)}: ${describe(element)}`)
  }
  return [...problems]
}
