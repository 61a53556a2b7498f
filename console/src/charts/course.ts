import { LineChart } from 'echarts/charts'
import { AriaComponent, GridComponent, MarkLineComponent } from 'echarts/components'
import { init, use, type EChartsType } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([LineChart, GridComponent, MarkLineComponent, AriaComponent, CanvasRenderer])

export interface Course {
  points: [at: number, value: number][]
  unit: string
  marks: { at: number; label: string }[] // values worth a line, such as a threshold
  whole?: number // of a share: the axis runs from nothing to it, so that a small change looks small
  step: boolean // holds until the next value, as counts do
  time(at: number): string
  number(value: number): string
  description: string
}

/** Reads a colour of the design where it is used, since the canvas knows no variables. */
const colour = (element: Element, name: string): string => getComputedStyle(element).getPropertyValue(name).trim()

export function openChart(element: HTMLElement): EChartsType {
  return init(element, null, { renderer: 'canvas' })
}

/** Draws one course over time in the colours of the theme. */
export function drawCourse(chart: EChartsType, element: HTMLElement, c: Course): void {
  const px = parseFloat(getComputedStyle(document.documentElement).fontSize)
  const [text, line, accent, font] = [colour(element, '--text-2'), colour(element, '--line'), colour(element, '--accent'), colour(element, '--font')]
  chart.setOption(
    {
      animation: false,
      aria: { enabled: true, label: { description: c.description } },
      textStyle: { fontFamily: font, color: text, fontSize: px * 0.78 },
      grid: { left: 4, right: px * 0.9, top: px * 1.1, bottom: 2, containLabel: true },
      xAxis: { type: 'time', axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, splitLine: { show: false }, splitNumber: 4, axisLabel: { color: text, hideOverlap: true, fontSize: px * 0.78, formatter: (at: number) => c.time(at) } },
      yAxis: { type: 'value', scale: true, splitNumber: 3, minInterval: c.step ? 1 : 0, ...(c.whole && { min: 0, max: (v: { max: number }) => Math.max(c.whole!, Math.ceil(v.max)) }), splitLine: { lineStyle: { color: line } }, axisLabel: { color: text, fontSize: px * 0.78, formatter: (v: number) => c.number(v) } },
      series: [
        {
          type: 'line', data: c.points, showSymbol: c.points.length < 3, symbolSize: 5, step: c.step ? 'end' : false, sampling: 'lttb',
          lineStyle: { color: accent, width: Math.max(1.6, px * 0.12) }, itemStyle: { color: accent }, areaStyle: { color: accent, opacity: 0.12 },
          markLine: { silent: true, symbol: 'none', data: c.marks.map((m) => ({ yAxis: m.at, label: { formatter: m.label, color: text, position: 'insideEndTop', fontSize: px * 0.75 }, lineStyle: { color: colour(element, '--watch'), type: 'dashed', width: 1 } })) },
        },
      ],
    },
    { notMerge: true },
  )
}
