/** A bar of a chart. */
export interface Bar {
  readonly label: string
  readonly value: number
  /** What stands at its end. */
  readonly text: string
  readonly kind: "ours" | "floor" | "other"
}

/** Bars that share a scale. */
export interface Group {
  readonly title: string
  readonly bars: ReadonlyArray<Bar>
}

const width = 760
const labelWidth = 250
const valueWidth = 110
const barHeight = 18
const rowHeight = 24
const titleHeight = 34

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

/** Draws groups of bars one below the other, readable on light and on dark. */
export const drawChart = (groups: ReadonlyArray<Group>, caption: string): string => {
  const parts: Array<string> = []
  let y = 8
  for (const { bars, title } of groups) {
    y += titleHeight
    parts.push(`<text class="title" x="0" y="${y - 12}">${escape(title)}</text>`)
    const most = Math.max(...bars.map(({ value }) => value))
    for (const { kind, label, text, value } of bars) {
      const length = Math.max(1, ((width - labelWidth - valueWidth) * value) / most)
      const middle = y + barHeight / 2 + 4.5
      parts.push(
        `<text class="label" x="${labelWidth - 10}" y="${middle}">${escape(label)}</text>`,
        `<rect class="${kind}" x="${labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2"/>`,
        `<text class="value" x="${(labelWidth + length + 8).toFixed(1)}" y="${middle}">${escape(text)}</text>`,
      )
      y += rowHeight
    }
  }
  y += 24
  parts.push(`<text class="caption" x="0" y="${y}">${escape(caption)}</text>`)
  const height = y + 14
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(groups.map(({ title }) => title).join("; "))}">
<style>
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 14px }
  .label { text-anchor: end }
  .value { font-variant-numeric: tabular-nums }
  .caption { font-size: 11px; fill: #59636e }
  .ours { fill: #d9730d }
  .floor { fill: #57606a }
  .other { fill: #afb8c1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .caption { fill: #9198a1 }
    .ours { fill: #f0883e }
    .floor { fill: #9198a1 }
    .other { fill: #484f58 }
  }
</style>
${parts.join("\n")}
</svg>
`
}
