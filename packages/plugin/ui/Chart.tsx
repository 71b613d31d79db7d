/** A value of a chart; one that failed is drawn as such. */
export interface Point {
  readonly value: number
  readonly isFailure?: boolean
}

interface ChartProps {
  readonly title: string
  /** What the whole says, in words: a chart is mute. */
  readonly words: string
  readonly points: ReadonlyArray<Point>
  readonly kind: "bars" | "line"
  readonly latest: string
}

const width = 220
const height = 44

/** A few numbers as a picture. Bars are of runs, a line is of a time that goes on. */
export const Chart = ({ title, words, points, kind, latest }: ChartProps) => {
  const most = Math.max(1e-9, ...points.map(({ value }) => value))
  const y = (value: number) => height - 1 - (value / most) * (height - 4)
  return (
    <figure class="chart">
      <figcaption>
        <span class="muted">{title}</span> <b>{latest}</b>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={words}>
        <path class="ground" d={`M0 ${height - 0.5}H${width}`} />
        {kind === "line" ? <Line points={points} y={y} /> : <Bars points={points} y={y} />}
      </svg>
    </figure>
  )
}

interface DrawnProps {
  readonly points: ReadonlyArray<Point>
  readonly y: (value: number) => number
}

const Line = ({ points, y }: DrawnProps) => {
  if (points.length < 2) return null
  const step = width / (points.length - 1)
  const path = points
    .map(({ value }, at) => `${at === 0 ? "M" : "L"}${(at * step).toFixed(1)} ${y(value).toFixed(1)}`)
    .join("")
  return (
    <>
      <path class="area" d={`${path}V${height}H0Z`} />
      <path class="line" d={path} />
    </>
  )
}

const Bars = ({ points, y }: DrawnProps) => {
  const step = width / Math.max(24, points.length)
  return (
    <>
      {points.map(({ value, isFailure }, at) => {
        const top = Math.min(y(value), height - 2)
        return (
          <rect
            key={at}
            class={isFailure === true ? "failure" : undefined}
            x={(width - (points.length - at) * step + step * 0.15).toFixed(1)}
            y={(isFailure === true ? height * 0.45 : top).toFixed(1)}
            width={(step * 0.7).toFixed(1)}
            height={(isFailure === true ? height * 0.55 : height - top).toFixed(1)}
            rx="1"
          />
        )
      })}
    </>
  )
}
